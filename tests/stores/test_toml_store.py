"""The registry file as a store: what it refuses, what it notes, and many writers at once."""

from __future__ import annotations

import difflib
import errno
import gc
import inspect
import os
import stat
import subprocess
import sys
import threading
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from secretctl.errors import ConflictError, UnavailableError
from secretctl.model import Client, Resource, Target
from secretctl.stores import Note, open_store
from secretctl.stores.file_lock import locked
from secretctl.stores.toml.edit import Source
from secretctl.stores.toml.lines import principal_lines
from secretctl.stores.toml.store import TomlStore, create_registry


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the registry is."""
    return tmp_path / "secretctl.toml"


def write(path: Path, text: str | bytes) -> TomlStore:
    """A registry with that text."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(0o600)
    return TomlStore(path)


def refusal(store: TomlStore) -> UnavailableError:
    """What the store says when everything is asked of it; the same to an edit, which leaves the file alone."""
    data = Path(store.location).read_bytes()
    with pytest.raises(UnavailableError) as caught:
        store.settings(), list(store.principals()), list(store.notes())
    with pytest.raises(UnavailableError) as again, store.edit():
        pass
    assert again.value.code == caught.value.code
    assert Path(store.location).read_bytes() == data
    assert [entry.name for entry in Path(store.location).parent.iterdir()] == ["secretctl.toml"]
    return caught.value


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("schema = 1\nname = \n", "line 2, column 8"),
        ("a = 1\r\nb = 'x\r\n", "line 3, column 1"),
        ("a = 1\na = 2\n", "line 2"),
        ("[clients.web]\n[clients.web]\n", "line 2"),
        ("a = 1 ?", "line 1, column 7"),
        ("a = '''", "line 1"),
        ("\ufeffschema = 1\n", "line 1, column 1"),
        (b"a = '\xff'\n", "line 1, column 6"),
        ("# ü\n".encode() + b"a = '\xe9'\n", "line 2, column 6"),
        ("a = 1\rb = 2\n", "line 1"),
        ("a = '\0'\n", "line 1"),
        ("a = { b = 1,\n c = 2 }\n", "line 1"),
        ("schema = 'x'\n", "line 1"),
        ("\nschema = 2\n", "line 2"),
        ("\nclients = 1\n", "line 2"),
        ("[[clients]]\n", "line 1"),
        ("\n[clients]\nweb = 1\n", "line 3"),
        ("[clients.web]\nenabled = 'yes'\n", "line 2"),
        ("[clients.web]\nsecrets = [\n {value = 'a'},\n {value = 1},\n]\n", "line 4"),
        ("[resources.api]\n[[resources.api.secrets]]\n[[resources.api.secrets]]\nvalue = 'x'\n", "line 2"),
        ("clients = { web = { enabled = 1 } }\n", "line 1"),
    ],
)
def test_what_is_no_registry(text: str | bytes, place: str, path: Path) -> None:
    """Status 3, with the file and the place in it; it is never written to."""
    error = refusal(write(path, text))
    assert (error.status, str(path) in error.message, place in error.message) == (3, True, True), error.message
    assert error.code == ("registry_newer" if "schema = 2" in str(text) else "registry_invalid")


@pytest.mark.parametrize(
    "text",
    [
        'value = "hunter2',
        "hunter2",
        "[clients.web]\nvalue = 'hunter2' x\n",
        "[clients.web]\n'hunter2' = 1\n'hunter2' = 1\n",
        "[clients.'hunter2']\n[clients.'hunter2']\n",
        "a = {'hunter2' = 1, 'hunter2' = 2}",
        'a = "\\hunter2"',
        "[policy]\nwarn = 'hunter2'",
        "[[clients.web.secrets]]\nvalue = 'v'\nexpiration = 'hunter2'",
    ],
)
def test_invalid_lines_are_not_shown(text: str, path: Path) -> None:
    """What stands there could be a secret."""
    error = refusal(write(path, text))
    assert "hunter2" not in error.message + str(error.hint)
    assert error.__context__ is None or "hunter2" not in str(error.__context__) or error.__suppress_context__


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema = 1\n[policy]\noverlap = '7d'\nwarn = '1d'\noverlap = '8d'\n", ": overlap stands on line 3 already"),
        ("[policy]\r\nwarn = '1d'\r\n[policy] # [again]\r\n", ": [policy] stands on line 1 already"),
        ("[clients.'a b']\n\n[clients.'a b']\n", ": this table stands on line 1 already"),
        ("[a]\nname = 'x'\n[b]\nname.x = 1\nname = 'x'\n", ": cannot overwrite a value: name"),
        ("name = 'x'\n[a]\nb.c = 1\nb = 1\n", ": cannot overwrite a value: b"),
        ('a = 1\na = """\na = 1\n"""\n', ": cannot overwrite a value"),
        ("[clients]\nweb = {}\n[clients.web]\n", ": cannot declare twice: [clients.web]"),
        ("'a' = 1\n'a' = 1\n", ": cannot overwrite a value"),
    ],
)
def test_what_stands_twice_is_named(text: str, said: str, path: Path) -> None:
    """With the line of the other one, where one is spelled the same in the same table."""
    assert refusal(write(path, text)).message.endswith(said)


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "9" * 5_000, "[a" + ".a" * 50_000 + "]"])
def test_files_made_to_break_a_parser(text: str, path: Path) -> None:
    """No traceback, whatever the depth and the size."""
    assert refusal(write(path, text)).code == "registry_invalid"


def test_files_that_are_not_there(tmp_path: Path) -> None:
    """Missing files, directories, devices, FIFOs and loops of links: no waiting, no lock file, a word about each."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    before = sorted(entry.name for entry in tmp_path.iterdir())
    for name, code in {
        tmp_path / "missing.toml": "registry_missing",
        tmp_path / "no" / "directory": "registry_missing",
        tmp_path / "dangling": "registry_missing",
        tmp_path / "fifo": "registry_unreadable",
        tmp_path / "loop": "registry_unreadable",
        tmp_path: "registry_unreadable",
        Path("/dev/zero"): "registry_unreadable",
        Path("nul\0"): "registry_unreadable",
        tmp_path / ("x" * 300): "registry_unreadable",
    }.items():
        with pytest.raises(UnavailableError) as caught:
            TomlStore(name).find("client", "web")
        assert caught.value.code == code, name
        with pytest.raises(UnavailableError) as caught, TomlStore(name).edit():
            pass
        assert caught.value.code == code, name
    assert sorted(entry.name for entry in tmp_path.iterdir()) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(path: Path) -> None:
    """Not ours to read is status 3."""
    store = write(path, "")
    path.chmod(0)
    with pytest.raises(UnavailableError):
        store.settings()


def test_reading_writes_nothing(path: Path) -> None:
    """No lock, no cache, no changed time; not even an edit that changes nothing."""
    store = write(path, "[clients.web]\n")
    before = (path.stat().st_mtime_ns, path.stat().st_ino, path.parent.stat().st_mtime_ns)
    (
        store.settings(),
        store.find("client", "web"),
        store.lines(),
        list(store.notes()),
        list(store.principals("resource")),
    )
    assert (path.stat().st_mtime_ns, path.stat().st_ino, path.parent.stat().st_mtime_ns) == before
    with store.edit() as edit:
        edit.replace(Client("web"))
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before[:2]


def test_a_file_that_is_wrong_elsewhere_answers_nothing(path: Path) -> None:
    """Neither for a principal that is right, nor for one that is not there, and it is not written to."""
    store = write(path, "[clients.web]\nname = 'x'\n[clients.broken]\nname = 1\n")
    for id in ("web", "other", "web"):
        with pytest.raises(UnavailableError, match="line 4"):
            store.find("client", id)
    with pytest.raises(UnavailableError), store.edit():
        pass


def test_a_principal_is_read_once(path: Path) -> None:
    """Who asks again gets the same one."""
    store = write(path, "[clients.web]\nname = 'x'\n")
    assert store.find("client", "web") == Client("web", name="x")
    assert store.find("client", "web") is store.find("client", "web")


def test_an_edit_reads_again(path: Path) -> None:
    """What others wrote since is there, and what was written is read without reading it again."""
    store = write(path, "[clients.web]\n")
    assert store.find("client", "web") == Client("web")
    path.write_text("[clients.other]\n")
    with store.edit() as edit:
        assert edit.find("client", "web") is None
        edit.add(Client("new"))
    assert [principal.id for principal in store.principals()] == ["other", "new"]
    assert store.find("client", "web") is None


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    """The file is replaced where it is, locked there, and its trust anchor is looked for there."""
    (tmp_path / "real").mkdir()
    write(tmp_path / "real" / "r.toml", "[validation]\ntrust = 'ca.pem'\n")
    path.symlink_to(Path("real") / "r.toml")
    store = open_store(path)
    with locked(str(tmp_path / "real" / "r.toml")), pytest.raises(ConflictError), TomlStore(path, lock_wait=0).edit():
        pass
    with store.edit() as edit:
        edit.add(Client("new"))
    assert path.is_symlink()
    assert "[clients.new]" in (tmp_path / "real" / "r.toml").read_text()
    assert store.settings().validation.trust == str(tmp_path.resolve() / "real" / "ca.pem")
    assert store.location == str(path)


def test_a_relative_path(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Means the same before and after."""
    monkeypatch.chdir(path.parent)
    create_registry("secretctl.toml", "[validation]\ntrust = 'ca.pem'\n")
    store = open_store("secretctl.toml")
    with store.edit() as edit:
        edit.add(Resource("api"))
    assert open_store(path).find("resource", "api") == Resource("api")
    assert store.settings().validation.trust == str(path.parent.resolve() / "ca.pem")


def test_a_locked_registry(path: Path) -> None:
    """A writer that waits too long gives up, having changed nothing."""
    write(path, "")
    with (
        locked(str(path)),
        pytest.raises(ConflictError) as caught,
        TomlStore(path, lock_wait=0.05).edit(),
    ):
        pass
    assert (caught.value.code, caught.value.status) == ("registry_locked", 5)


def test_changed_underneath(path: Path) -> None:
    """An editor that saves without the lock keeps what it saved."""
    store = write(path, "")

    def edit_while_another_saves() -> None:
        with store.edit() as edit:
            edit.add(Client("new"))
            path.write_text("# saved by an editor\n")

    with pytest.raises(ConflictError) as caught:
        edit_while_another_saves()
    assert (caught.value.code, caught.value.status) == ("registry_changed", 5)
    assert path.read_text() == "# saved by an editor\n"
    assert list(path.parent.iterdir()) == [path]


def test_an_unsynced_directory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new file is in place, and the message says so."""
    store = write(path, "")
    real = os.fsync

    def fail(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(UnavailableError) as caught, store.edit() as edit:
        edit.add(Client("new"))
    assert caught.value.code == "registry_not_synced"
    assert "in place" in str(caught.value.hint)
    assert path.read_text() == "[clients.new]\n"


def test_an_unwritable_directory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No lock and no temporary file can be made: status 3, unchanged."""
    store = write(path, "")
    real = os.open

    def fail(name: str, flags: int, *mode: int) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return real(name, flags, *mode)

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(UnavailableError) as caught, store.edit():
        pass
    assert caught.value.code == "registry_unwritable"


def test_the_collector_is_left_as_it_was(path: Path) -> None:
    """Parsing pauses it, and does not start one that somebody has stopped."""
    store = write(path, "")
    store.settings()
    assert gc.isenabled()
    gc.disable()
    try:
        write(path, "").settings()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_new_registry(path: Path) -> None:
    """Private, whole, and never in the place of another."""
    create_registry(path, "schema = 1\n")
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConflictError) as conflict:
        create_registry(path, "schema = 1\n")
    assert conflict.value.code == "exists"
    with pytest.raises(UnavailableError) as caught:
        create_registry(path / "below" / "a-file", "schema = 1\n")
    assert caught.value.code == "registry_unwritable"
    with pytest.raises(UnavailableError):
        create_registry(path.with_name("other"), "no TOML")
    assert list(path.parent.iterdir()) == [path]


def test_notes(path: Path) -> None:
    """Who may read the file, what nothing reads, which times lack an offset: each with its line."""
    store = write(
        path, "[clients.web]\nx = 1\n[[clients.web.secrets]]\nvalue = 'v'\nexpiration = 2026-01-01T00:00:00\n[other]\n"
    )
    path.chmod(0o604)
    secret = store.find("client", "web")
    assert secret is not None
    assert list(store.notes()) == [
        Note("file-readable", "the file is readable by others than its owner (mode 0604)"),
        Note("key-unknown", "nothing reads the key other", line=6),
        Note("key-unknown", "nothing reads the key clients.web.x", Target("client", "web"), line=2),
        Note(
            "expiration-local-time",
            "expiration has no offset and is taken as UTC",
            Target("client", "web"),
            secret.secrets[0].id,
            5,
        ),
    ]


LINES = """\
clients.dotted.name = 'x'
clients.dotted.secrets = [
  {value = 'a'},
  # comment
  {id = 'b', value = 'b'},
]

# comment
[clients.web]
[[clients.implied.secrets]]
value = 'a'
[[clients.web.secrets]]
id = 'one'
value = '''
[[clients.web.secrets]]
'''
[resources]
api = { secrets = [{id = 'two', value = 'a'}] }
[[clients.web.secrets]]
id = 'three'
value = 'b'
"""


def test_lines(path: Path) -> None:
    """Where each principal and each secret starts, in every layout."""
    lines = write(path, LINES).lines()
    dotted = open_store(path).find("client", "dotted")
    implied = open_store(path).find("client", "implied")
    assert dotted is not None
    assert implied is not None
    assert lines == {
        (Target("client", "dotted"), None): 1,
        (Target("client", "dotted"), dotted.secrets[0].id): 3,
        (Target("client", "dotted"), "b"): 5,
        (Target("client", "web"), None): 9,
        (Target("client", "web"), "one"): 12,
        (Target("client", "web"), "three"): 19,
        (Target("client", "implied"), None): 10,
        (Target("client", "implied"), implied.secrets[0].id): 10,
        (Target("resource", "api"), None): 18,
        (Target("resource", "api"), "two"): 18,
    }
    assert write(path, "clients = {a = {}, b = {secrets = [{id = 'x', value = 'v'}]}}").lines() == {
        (Target("client", "a"), None): 1,
        (Target("client", "b"), None): 1,
        (Target("client", "b"), "x"): 1,
    }


def test_lines_of_unknown_arrays(path: Path) -> None:
    """An array of tables is where its first table is."""
    notes = write(path, "[clients.web]\n\n[[clients.web.extra]]\n\n[[clients.web.extra]]\n").notes()
    assert [(note.message, note.line) for note in notes] == [("nothing reads the key clients.web.extra", 3)]


def test_a_stack_too_small_for_lines(path: Path) -> None:
    """Deep in somebody's program, files with deeply nested values have no line numbers."""
    store = write(path, f"[clients.web]\nx = {'[' * 300}{']' * 300}\nname = 1\n[clients.ok]\n")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 200)
    try:
        assert principal_lines(Source(path.read_bytes(), {}, 0o600), [Client("web")]) == {}
        with pytest.raises(UnavailableError) as caught:
            store.find("client", "web")
        assert "line" not in caught.value.message.replace(str(path), "")
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.usefixtures("untraced")
def test_parallel_writers(path: Path) -> None:
    """Thirty-two processes lose nothing, and leave nothing behind."""
    write(path, "# head\nschema = 1\n")
    script = "import sys; from secretctl.stores.toml.store import TomlStore; from secretctl.model import Client\n"
    script += "with TomlStore(sys.argv[1], lock_wait=60).edit() as edit: edit.add(Client(sys.argv[2]))"
    writers = [
        subprocess.Popen([sys.executable, "-c", script, path, f"client-{number}"], stderr=subprocess.PIPE)
        for number in range(32)
    ]
    errors = [writer.communicate()[1] for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * 32, errors
    assert sorted(tomllib.loads(path.read_text())["clients"]) == sorted(f"client-{number}" for number in range(32))
    assert list(path.parent.iterdir()) == [path]


def test_threads_of_one_process(path: Path) -> None:
    """The lock holds between stores of one process, too."""
    write(path, "")

    def add(number: int) -> None:
        with open_store(path).edit() as edit:
            edit.add(Client(str(number)))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(open_store(path).principals())) == 8


def test_a_big_registry(path: Path) -> None:
    """Among hundreds of clients one is changed, and nothing else moves."""
    source = Path(__file__).parents[2] / "benchmarks" / "big_registry.py"
    subprocess.run([sys.executable, source, "300", path], check=True)
    store = TomlStore(path)
    before = path.read_text()
    with store.edit() as edit:
        found = edit.find("client", "service-000150")
        assert found is not None
        edit.replace(replace(found, enabled=False))
    changed = [line for line in difflib.ndiff(before.splitlines(), path.read_text().splitlines()) if line[0] in "+-"]
    assert changed == ["+ enabled = false"]
    assert len(store.lines()) == 900
