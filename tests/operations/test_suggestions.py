"""What is suggested for a name that nothing has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from secretctl.errors import NotFoundError
from secretctl.model import Client, Resource
from secretctl.operations.targets import require_principal, require_target
from secretctl.stores import open_store
from secretctl.stores.sql import create_schema

if TYPE_CHECKING:
    from pathlib import Path

    from secretctl.stores import Store


@pytest.fixture(params=["file", "database"])
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Store:
    """A registry of either sort."""
    location = str(tmp_path / "secretctl.toml")
    if request.param == "database":
        location = f"sqlite:///{tmp_path / 'id.db'}"
        create_schema(location, "duende")
    else:
        (tmp_path / "secretctl.toml").write_text("schema = 1\n", encoding="utf-8")
    opened = open_store(location)
    with opened.edit() as edit:
        edit.add_all([Client("app01"), Client("my app"), Client("client/foo"), Resource("orders"), Resource("app01")])
    return opened


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("client/app1", "did you mean client/app01? "),
        ("client/APP01", "did you mean client/app01? "),
        ("client/my_app", "did you mean 'client/my app'? "),
        ("app1", "did you mean client/app01 or resource/app01? "),
        ("order", "did you mean resource/orders? "),
        ("client/orders", "did you mean resource/orders? "),
        ("client/foo", "did you mean client/client/foo? "),
        ("clients/app01", "a TARGET is client/ID or resource/NAME; did you mean client/app01? "),
        ("Client/app01", "a TARGET is client/ID or resource/NAME; did you mean client/app01? "),
        ("scopes/order", "a TARGET is client/ID or resource/NAME; did you mean resource/orders? "),
        ("clients/zzz", "a TARGET is client/ID or resource/NAME"),
        ("client/zzz", "see `secretctl client list`"),
        ("a/zzz", "see `secretctl client list`"),
    ],
)
def test_a_target_that_is_not_there(store: Store, text: str, hint: str) -> None:
    """What is spelled alike, is of the other kind, or what a TARGET looks like."""
    with pytest.raises(NotFoundError) as caught:
        require_target(store, text)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith(hint)
    assert len(caught.value.hint) - len(hint) < 40


@pytest.mark.parametrize(
    ("kind", "id", "hint"),
    [
        ("client", "client/app01", "this command takes the id alone: app01"),
        ("resource", "scope/x y", "this command takes the id alone: 'x y'"),
        ("client", "resource/orders", "this command is for clients; see `secretctl resource --help`"),
        ("client", "my-app", "did you mean 'my app'? Ids are compared byte for byte"),
        ("resource", "zzz", "see `secretctl resource list`"),
    ],
)
def test_an_id_that_is_not_there(store: Store, kind: str, id: str, hint: str) -> None:
    """Commands of one kind take ids without it."""
    with pytest.raises(NotFoundError) as caught:
        require_principal(store, kind, id)  # type: ignore[arg-type]
    assert caught.value.hint == hint
