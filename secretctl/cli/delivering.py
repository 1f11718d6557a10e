"""The DELIVERY options, and what becomes of them."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secretctl.cli.output import emit, emit_json
from secretctl.errors import DeliveryError, InterruptedByUserError, UnavailableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from secretctl.delivery import Deliverable, Delivery, Shipment
    from secretctl.model import Target

OutFileOption = Annotated[
    str | None,
    typer.Option("--out", metavar="FILE", help="Write the secret into a new file of mode 0600.", show_default=False),
]
OutOption = Annotated[
    str | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="Write the secret into a new file of mode 0600; with several TARGETs, --all or --due, into files of that directory, which is made if need be.",
        show_default=False,
    ),
]
OutFormatOption = Annotated[
    str | None,
    typer.Option("--out-format", metavar="raw|dotenv|json|kubernetes", help="What the file looks like [default: raw]."),
]
KeyringOption = Annotated[
    bool, typer.Option("--keyring", help="Keep the secret in the system's keyring, as secretctl/NAME, TARGET#SID.")
]
PipeToOption = Annotated[
    str | None,
    typer.Option(
        "--pipe-to",
        metavar="'CMD …'",
        help="Run a command with the secret on its stdin; no shell. $SECRETCTL_TARGET says whose it is.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """What the command line says of the delivery. UsageError where it makes no sense."""

    out: str | None
    out_format: str | None
    keyring: bool
    pipe_to: str | None

    def __post_init__(self) -> None:
        if self.out_format is not None and self.out is None:
            raise UsageError("out_missing", "--out-format is about --out", hint="add --out FILE")
        if self.out in {"", "-"}:
            raise UsageError("out_invalid", "--out names a new file", hint="leave it out for stdout")

    @property
    def given(self) -> bool:
        """Whether any way but stdout is asked for."""
        return self.out is not None or self.keyring or self.pipe_to is not None

    def doubts(self, targets: Sequence[Target], *, several: bool) -> list[str]:
        """What would be in the way of ``--out``, as far as a dry run can tell."""
        if self.out is None:
            return []
        from secretctl.delivery.file import FileDelivery
        from secretctl.delivery.formats import format_named

        try:
            FileDelivery(Path(self.out), format_named(self.out_format or "raw"), directory=several).check(targets)
        except DeliveryError as exc:
            return [f"{exc.message}: as it is now, nothing could be delivered"]
        return []

    def shipment(
        self,
        registry_name: str | None,
        *,
        several: bool,
        json: bool,
        stdout: bool = True,
        progress: Callable[[int], None] | None = None,
    ) -> Shipment:
        """All ways that were asked for; ``stdout`` where none was. Taken back best come first."""
        from secretctl.delivery import Shipment

        deliveries: list[Delivery] = []
        if self.out is not None:
            from secretctl.delivery.file import FileDelivery
            from secretctl.delivery.formats import format_named

            deliveries.append(FileDelivery(Path(self.out), format_named(self.out_format or "raw"), directory=several))
        if self.keyring:
            from secretctl.delivery.keyring import KeyringDelivery

            deliveries.append(KeyringDelivery(registry_name))
        if self.pipe_to is not None:
            from secretctl.delivery.command import CommandDelivery, split_command

            deliveries.append(CommandDelivery(split_command(self.pipe_to)))
        if stdout and not self.given:
            from secretctl.delivery.stdout import StdoutDelivery

            deliveries.append(StdoutDelivery(lambda items: _write_secrets(items, several=several, json=json)))
        return Shipment(deliveries, progress=progress)


def emit_result(items: Sequence[Deliverable], delivered_to: Sequence[str], *, several: bool, json: bool) -> None:
    """What stdout carries where it carries no secret: the new ids. Where it cannot, that is all that has failed."""
    with registered(items[0].target, count=len(items)):
        if json:
            bodies = [item.as_dict(delivered_to, reveal=False) for item in items]
            emit_json(bodies if several else bodies[0])
        elif several:
            emit("".join(f"{_target(item)}\t{item.secret.id}\n" for item in items))
        else:
            emit(f"{items[0].secret.id}\n")


@contextmanager
def registered(target: Target, *, count: int = 1) -> Iterator[None]:
    """Where stdout does not take the ids of secrets that are in the registry by now: nobody is told to add them again."""
    try:
        yield
    except UnavailableError as exc:
        done = "the secret is" if count == 1 else f"all {count} secrets are"
        raise UnavailableError(
            exc.code,
            f"{exc.message}; {done} in the registry all the same",
            hint=f"do not run it again; see `secretctl secret list {target.shell_word}` for the id",
        ) from exc


@contextmanager
def fate_on_interrupt() -> Iterator[None]:
    """Where Ctrl-C comes in between, say what became of the secrets. Being asked to end is the same as Ctrl-C."""
    import signal

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    names = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # One that is ignored, as nohup does, stays ignored.
    before = {name: signal.signal(name, interrupt) for name in names if signal.getsignal(name) is signal.SIG_DFL}
    try:
        yield
    except KeyboardInterrupt as exc:
        fate = getattr(exc, "__notes__", ["Nothing more was done"])
        raise InterruptedByUserError("interrupted", ". ".join(["interrupted", *fate])) from None
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _write_secrets(items: Sequence[Deliverable], *, several: bool, json: bool) -> None:
    """The document on stdout that carries the secrets; DeliveryError where it does not get there."""
    if json:
        bodies = [item.as_dict(("stdout",), reveal=True) for item in items]
        emit_json(bodies if several else bodies[0], carries_secret=True)
    elif several:
        emit("".join(f"{_target(item)}\t{item.text.reveal()}\n" for item in items), carries_secret=True)
    else:
        emit(f"{items[0].text.reveal()}\n", carries_secret=True)
    _sync_stdout()


def _sync_stdout() -> None:
    """Where stdout is a file, see it through to the disk: some file systems say only then that they are full."""
    try:
        if stat.S_ISREG(os.fstat(1).st_mode):
            os.fsync(1)
    except OSError as exc:
        raise DeliveryError(
            "stdout_unwritable",
            f"stdout cannot be written: {exc.strerror}",
            hint="check where the output goes, and run it again",
        ) from exc


def _target(item: Deliverable) -> str:
    """A tab or a line feed in a hand-written id would end its column."""
    from secretctl.render.text import visible

    return visible(str(item.target))
