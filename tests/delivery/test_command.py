"""Delivery to a command's stdin."""

from __future__ import annotations

import errno
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from secretctl.delivery.command import CommandDelivery, split_command
from secretctl.errors import DeliveryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from secretctl.delivery import Deliverable

    Make = Callable[..., Deliverable]


def python(code: str) -> CommandDelivery:
    """A delivery to a Python program."""
    return CommandDelivery([sys.executable, "-c", code])


def test_the_command_reads_exactly_the_secret(tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """No newline is added; whose it is stands in the environment."""
    monkeypatch.chdir(tmp_path)
    delivery = python(
        "import os, sys; open('got', 'wb').write(sys.stdin.buffer.read());"
        "open('env', 'w').write(os.environ['SECRETCTL_TARGET'] + '#' + os.environ['SECRETCTL_SECRET_ID'])"
    )
    item = make("sören\n", id="a b")
    delivery.prepare([item.target])
    delivery.deliver(item)
    delivery.finish()
    assert Path("got").read_bytes() == "sören\n".encode()
    assert Path("env").read_text(encoding="utf-8") == "client/a b#7f3a91c2"
    assert delivery.delivered == [item.target]


def test_the_secret_is_in_no_argument_and_no_variable(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other users of the machine could see it there."""
    monkeypatch.chdir(tmp_path)
    text = "a-secret-that-nobody-sees"
    python(
        "import os, sys; sys.stdin.read(); open('seen', 'w').write(repr([sys.orig_argv, dict(os.environ)]))"
    ).deliver(make(text))
    assert text not in Path("seen").read_text(encoding="utf-8")


def test_what_the_command_says_goes_to_stderr(make: Make, capfd: pytest.CaptureFixture[str]) -> None:
    """Stdout is for data."""
    python("import sys; sys.stdin.read(); print('out'); print('err', file=sys.stderr)").deliver(make())
    captured = capfd.readouterr()
    assert captured.out == ""
    assert {"out", "err"} <= set(captured.err.split())


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("import sys; sys.stdin.read(); sys.exit(3)", "status 3"),
        ("import os, sys; sys.stdin.read(); os.kill(os.getpid(), 9)", f"signal {signal.SIGKILL}"),
        ("pass", "did not get or read the whole secret"),
        ("import sys; sys.stdin.close()", "did not get or read the whole secret"),
        ("import os; os.read(0, 3)", "did not get or read the whole secret"),
    ],
)
@pytest.mark.parametrize("size", [20, 1_000_000])
def test_a_command_that_fails_or_does_not_read_fails_the_delivery(make: Make, code: str, part: str, size: int) -> None:
    """Whether or not the secret fits into the pipe. It may have gone on, so it counts as out there."""
    delivery, item = python(code), make("s" * size)
    with pytest.raises(DeliveryError) as caught:
        delivery.deliver(item)
    assert caught.value.code == "command_failed"
    assert part in caught.value.message
    assert "sss" not in caught.value.message
    delivery.revoke()
    assert delivery.delivered == [item.target]


def test_a_pipe_that_fails_is_no_delivery(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that read what there was, and is content with it, has not got the secret; nothing else is said."""
    write = os.write

    def broken(descriptor: int, data: bytes) -> int:
        if data == b"rest":
            raise OSError(errno.EIO, "Input/output error")
        return write(descriptor, data[:4])

    monkeypatch.setattr(os, "write", broken)
    with pytest.raises(DeliveryError, match="did not get or read the whole secret"):
        python("import sys; sys.stdin.read()").deliver(make("abcdrest"))


def test_a_long_secret_arrives_whole(tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than a pipe holds."""
    monkeypatch.chdir(tmp_path)
    python("import sys; open('got', 'w').write(str(len(sys.stdin.read())))").deliver(make("x" * 1_000_000))
    assert Path("got").read_text(encoding="utf-8") == "1000000"


def test_a_command_that_is_not_there(make: Make) -> None:
    """Known before anything is delivered."""
    with pytest.raises(DeliveryError) as caught:
        CommandDelivery(["no-such-command-anywhere"]).prepare([make().target])
    assert caught.value.code == "command_not_found"


def test_a_command_that_cannot_be_run(tmp_path: Path, make: Make) -> None:
    """A file that is no program, or an id that no environment can hold: nothing has gone anywhere."""
    script = tmp_path / "script"
    script.write_bytes(b"\x00\x01")
    script.chmod(0o700)
    delivery = CommandDelivery([str(script)])
    delivery.prepare([make().target])
    with pytest.raises(DeliveryError, match="cannot be run"):
        delivery.deliver(make())
    assert delivery.delivered == []
    with pytest.raises(DeliveryError, match="cannot be run"):
        python("pass").deliver(make(id="nul\x00byte"))


def test_an_interrupt_ends_the_command(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stays behind that waits for the secret."""
    import subprocess

    started: list[subprocess.Popen[bytes]] = []
    wait = subprocess.Popen.wait

    def interrupted(process: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        if not started:
            started.append(process)
            raise KeyboardInterrupt
        return wait(process, timeout)

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        python("import time; time.sleep(60)").deliver(make())
    assert started[0].returncode == -signal.SIGKILL


def test_a_command_is_split_as_a_shell_splits_it() -> None:
    """And never run by one."""
    words = ["vault", "kv", "put", "a b", "$HOME", ";", "rm"]
    assert split_command(shlex.join(words)) == words


@pytest.mark.parametrize("text", ["", "  ", "a 'b"])
def test_a_command_that_cannot_be_split(text: str) -> None:
    """A usage error."""
    with pytest.raises(UsageError) as caught:
        split_command(text)
    assert caught.value.code == "command_invalid"
