"""Delivery to a command's stdin, without a shell and without the secret in an argument or the environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from secretctl.errors import DeliveryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secretctl.delivery import Deliverable
    from secretctl.model import Target

_STDERR = 2


class CommandDelivery:
    """Runs a command once for each secret: the secret, exactly and without a newline, on its stdin.

    ``SECRETCTL_TARGET`` and ``SECRETCTL_SECRET_ID`` say whose it is. What the command prints goes to stderr. It has failed
    where its status is not 0, or where it did not read the whole secret: a secret that nobody took is lost.
    """

    label = "command"

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = list(arguments)
        self.delivered: list[Target] = []

    def prepare(self, targets: Sequence[Target]) -> None:  # noqa: ARG002 - the same command for all of them
        """DeliveryError ``command_not_found`` where there is no such command."""
        from shutil import which

        if which(self._arguments[0]) is None:
            raise DeliveryError(
                "command_not_found",
                f"there is no command {self._arguments[0]!a} to pipe the secret to",
                hint="check its spelling, PATH and permissions",
            )

    def deliver(self, item: Deliverable) -> None:
        """Run the command once: DeliveryError ``command_failed``."""
        environment = {**os.environ, "SECRETCTL_TARGET": str(item.target), "SECRETCTL_SECRET_ID": item.secret.id}
        name = self._arguments[0].rpartition("/")[2]
        self.delivered.append(item.target)  # from its start on, the command may have passed the secret on
        status, read_all = self._run(item.text.reveal().encode("utf-8"), environment, name)
        if status:
            why = f"ended with status {status}" if status > 0 else f"was ended by signal {-status}"
        elif not read_all:
            why = "did not get or read the whole secret on its stdin"
        else:
            return
        raise DeliveryError(
            "command_failed",
            f"the command {name!a} {why}, for {item.target}",
            hint="see what it said above; it must read the secret from stdin until the end, and exit with 0",
        )

    def finish(self) -> None:
        """Nothing to do."""

    def revoke(self) -> None:
        """What a command has done cannot be taken back."""

    def _run(self, data: bytes, environment: dict[str, str], name: str) -> tuple[int, bool]:
        """The command's status, and whether all was written and nothing left in the pipe when it had ended."""
        from subprocess import Popen
        from threading import Thread

        reading, writing = os.pipe()
        try:
            process = Popen(self._arguments, stdin=reading, stdout=_STDERR, env=environment)
        except (OSError, ValueError) as exc:
            os.close(reading)
            os.close(writing)
            self.delivered.pop()
            raise DeliveryError(
                "command_failed",
                f"the command {name!a} cannot be run: {getattr(exc, 'strerror', None) or 'not allowed in a command'}",
                hint="check its spelling, PATH and permissions",
            ) from None
        # We keep the reading end: what the command left in there can be seen, and writing never fails half way.
        written: list[bool] = []
        writer = Thread(target=lambda: written.append(_write_all(writing, data)), daemon=True)
        writer.start()
        try:
            status = process.wait()
        except BaseException:  # Ctrl-C as well: nothing stays behind that still waits for the secret
            process.kill()
            process.wait()
            raise
        finally:
            left = os.read(reading, 1)
            while os.read(reading, 65_536):
                pass
            writer.join()
            os.close(reading)
        return status, written == [True] and not left


def split_command(text: str) -> list[str]:
    """The words of a command, split as a shell splits them; UsageError ``command_invalid``."""
    import shlex

    try:
        words = shlex.split(text)
    except ValueError as exc:
        raise UsageError(
            "command_invalid", f"the command cannot be split into words: {exc}", hint="check its quotes"
        ) from None
    if not words:
        raise UsageError(
            "command_invalid", "the command is empty", hint="name the command that takes the secret on its stdin"
        )
    return words


def _write_all(descriptor: int, data: bytes) -> bool:
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
