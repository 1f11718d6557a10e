"""What TARGET and SID stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from secretctl.errors import ConflictError, NotFoundError, UsageError
from secretctl.model import Client, Secret, StoredValue, Target
from secretctl.operations.targets import find_secret, find_target, named_target, require_target
from secretctl.stores.toml.store import TomlStore

if TYPE_CHECKING:
    from pathlib import Path

REGISTRY = """\
schema = 1
[clients.web]
[clients.both]
[clients."client/web"]
[clients."https://id.example.com/a"]
[clients."scope/x"]
[resources.both]
[resources.api]
[resources."a/b"]
"""


@pytest.fixture
def store(tmp_path: Path) -> TomlStore:
    """A registry with odd ids."""
    path = tmp_path / "secretctl.toml"
    path.write_text(REGISTRY, encoding="utf-8")
    return TomlStore(path)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("client/web", "client/web"),
        ("web", "client/web"),
        ("client/client/web", "client/client/web"),
        ("https://id.example.com/a", "client/https://id.example.com/a"),
        ("client/scope/x", "client/scope/x"),
        ("resource/api", "resource/api"),
        ("scope/api", "resource/api"),
        ("api", "resource/api"),
        ("resource/both", "resource/both"),
        ("a/b", "resource/a/b"),
    ],
)
def test_a_target_is_found_by_its_name(store: TomlStore, text: str, target: str) -> None:
    """A kind, its alias, or a bare id, which may hold slashes."""
    principal, found = find_target(store, text)
    assert str(found) == target
    assert principal is not None
    assert require_target(store, text).target == found


def test_a_bare_id_of_two_is_ambiguous(store: TomlStore) -> None:
    """Unless the kind is known."""
    with pytest.raises(ConflictError) as caught:
        find_target(store, "both")
    assert caught.value.code == "target_ambiguous"
    assert caught.value.hint == "write client/both or resource/both"
    assert find_target(store, "both", kind="resource")[1] == Target("resource", "both")


@pytest.mark.parametrize("text", ["nobody", "client/api", "resource/web", "client/", "", "WEB", "client/we"])
def test_an_unknown_target_is_none_or_an_error(store: TomlStore, text: str) -> None:
    """Ids are compared byte for byte."""
    assert find_target(store, text)[0] is None
    with pytest.raises(NotFoundError) as caught:
        require_target(store, text)
    assert caught.value.code == "principal_not_found"
    assert caught.value.hint


def test_an_unknown_target_has_a_name(store: TomlStore) -> None:
    """A bare one is a client's, unless something else is said."""
    assert find_target(store, "nobody")[1] == Target("client", "nobody")
    assert find_target(store, "nobody", kind="resource")[1] == Target("resource", "nobody")


def test_a_kind_that_contradicts_is_a_usage_error(store: TomlStore) -> None:
    """It is not silently ignored."""
    with pytest.raises(UsageError, match="resource"):
        find_target(store, "client/web", kind="resource")
    assert find_target(store, "client/web", kind="client")[0]


def client(*ids: str) -> Client:
    """A client with these secrets."""
    return Client("web", secrets=tuple(Secret(id, "SharedSecret", StoredValue("")) for id in ids))


def test_a_secret_is_found_by_a_unique_prefix() -> None:
    """An exact id comes first: the rows of a database are called 1 and 12."""
    assert find_secret(client("abc", "abd"), "abd").id == "abd"
    assert find_secret(client("abc", "xyz"), "a").id == "abc"
    assert find_secret(client("1", "12"), "1").id == "1"
    with pytest.raises(ConflictError) as conflict:
        find_secret(client("abc", "abd"), "ab")
    assert conflict.value.code == "secret_ambiguous"
    for sid in ("", "b", "abcd"):
        with pytest.raises(NotFoundError) as missing:
            find_secret(client("abc"), sid)
        assert missing.value.code == "secret_not_found"


@pytest.mark.parametrize(
    ("text", "target"),
    [("web", "client/web"), ("client/web", "client/web"), ("scope/a", "resource/a"), ("a/b", "client/a/b")],
)
def test_a_target_without_a_registry(text: str, target: str) -> None:
    """A bare one is a client's."""
    assert str(named_target(text)) == target
