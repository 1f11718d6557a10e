"""Registries that come out of a pipe: read like a file, never written, never waited for in vain."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from secretctl.errors import UnavailableError
from secretctl.model import Client
from secretctl.stores.toml import pipe
from secretctl.stores.toml.store import TomlStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGISTRY = b'schema = 1\n[validation]\ntrust = "ca.pem"\n[clients.web]\nowner = "shop"\n'
pytestmark = pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="descriptors have no paths here")  # noqa: PTH112


@contextmanager
def piped(data: bytes) -> Iterator[TomlStore]:
    """A store at the reading end of a pipe, into which a thread writes."""
    reading, writing = os.pipe()

    def write() -> None:
        with open(writing, "wb") as end:  # noqa: PTH123 - a descriptor
            end.write(data)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield TomlStore(f"/dev/fd/{reading}")
    finally:
        os.close(reading)
        thread.join()


def test_it_is_read_like_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it, though it can be read only once; what it names is looked for in the working directory."""
    monkeypatch.chdir(tmp_path)
    with piped(REGISTRY + b"# " + b"x" * 300_000) as store:
        assert store.settings().validation.trust == str(tmp_path / "ca.pem")
        assert store.find("client", "web") == Client("web", owner="shop")
        assert list(store.principals()) == [Client("web", owner="shop")]
        assert list(store.notes()) == []


def test_it_is_never_written() -> None:
    """Status 3, and nothing of it is read for that."""
    with piped(REGISTRY) as store:
        with pytest.raises(UnavailableError, match="not written") as caught, store.edit():
            pass
        assert caught.value.code == "registry_unwritable"
        assert store.find("client", "web") is not None


def test_nothing_is_no_empty_registry() -> None:
    """A program that failed leaves an empty pipe: its clients are not gone."""
    with piped(b"") as store, pytest.raises(UnavailableError, match="nothing comes out") as caught:
        store.settings()
    assert caught.value.code == "registry_unreadable"


def test_what_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a bound is not kept in memory."""
    monkeypatch.setattr(pipe, "LIMIT", 1 << 20)
    with piped(REGISTRY + b"#" * (1 << 20)) as store, pytest.raises(UnavailableError, match="1 MiB") as caught:
        store.settings()
    assert caught.value.code == "registry_unreadable"


def test_a_file_without_a_name(tmp_path: Path) -> None:
    """As shells make one of what stands behind <<."""
    path = tmp_path / "here-document"
    path.write_bytes(REGISTRY)
    with path.open("rb") as file:
        path.unlink()
        assert TomlStore(f"/dev/fd/{file.fileno()}").find("client", "web") is not None


def test_a_descriptor_that_is_a_file_is_that_file(tmp_path: Path) -> None:
    """``< secretctl.toml`` is no pipe: it can be written as well."""
    path = tmp_path / "secretctl.toml"
    path.write_bytes(REGISTRY)
    with path.open("rb") as file, TomlStore(f"/dev/fd/{file.fileno()}").edit() as edit:
        edit.add(Client("new"))
    assert b"[clients.new]" in path.read_bytes()


def test_a_descriptor_that_is_closed() -> None:
    """There is no such registry."""
    with pytest.raises(UnavailableError) as caught:
        TomlStore("/dev/fd/998").settings()
    assert caught.value.code == "registry_missing"


def test_stdin_is_not_read_twice() -> None:
    """A batch that is to come after the registry is no empty batch, all of which was accepted."""
    command = [sys.executable, "-m", "secretctl", "verify", "--batch", "-", "-r", "/dev/stdin"]
    done = subprocess.run(command, input=REGISTRY, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (3, b"")


def test_diff_against_what_git_holds(tmp_path: Path) -> None:
    """``diff <(…) secretctl.toml``, and stdin."""
    old, new = tmp_path / "old", tmp_path / "new.toml"
    old.write_bytes(REGISTRY)
    new.write_bytes(REGISTRY + b"[clients.new]\n")
    secretctl = [sys.executable, "-m", "secretctl"]
    with subprocess.Popen(["cat", old], stdout=subprocess.PIPE) as git:
        assert git.stdout is not None
        command = [*secretctl, "diff", str(new), "/dev/stdin"]
        done = subprocess.run(command, stdin=git.stdout, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "+ client/new")
