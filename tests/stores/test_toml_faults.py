"""Killed anywhere, refused anything: the file is the whole old or the whole new one, and the next writer goes on."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from secretctl.errors import UnavailableError
from secretctl.model import Client
from secretctl.stores import atomic_file, open_store
from secretctl.stores.toml.store import create_registry
from tests.stores.faults import NEW, OLD, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stores.faults import Call

WRITES = ("flock", "write", "fchmod", "fchown", "fsync", "rename", "link", "unlink")
ON_FILES = (*WRITES, "openat", "read", "close", "newfstatat", "fstat", "lseek", "getdents64", "getxattr", "setxattr")
CREATED = "schema = 1  # new\n"
ERRORS = ("EIO", "ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EMFILE", "ENOLCK", "ENOSYS", "ENOENT")
TURNS = range(len(ERRORS)) if os.environ.get("SECRETCTL_TORTURE") == "full" else (0,)
"""In one turn each call fails with the next error of the list; in all of them, every call with every error."""

pytestmark = pytest.mark.needs("strace")


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """A registry in a directory that has nothing else but a rehearsal."""
    directory = tmp_path / "registry"
    directory.mkdir()
    path = directory / "secretctl.toml"
    path.write_text(OLD)
    path.chmod(0o640)
    return path


def calls_of(what: str, registry: Path) -> list[Call]:
    """The system calls of an edit that nothing disturbs; the registry is put back afterwards."""
    if what == "create":
        registry.unlink()
    outcome, calls = run(what, registry)
    assert outcome.status == 0, outcome.output
    assert registry.read_text() == (NEW if what == "edit" else CREATED)
    reset(what, registry)
    return [call for call in calls if call.name in ON_FILES]


def reset(what: str, registry: Path) -> None:
    """As it was before the edit."""
    registry.unlink()
    if what == "edit":
        registry.write_text(OLD)
        registry.chmod(0o640)


def assert_the_next_writer_goes_on(registry: Path) -> None:
    """It finds no lock, and clears away what the killed one left."""
    if not registry.exists():
        create_registry(registry, CREATED)
    with open_store(registry).edit() as edit:
        edit.add(Client("next"))
    assert open_store(registry).find("client", "next") is not None
    assert {entry.name for entry in registry.parent.iterdir()} == {"secretctl.toml", "rehearsal.toml"}


def kill_at(what: str, registry: Path, call: Call) -> None:
    """Kill an edit there."""
    old, new = (OLD, NEW) if what == "edit" else (None, CREATED)
    outcome, _ = run(what, registry, f"{call.name}:signal=KILL:when={call.number}")
    assert outcome.status in (-signal.SIGKILL, 128 + signal.SIGKILL), f"{call}: {outcome}"
    assert (registry.read_text() if registry.exists() else None) in (old, new), call
    assert_the_next_writer_goes_on(registry)
    reset(what, registry)


def fail_at(what: str, registry: Path, call: Call, error: str) -> None:
    """Let that call of an edit fail."""
    old, new = (OLD, NEW) if what == "edit" else (None, CREATED)
    outcome, _ = run(what, registry, f"{call.name}:error={error}:when={call.number}")
    text = registry.read_text() if registry.exists() else None
    assert "Traceback" not in outcome.output, f"{call}: {outcome}"
    # A registry that is not there when it is about to be replaced was changed underneath.
    assert outcome.status in ((0, 3, 5) if error == "ENOENT" else (0, 3)), f"{call}: {outcome}"
    in_place = outcome.status == 0 or "registry_not_synced" in outcome.output
    assert text == (new if in_place else old), f"{call} {error}: {outcome}"
    if what == "edit":
        assert registry.stat().st_mode & 0o777 == 0o640
    # A lock file that could not be locked may be another's, so it stays; it is empty and hidden.
    expected = {"secretctl.toml", "rehearsal.toml", ".secretctl.toml.lock"}
    left = {entry.name for entry in registry.parent.iterdir()} - expected
    assert not left or call.name == "unlink", f"{call} {error}: {left}"
    assert_the_next_writer_goes_on(registry)
    reset(what, registry)


@pytest.mark.parametrize("what", ["edit", "create"])
def test_killed_at_each_call_that_writes(what: str, registry: Path) -> None:
    """SIGKILL at every system call that changes something leaves the whole old or the whole new file."""
    for call in calls_of(what, registry):
        if call.name in WRITES or "O_CREAT" in call.line:
            kill_at(what, registry, call)


@pytest.mark.torture
@pytest.mark.parametrize("what", ["edit", "create"])
def test_killed_at_every_call(what: str, registry: Path) -> None:
    """SIGKILL at every system call on files at all."""
    for call in calls_of(what, registry):
        kill_at(what, registry, call)


@pytest.mark.parametrize("what", ["edit", "create"])
def test_each_call_that_writes_fails(what: str, registry: Path) -> None:
    """EIO from each of them is status 3 with the old file intact, or does no harm."""
    for call in calls_of(what, registry):
        if call.name in WRITES or "O_CREAT" in call.line:
            fail_at(what, registry, call, "EIO")


@pytest.mark.torture
@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("what", ["edit", "create"])
def test_every_call_fails_in_every_way(what: str, turn: int, registry: Path) -> None:
    """Errnos from each system call on files."""
    for number, call in enumerate(calls_of(what, registry), start=turn):
        if call.name != "close":
            fail_at(what, registry, call, ERRORS[number % len(ERRORS)])


@pytest.mark.parametrize("name", ["write", "fsync", "rename", "openat", "flock"])
def test_an_interrupted_call_is_made_again(name: str, registry: Path) -> None:
    """EINTR is no error."""
    for call in calls_of("edit", registry):
        # rename and fsync are not interrupted by signals on any file system that people keep registries on.
        if call.name == name and name not in ("rename", "fsync"):
            outcome, _ = run("edit", registry, f"{name}:error=EINTR:when={call.number}")
            assert outcome.status == 0, f"{call}: {outcome}"
            assert registry.read_text() == NEW
            reset("edit", registry)


def test_a_failed_sync_is_not_tried_again(registry: Path) -> None:
    """After a failed fsync the kernel may call the next one a success: it is not asked."""
    before = [call for call in calls_of("edit", registry) if call.name == "fsync"]
    outcome, calls = run("edit", registry, f"fsync:error=EIO:when={before[0].number}")
    assert outcome.status == 3
    assert "registry_unwritable" in outcome.output
    assert [call.number for call in calls if call.name == "fsync"] == [before[0].number]
    assert registry.read_text() == OLD


def test_an_unsynced_directory_is_told(registry: Path) -> None:
    """When only the directory's fsync fails, the new file is in place as a whole, and the error says so."""
    _, directory = (call for call in calls_of("edit", registry) if call.name == "fsync")
    outcome, _ = run("edit", registry, f"fsync:error=EIO:when={directory.number}")
    assert (outcome.status, outcome.output.split()) == (3, ["3", "registry_not_synced"])
    assert registry.read_text() == NEW


@pytest.mark.parametrize("written", [0, 1, 10])
def test_a_write_that_lies_is_found_out(written: int, registry: Path) -> None:
    """What was written is read back: a write that tells of bytes it did not write costs nothing."""
    (call,) = (call for call in calls_of("edit", registry) if call.name == "write")
    outcome, _ = run("edit", registry, f"write:retval={written}:when={call.number}")
    assert outcome.status == 3
    assert registry.read_text() == OLD
    assert_the_next_writer_goes_on(registry)


def test_short_writes_go_on(tmp_path: Path) -> None:
    """A write that is cut short by a signal is continued where it stopped."""
    data = bytes(range(256)) * 4096
    received = bytearray()
    reader, writer = os.pipe()

    def slowly() -> None:
        while chunk := os.read(reader, 5_000):
            received.extend(chunk)

    old = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    thread = threading.Thread(target=slowly)
    thread.start()
    try:
        atomic_file._write_all(writer, data)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
        os.close(writer)
        thread.join()
        os.close(reader)
    assert bytes(received) == data


@pytest.mark.usefixtures("untraced")
def test_a_limit_on_file_sizes(registry: Path) -> None:
    """A write that the system cuts short and then refuses leaves the old file."""
    script = "import sys; from secretctl.stores import open_store; from secretctl.model import Client\n"
    script += "with open_store(sys.argv[1]).edit() as edit: edit.add(Client('new', name='x' * 10_000))"
    done = subprocess.run(
        [sys.executable, "-c", script, registry],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "registry_unwritable" in done.stderr or "File too large" in done.stderr
    assert registry.read_text() == OLD
    assert [entry.name for entry in registry.parent.iterdir()] == ["secretctl.toml"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A mounted disk of 64 KiB."""
    directory = tmp_path / "disk"
    directory.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", directory], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    yield directory
    subprocess.run(["umount", directory], check=True)


@pytest.mark.parametrize("mode", ["full", "read-only"])
def test_a_disk_that_takes_nothing(mode: str, small_disk: Path) -> None:
    """A full or read-only disk is status 3, and the old registry is there, whole and alone."""
    registry = small_disk / "secretctl.toml"
    registry.write_text(OLD)
    if mode == "full":
        (small_disk / "rest").write_bytes(b"x" * 50_000)
    else:
        subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(UnavailableError) as caught, open_store(registry).edit() as edit:
        edit.add(Client("new", name="x" * 40_000))
    assert caught.value.code == "registry_unwritable"
    assert registry.read_text() == OLD
    assert sorted(entry.name for entry in small_disk.iterdir()) in (["rest", "secretctl.toml"], ["secretctl.toml"])
