"""What comes in from outside: a secret from its source, a file, an answer to a question."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

from secretctl.errors import InterruptedByUserError, UnavailableError, UsageError
from secretctl.model import SecretText

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from io import BufferedIOBase

INPUT_LIMIT = 1_048_576
"""Bytes that an input other than a registry or a batch may have."""
REGISTRY_LIMIT = 1 << 28
"""Bytes that an export of another program's registry may have: many times 100,000 clients, and endless is none."""


class SecretSource:
    """Where a plaintext comes from; at most one of the four."""

    __slots__ = ("env", "file", "keyring", "prompt")

    def __init__(
        self, file: str | None = None, env: str | None = None, keyring: bool = False, prompt: bool = False
    ) -> None:
        self.file = file
        self.env = env
        self.keyring = keyring
        self.prompt = prompt
        if sum((file is not None, env is not None, keyring, prompt)) > 1:
            raise UsageError(
                "several_sources",
                "the secret is to come from several places",
                hint="use one of --secret-file, --secret-env, --from-keyring and --prompt",
            )

    @property
    def given(self) -> bool:
        """Whether the command line names a source."""
        return self.file is not None or self.env is not None or self.keyring or self.prompt

    @property
    def words(self) -> list[str]:
        """What names the source on a command line; nothing where the secret is asked for."""
        if self.file is not None:
            return ["--secret-file", self.file]
        if self.env is not None:
            return ["--secret-env", self.env]
        return ["--from-keyring"] if self.keyring else []

    def read(
        self,
        *,
        from_keyring: Callable[[], SecretText] | None = None,
        prompt_by_default: bool = True,
        check: Callable[[SecretText], object] | None = None,
    ) -> SecretText:
        """The plaintext, with one trailing newline cut. Without a source it is asked for, on a terminal only.

        ``check`` is for one that will be stored: it may refuse what was typed, which is then asked for once more.
        Raises UsageError ``secret_source_missing``; UnavailableError where the source cannot be read.
        """
        if self.file is not None:
            return _secret_text(read_input(self.file, what="secret"), self.file)
        if self.env is not None:
            return _from_environment(self.env)
        if self.keyring:
            if from_keyring is None:
                raise UsageError("keyring_needs_target", "--from-keyring needs a TARGET", hint="name client/ID")
            return from_keyring()
        if (self.prompt or prompt_by_default) and stdin_is_terminal():
            return prompt_secret("Secret", check=check)
        raise UsageError(
            "secret_source_missing",
            "there is no terminal to ask for the secret on",
            hint="use --secret-file PATH (- is stdin), --secret-env NAME or --from-keyring",
        )


def read_input(path: str, *, what: str, limit: int = INPUT_LIMIT) -> bytes:
    """The bytes of a file, or of stdin for ``-``. UnavailableError ``input_unreadable`` or ``input_too_large``."""
    with open_input(path, what=what) as stream:
        try:
            data = stream.read(limit + 1)
        except OSError as exc:
            raise _unreadable(path, what, exc) from None
    if len(data) > limit:
        hint = "check that it is the right file"
        raise UnavailableError("input_too_large", f"the {what} is larger than {limit >> 20} MiB", hint=hint)
    return data


def open_input(path: str, *, what: str) -> AbstractContextManager[BufferedIOBase]:
    """The same to be read as it comes."""
    if path == "-":
        if sys.stdin is None:
            message = f"the {what} cannot be read: stdin is closed"
            raise UnavailableError("input_unreadable", message, hint="pipe it in")
        return nullcontext(sys.stdin.buffer)  # type: ignore[arg-type]  # typeshed calls it a BinaryIO
    try:
        return open(path, "rb")  # noqa: PTH123 - a pipe such as /dev/fd/63 is welcome here
    except (OSError, ValueError) as exc:
        raise _unreadable(path, what, exc) from None


def _unreadable(path: str, what: str, exc: OSError | ValueError) -> UnavailableError:
    why = exc.strerror if isinstance(exc, OSError) and exc.strerror else "not a path"
    message = f"the {what} cannot be read from {path!a}: {why}"
    return UnavailableError("input_unreadable", message, hint="check the path and its permissions")


def cut_newline(data: bytes) -> bytes:
    """Without one trailing newline (LF or CRLF), no more: editors and ``echo`` add one."""
    if data.endswith(b"\r\n"):
        return data[:-2]
    return data.removesuffix(b"\n")


def stdin_is_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


def prompt_secret(label: str, *, check: Callable[[SecretText], object] | None = None) -> SecretText:
    """Ask for a secret without showing it; with ``check``, which may refuse it, once more, as a slip would be stored."""
    from getpass import getpass

    try:
        text = getpass(f"{label}: ")
        text.encode()  # what a terminal of another encoding sends may arrive as surrogates
        if check is not None:
            check(SecretText(text))
            if getpass(f"{label} again: ") != text:
                raise UsageError("secrets_differ", "the two entries differ", hint="run it again")
    except EOFError:
        raise UsageError("secret_source_missing", "no secret was entered", hint="run it again") from None
    except UnicodeError:
        raise UnavailableError(
            "secret_not_utf8", "what was typed is not UTF-8 text", hint="set the terminal to UTF-8"
        ) from None
    return SecretText(text)


def confirmed(question: str, *, yes: bool) -> None:
    """Go on only after a yes: from ``--yes``, or from somebody at a terminal.

    UsageError ``confirmation_missing``; InterruptedByUserError for any other answer.
    """
    if yes:
        return
    if not stdin_is_terminal():
        raise UsageError("confirmation_missing", f"{question} Nobody is there to ask", hint="add --yes")
    from secretctl.cli.output import write_stderr
    from secretctl.render.text import visible

    write_stderr(f"{visible(question)} [y/N] ")
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise InterruptedByUserError("interrupted", "not confirmed; nothing was changed")


def _from_environment(name: str) -> SecretText:
    value = os.environ.pop(name, None)
    if value is None:
        raise UnavailableError(
            "input_unreadable", f"the environment has no variable {name!a}", hint="set it, or use --secret-file -"
        )
    return _secret_text(os.fsencode(value), f"${name}")


def _secret_text(data: bytes, source: str) -> SecretText:
    try:
        return SecretText(cut_newline(data).decode("utf-8"))
    except UnicodeDecodeError:
        raise UnavailableError(
            "secret_not_utf8",
            f"the secret in {source!a} is not UTF-8 text",
            hint="a shared secret is text; check the file",
        ) from None
