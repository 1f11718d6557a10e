"""``diff`` and ``apply``: what makes one registry like another, and doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from secretctl.cli import inputs, options
from secretctl.cli.losses import list_losses
from secretctl.cli.output import emit, emit_json, note, stdout_is_terminal, use_color, warn, write_stderr

if TYPE_CHECKING:
    from secretctl.operations.plan import Plan
    from secretctl.stores import Store

AArgument = Annotated[str, typer.Argument(metavar="A", help="The registry as it should be: a file or a database URL.")]
BArgument = Annotated[str, typer.Argument(metavar="B", help="The registry to compare with, or to change.")]


def diff(a: AArgument, b: BArgument, json: options.JsonOption = False) -> int:
    """Show what it takes to make B like A. Status 1 where they differ.

    \b
    secretctl diff secretctl.toml sqlite:///identity.db
    """
    plan = _plan(_open(a), _open(b), prune=True)
    list_losses(plan.losses, verb="held by B")
    if json:
        emit_json(plan.as_dict())
    else:
        _show(plan)
    if plan.count("remove") or _removes_secrets(plan):
        note("what is removed (-) stays without `secretctl apply --prune`")
    return 1 if plan else 0


def apply(
    a: AArgument,
    b: BArgument,
    prune: Annotated[bool, typer.Option("--prune", help="Remove what A does not have.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done; status 1 if anything.")] = False,
    yes: options.YesOption = False,
    force: options.ForceOption = False,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> int:
    """Make B like A, in one transaction. Without --prune nothing is removed.

    \b
    secretctl apply secretctl.toml postgresql://id@db/identity --dry-run
    """
    first, second = _open(a), _open(b, settings)
    plan = None
    if dry_run or not yes:
        plan = _plan(first, second, prune=prune)
        _warn_of(plan)
        if dry_run or not plan:
            list_losses(plan.losses, verb="written")
            emit_json(plan.as_dict()) if json else _show(plan)
            return 1 if plan else 0
        _ask(plan, b=second.location)
    return _apply(first, second, plan, prune=prune, force=force, json=json)


def _apply(a: Store, b: Store, plan: Plan | None, *, prune: bool, force: bool, json: bool) -> int:
    from secretctl.cli.progress import phases
    from secretctl.operations.sync import apply as apply_plan
    from secretctl.render.plan_text import summary

    now = options.clock()
    with phases("comparing", "writing") as (compared, advance):
        applied = apply_plan(a, b, now=now, prune=prune, force=force, expected=plan, compared=compared, advance=advance)
    if plan is None:  # else they were said before the question
        warn(*applied.notes)
    list_losses(applied.plan.losses, verb="written")
    if json:
        emit_json(applied.plan.as_dict())
    elif plan is not None and stdout_is_terminal():  # somebody has just read and confirmed it
        emit(summary(applied.plan, done=True))
    else:
        _show(applied.plan, done=True)
    return 0


def _open(location: str, settings: str | None = None) -> Store:
    return options.open_registry_store(location, settings)


def _plan(a: Store, b: Store, *, prune: bool) -> Plan:
    from secretctl.cli.progress import progress
    from secretctl.operations.sync import diff as plan_of

    with progress("comparing") as advance:
        return plan_of(a, b, prune=prune, advance=advance)


def _warn_of(plan: Plan) -> None:
    """What `apply` would refuse, and what it would warn of."""
    from secretctl.operations.incoming import refuse_private_keys, warnings_of_new

    refuse_private_keys(plan)
    warn(*warnings_of_new(plan))


def _show(plan: Plan, *, done: bool = False) -> None:
    from secretctl.render.plan_text import plan_text

    if plan.changes:
        emit(plan_text(plan, color=use_color(), done=done))
    else:
        note("no difference")


def _ask(plan: Plan, *, b: str) -> None:
    """Show the plan where it can be read, and go on only after a yes."""
    from secretctl.render.plan_text import plan_text

    if inputs.stdin_is_terminal():
        write_stderr(plan_text(plan))
    inputs.confirmed(f"Make these changes to {b}?", yes=False)


def _removes_secrets(plan: Plan) -> bool:
    return any(secret.action == "remove" for change in plan.changes for secret in change.secrets)
