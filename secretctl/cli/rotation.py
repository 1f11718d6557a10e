"""``rotate`` and ``prune``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from secretctl.cli import delivering, inputs, options
from secretctl.cli.output import emit, emit_json, note, page, stdout_is_terminal, warn, write_stderr
from secretctl.cli.progress import progress
from secretctl.cli.secret_options import GeneratedHashOption, NewExpiresOption, wished_end

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from secretctl.delivery import Shipment
    from secretctl.operations.pruning import Pruned
    from secretctl.operations.rotation import Rotation
    from secretctl.operations.selection import Selection
    from secretctl.stores import Store

TargetsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[TARGET…]", help="client/ID, resource/NAME, or an ID that only one has.", show_default=False
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would happen, and change nothing.")]
RotateAtOption = Annotated[
    str | None, options.at_option("Rotate as if it were this time: who is due, what is written.")
]
PruneAtOption = Annotated[str | None, options.at_option("Remove what has expired by this time instead of now.")]
_DURATION = re.compile(r"[0-9P]\S*")
_SLACK = timedelta(minutes=1)
"""How long a command may take: by then an overlap of nothing is over."""


class RotateCommand(TyperCommand):
    """``--due`` may stand alone."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The same, after a ``--due`` without a duration has got an empty one."""
        return super().parse_args(ctx, due_with_value(args))


def due_with_value(arguments: list[str]) -> list[str]:
    """The arguments with ``--due=`` for each ``--due`` that no duration follows."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return [
        "--due="
        if argument == "--due" and index < end and not _DURATION.fullmatch("".join(arguments[index + 1 : index + 2]))
        else argument
        for index, argument in enumerate(arguments)
    ]


def rotate(
    targets: TargetsArgument = None,
    due: Annotated[
        str | None,
        typer.Option("--due", metavar="[DUR]", help="Those that `check` would report within DUR.", show_default=False),
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="All that are enabled and have a shared secret.")] = False,
    owner: options.OneOwnerOption = None,
    tag: options.OneTagOption = None,
    overlap: Annotated[
        str | None,
        typer.Option("--overlap", metavar="DUR", help="How long old secrets stay valid [default: the policy's, 7d]."),
    ] = None,
    expires: NewExpiresOption = None,
    hash_name: GeneratedHashOption = None,
    dry_run: DryRunOption = False,
    out: delivering.OutOption = None,
    out_format: delivering.OutFormatOption = None,
    keyring: delivering.KeyringOption = False,
    pipe_to: delivering.PipeToOption = None,
    at: RotateAtOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Add new secrets and let the old ones end after an overlap.

    \b
    secretctl rotate client/web --overlap 7d
    secretctl rotate --due 30d --expires 90d --out "new/$(date +%F)"
    secretctl rotate --all --dry-run
    """
    from secretctl.lifetimes import parse_duration, parse_window
    from secretctl.operations.rotation import plan_rotation
    from secretctl.operations.rotation import rotate as rotate_principals
    from secretctl.operations.secrets import Wish
    from secretctl.operations.selection import Selection
    from secretctl.policy import hash_named

    within = parse_window(due) if due else None
    selection = Selection(tuple(targets or ()), due is not None, everybody, within, owner, tag)
    delivery = delivering.DeliveryOptions(out, out_format, keyring, pipe_to)
    chosen = None if hash_name is None else hash_named(hash_name)
    span = None if overlap is None else parse_duration(overlap)
    now = options.clock(at)
    wish = Wish(hash_name=chosen, expires=wished_end(expires, now))
    store = options.open_registry_store(registry, settings)
    several = not selection.single
    if dry_run:
        plan = plan_rotation(store, store.settings(), selection, wish, overlap=span, now=now)
        _show_plan(plan, json=json)
        warn(*delivery.doubts([turn.principal.target for turn in plan.turns], several=several))
        _warn_of_nobody(store, selection, plan)
        _warn_of_past_ends(plan, now)
        return
    with delivering.fate_on_interrupt(), progress("delivering", unit="secrets") as delivered:
        shipment = delivery.shipment(store.settings().name, several=several, json=json, progress=delivered)
        rotation = rotate_principals(store, selection, wish, overlap=span, shipment=shipment, now=now)
    _report(rotation, shipment, several=several, json=json)
    _warn_of_nobody(store, selection, rotation)
    _warn_of_past_ends(rotation, now)


rotate.command_class = RotateCommand  # type: ignore[attr-defined]  # read where commands are loaded


def prune(
    targets: TargetsArgument = None,
    older_than: Annotated[
        str | None, typer.Option("--older-than", metavar="DUR", help="Expired for longer than this [default: 0s].")
    ] = None,
    dry_run: DryRunOption = False,
    yes: options.YesOption = False,
    at: PruneAtOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Remove secrets that have expired.

    \b
    secretctl prune --older-than 90d --dry-run
    """
    from secretctl.lifetimes import parse_duration
    from secretctl.operations.pruning import prune as prune_secrets
    from secretctl.render import Page
    from secretctl.render.rotation_text import pruned_table

    age = None if older_than is None else parse_duration(older_than)
    if not dry_run and not yes and not inputs.stdin_is_terminal():
        # A usage error whatever has expired: no job may depend on there being nothing to ask for.
        inputs.confirmed(f"Remove the expired secrets{' of ' + ', '.join(targets) if targets else ''}?", yes=yes)
    now = options.clock(at)
    store = options.open_registry_store(registry, settings)
    found = prune_secrets(store, targets or (), older_than=age, now=now, dry_run=True)
    early = sum(one.ended > options.clock() for one in found)
    if early:
        verb = "has" if early == 1 else "have"
        warn(f"by this machine's clock {early} of these {verb} not expired yet: --at says a later time")
    seen = False
    if found and not dry_run:
        if not yes:
            write_stderr(pruned_table(found, Page()))
            inputs.confirmed(f"Remove {_expired(found)}?", yes=False)
            seen = stdout_is_terminal()
        found = prune_secrets(store, targets or (), older_than=age, now=now)
    if json:
        emit_json([one.as_dict() for one in found])
    elif not seen:
        emit(pruned_table(found, page()))
    note(f"{_expired(found)} {'would be ' if dry_run else ''}removed")


def _expired(found: Sequence[Pruned]) -> str:
    return f"{len(found)} expired secret{'' if len(found) == 1 else 's'}"


def _report(rotation: Rotation, shipment: Shipment, *, several: bool, json: bool) -> None:
    """What was rotated and what was left out; on stdout, where that has not got the secrets, the new ids."""
    from secretctl.render.rotation_text import rotated_text

    if not rotation.items and json:
        emit_json([])
    elif rotation.items and "stdout" not in shipment.labels:
        delivering.emit_result(rotation.items, shipment.labels, several=several, json=json)
    _note_doubts(rotation)
    for turn in rotation.turns:
        note(rotated_text(turn))
    if not rotation.items:
        note("nothing to rotate")


def _show_plan(rotation: Rotation, *, json: bool) -> None:
    from secretctl.render.rotation_text import rotation_table

    emit_json([turn.as_dict() for turn in rotation.turns]) if json else emit(rotation_table(rotation, page()))
    _note_doubts(rotation)
    note(f"{len(rotation.turns)} would be rotated; nothing was changed")


def _warn_of_past_ends(rotation: Rotation, now: datetime) -> None:
    """Of a rotation as of a time that is past: whose old secrets have ended by the clock that servers go by."""
    real = options.clock()
    if now < real - _SLACK:
        late = [str(turn.principal.target) for turn in rotation.turns if any(cap.end < real for cap in turn.caps)]
        if late:
            warn(f"by this machine's clock the old secrets of {', '.join(late)} have ended: --at says an earlier time")


def _note_doubts(rotation: Rotation) -> None:
    for skipped in rotation.skipped:
        note(f"left out {skipped.target}: {skipped.reason}")
    warn(*rotation.warnings)


def _warn_of_nobody(store: Store, selection: Selection, rotation: Rotation) -> None:
    """Where the filter fits nobody: often a misspelling in a job that would be content with it for good."""
    from secretctl.operations.targets import belongs

    owner, tag = selection.owner, selection.tag
    wanted = [f"{what} {text!r}" for what, text in (("owner", owner), ("tag", tag)) if text is not None]
    if not wanted or rotation.turns or rotation.skipped:
        return
    if not any(belongs(principal, owner=owner, tag=tag) for principal in store.principals()):
        warn(f"no client or resource has the {' and the '.join(wanted)}")
