"""One command line from its start to its exit: the one place where errors become messages and exit statuses."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer

from secretctl.cli.output import say, write_stderr
from secretctl.cli.tree import root
from secretctl.errors import InterruptedByUserError, SecretctlError, UnavailableError

# Typer 0.28 carries click with it and does not name it; a base of BadParameter is it.
_ClickException: type[Exception] = typer.BadParameter.__mro__[2]


def main() -> NoReturn:
    """Run this process's command line and exit with its status."""
    _fill_missing_streams()
    _forbid_core_dumps()
    shell = os.environ.pop("_SECRETCTL_COMPLETE", None)
    if shell:
        from secretctl.cli.complete import run_completion

        _leave(run_completion(shell, sys.argv[1:]))
    _leave(run(sys.argv[1:]))


def _leave(status: int) -> NoReturn:
    """Exit without taking the interpreter apart, which takes a tenth of a short command's time."""
    import atexit

    atexit._run_exitfuncs()  # noqa: SLF001 - what os._exit leaves out
    _flush_streams()  # pragma: no cover - coverage has written down what it saw by now
    os._exit(status)  # pragma: no cover - what runs last cannot count itself


def _flush_streams() -> None:
    """A stream may be closed or its disk full; `emit` has reported it where it mattered."""
    from contextlib import suppress

    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()


def run(arguments: list[str]) -> int:
    """Run one command line and give its exit status; errors are on stderr by then."""
    try:
        command = root()
        # Not `main`, which takes Ctrl-C and broken pipes for itself, and says nothing of either.
        with command.make_context("secretctl", list(arguments)) as context:
            status = command.invoke(context)
    except SecretctlError as exc:
        return _fail(exc, arguments)
    except KeyboardInterrupt:
        return _fail(InterruptedByUserError("interrupted", "interrupted; nothing more was done"), arguments)
    except typer.Exit as exc:
        return exc.exit_code
    except _ClickException as exc:
        from secretctl.cli.usage import usage_error

        return _fail(usage_error(exc, arguments), arguments)
    except MemoryError:
        message, hint = "there is not enough memory for that", "check that it is the right file, or raise the limit"
        return _fail(UnavailableError("out_of_memory", message, hint=hint), arguments)
    except Exception as exc:  # noqa: BLE001 - the one place where a bug becomes a line
        return _fail(_directory_gone(exc) or _bug(exc), arguments)
    return status if isinstance(status, int) else 0


def _directory_gone(exc: Exception) -> SecretctlError | None:
    """Where somebody has removed the working directory, no relative path can be found, by any command."""
    if not isinstance(exc, FileNotFoundError):
        return None
    try:
        os.getcwd()  # noqa: PTH109 - this may come before pathlib is there
    except FileNotFoundError:
        return UnavailableError("directory_missing", "this directory is no more", hint="change to one that exists")
    return None


def _bug(exc: Exception) -> SecretctlError:
    """A bug, without the exception's own text: it may hold what must not be shown."""
    if os.environ.get("SECRETCTL_DEBUG") == "1":
        import traceback

        frames = "".join(traceback.format_tb(exc.__traceback__))
        write_stderr(f"{frames}{type(exc).__name__} (its text is left out, as it could hold a secret)\n")
    return SecretctlError(
        "internal_error",
        f"a bug in secretctl ({type(exc).__name__})",
        hint="run it again with SECRETCTL_DEBUG=1 and report the traceback; it holds no secrets",
    )


def _fail(error: SecretctlError, arguments: list[str]) -> int:
    """Say what went wrong on stderr: in words, or as one JSON object where the command was asked for JSON."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if "--json" in options:
        from secretctl.render.json_text import document

        body = {"code": error.code, "message": error.message, "hint": error.hint}
        write_stderr(document({"error": body}))
    else:
        say(f"secretctl: error: {error.message}", *([f"hint: {error.hint}"] if error.hint else []))
    return error.status


def _fill_missing_streams() -> None:
    """Where a standard stream is closed, keep its number from being given to a file that is opened later."""
    while True:
        descriptor = os.open(os.devnull, os.O_RDWR)
        if descriptor > 2:
            os.close(descriptor)
            return


def _forbid_core_dumps() -> None:
    """No file with this process's memory, where plaintext may be. Commands that it starts inherit that, and may undo it."""
    if sys.platform == "win32":  # pragma: no cover - there are none
        return
    import resource
    from contextlib import suppress

    # Linux pipes dumps to programs such as systemd-coredump whatever the limit, unless it is 1 (fs/coredump.c).
    limit = 1 if sys.platform == "linux" else 0
    with suppress(OSError, ValueError):
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (limit if hard else 0, hard))
