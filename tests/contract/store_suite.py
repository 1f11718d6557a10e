"""What every store must do, whatever it keeps its principals in: subclass, and give it a ``store`` fixture.

Stores may add what they need to a secret when they first write it: an id, and the date of its creation.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from secretctl.errors import ConflictError, NotFoundError
from secretctl.model import JWK, SHARED_SECRET, Client, Resource, Secret, StoredValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from secretctl.model import Principal
    from secretctl.stores import Edit, Store

END = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
VALUE = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="


def shared(value: str = VALUE, **more: Any) -> Secret:
    """A shared secret that no store has seen yet."""
    return Secret("", SHARED_SECRET, StoredValue(value), created=START, **more)


WEB = Client(
    "web",
    description="Sells \"things\" 'and' \\ more\nover two lines",
    enabled=False,
    owner="team-shop@example.com",
    tags=("pci", "a b"),
    scopes=("api1", "api2"),
    secrets=(
        shared(description="first", expiration=END),
        Secret("", JWK, StoredValue('{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}')),
    ),
    name="Wéb 商店 🛒",
    require_secret=False,
    grant_types=("client_credentials",),
)
API = Resource("api1", display_name="Our API", scopes=("api1",), secrets=(shared("three"),))
IDS = ["web", "Web", "a.b", "a b", 'quo"te', "sören", "so\u0308ren", "[x]", "#", "x" * 150, "0", "-", "true", "'", "\\"]


def unnamed(principal: Principal) -> Principal:
    """A principal without what its store added to its secrets."""
    secrets = tuple(replace(s, id="", created=s.created and START) for s in principal.secrets)
    return replace(principal, secrets=tuple(replace(s, created=None) for s in secrets))


class StoreSuite:
    """The contract of ``Store`` and ``Edit``. ``store`` is an empty registry, ``reopened`` opens the same one anew."""

    @pytest.fixture
    def store(self) -> Store:
        """An empty registry."""
        raise NotImplementedError

    @pytest.fixture
    def reopened(self) -> Any:
        """``reopened()`` is another store of the same registry, which has read nothing yet."""
        raise NotImplementedError

    @pytest.fixture
    def filled(self, store: Store) -> Store:
        """The registry with WEB and API in it."""
        with store.edit() as edit:
            edit.add(WEB)
            edit.add(API)
        return store

    def test_an_empty_registry_has_no_principals(self, store: Store) -> None:
        """Nothing is found in an empty registry."""
        assert list(store.principals()) == []
        assert store.find("client", "web") is None

    def test_what_is_added_is_read_back(self, filled: Store, reopened: Any) -> None:
        """Every field survives; clients come before resources."""
        for reader in (filled, reopened()):
            assert [unnamed(principal) for principal in reader.principals()] == [unnamed(WEB), unnamed(API)]

    def test_dates_survive(self, filled: Store, reopened: Any) -> None:
        """Expiration and creation come back as the same instants, aware and in UTC."""
        for reader in (filled, reopened()):
            found = reader.find("client", "web")
            assert found is not None
            secret = found.secrets[0]
            assert secret.expiration is not None
            assert (secret.created, secret.expiration) == (START, END)
            assert secret.expiration.tzinfo is UTC

    def test_add_returns_what_is_stored(self, store: Store, reopened: Any) -> None:
        """What an edit gives back is what a reader finds."""
        with store.edit() as edit:
            written = [edit.add(WEB), edit.add(API)]
        assert list(reopened().principals()) == written

    def test_secrets_get_ids_of_their_own(self, filled: Store) -> None:
        """Each secret of a principal has an id, and no two the same."""
        principal = filled.find("client", "web")
        assert principal is not None
        assert len({secret.id for secret in principal.secrets}) == 2
        assert all(secret.id for secret in principal.secrets)

    def test_ids_are_compared_byte_for_byte(self, store: Store, reopened: Any) -> None:
        """An id is found under exactly its own spelling."""
        for id in IDS:
            with store.edit() as edit:
                edit.add(Client(id, secrets=(shared(),)))
            reader = reopened()
            assert {other for other in IDS if reader.find("client", other) is not None} == {id}
            with store.edit() as edit:
                edit.remove("client", id)

    def test_kinds_are_separate_name_spaces(self, store: Store) -> None:
        """A client and a resource may have the same id."""
        with store.edit() as edit:
            edit.add(Client("same", name="client"))
            edit.add(Resource("same", display_name="resource"))
        assert [principal.label for principal in store.principals()] == ["client", "resource"]
        assert [principal.label for principal in store.principals("resource")] == ["resource"]

    def test_an_existing_id_is_not_added_again(self, filled: Store) -> None:
        """Adding what is there is a conflict, and changes nothing."""
        before = list(filled.principals())
        with pytest.raises(ConflictError) as caught, filled.edit() as edit:
            edit.add(Client("web", name="another"))
        assert caught.value.code == "exists"
        assert list(filled.principals()) == before

    def test_replace_changes_each_field(self, filled: Store, reopened: Any) -> None:
        """A field can be set and taken away again."""
        with filled.edit() as edit:
            old = edit.find("client", "web")
            assert isinstance(old, Client)
            new = replace(
                old, name="New", description=None, enabled=True, require_secret=True, owner=None, tags=(), scopes=("z",)
            )
            assert edit.replace(new) == new
            assert edit.find("client", "web") == new
        assert reopened().find("client", "web") == new
        assert filled.find("client", "web") == new

    def test_secrets_are_matched_by_id(self, filled: Store, reopened: Any) -> None:
        """A secret is changed, one deleted, one added; what stays keeps its id and place."""
        with filled.edit() as edit:
            old = edit.find("client", "web")
            assert old is not None
            first, second = old.secrets
            changed = replace(first, description="changed", expiration=None)
            stored = edit.replace(replace(old, secrets=(changed, shared("new"))))
        assert stored.secrets[0] == changed
        assert stored.secrets[1].value == "new"
        assert stored.secrets[1].id not in ("", first.id, second.id)
        assert reopened().find("client", "web") == stored

    def test_every_secret_can_go(self, filled: Store, reopened: Any) -> None:
        """A principal may be left without secrets, and get one again."""
        for secrets in ((), (shared("again"),)):
            with filled.edit() as edit:
                old = edit.find("client", "web")
                assert old is not None
                edit.replace(replace(old, secrets=secrets))
            found = reopened().find("client", "web")
            assert [secret.value for secret in found.secrets] == [secret.value for secret in secrets]

    def test_what_is_not_there_is_not_replaced(self, filled: Store) -> None:
        """Replacing, renaming and removing need something that is there."""
        changes: tuple[Callable[[Edit], object], ...] = (
            lambda edit: edit.replace(Client("nobody")),
            lambda edit: edit.rename("client", "nobody", "somebody"),
            lambda edit: edit.remove("client", "api1"),
        )
        for change in changes:
            with pytest.raises(NotFoundError) as caught, filled.edit() as edit:
                change(edit)
            assert caught.value.code == "principal_not_found"

    def test_many_are_written_as_one_after_the_other(self, filled: Store, reopened: Any) -> None:
        """New ones and changed ones, in the order in which they are given, as they are stored."""
        many = [replace(WEB, id=f"c{n}", owner=f"o{n}", secrets=(shared(f"v{n}"), *WEB.secrets)) for n in range(40)]
        with filled.edit() as edit:
            added = edit.add_all([*many[:20], replace(API, id="r"), *many[20:]])
            assert [unnamed(each) for each in added] == [
                unnamed(each) for each in (*many[:20], replace(API, id="r"), *many[20:])
            ]
            changed = [
                replace(each, scopes=("s",), tags=(), secrets=(each.secrets[0], shared("new"))) for each in added[::2]
            ]
            same = list(added[1:6:2])
            written = edit.replace_all([*changed, *same])
            assert [unnamed(each) for each in written] == [unnamed(each) for each in (*changed, *same)]
            assert list(written[-3:]) == same
            assert list(edit.add_all([])) == list(edit.replace_all([])) == []
        found = {each.target: each for each in reopened().principals()}
        assert len(found) == 43
        for each in written:
            assert found[each.target] == each
        assert all(secret.id for each in written for secret in each.secrets)

    def test_many_are_written_as_a_whole_or_not_at_all(self, filled: Store, reopened: Any) -> None:
        """One that exists, and one that does not, stop all of them."""
        with pytest.raises(ConflictError) as caught, filled.edit() as edit:
            edit.add_all([Client("a"), Client("web"), Client("b")])
        assert caught.value.code == "exists"
        with pytest.raises(NotFoundError), filled.edit() as edit:
            edit.replace_all([replace(WEB, owner="other", secrets=()), Client("nobody")])
        assert [each.id for each in reopened().principals()] == ["web", "api1"]
        assert reopened().find("client", "web").owner == WEB.owner

    def test_names_are_ids_and_labels(self, filled: Store) -> None:
        """Of a kind, in the order of the source, also of what an edit has done so far."""
        with filled.edit() as edit:
            edit.add(Client("last"))
            assert list(edit.names("client")) == [("web", WEB.label), ("last", None)]
        assert list(filled.names("client")) == [("web", WEB.label), ("last", None)]
        assert list(filled.names("resource")) == [("api1", "Our API")]

    def test_what_has_a_place_fits(self, filled: Store) -> None:
        """Nothing is taken from a principal that can be kept as it is."""
        with filled.edit() as edit:
            for reader in (edit, filled):
                for principal in (WEB, API):
                    like, lost = reader.fitted(principal)
                    assert like is principal
                    assert lost == ()

    def test_rename_keeps_everything_else(self, filled: Store, reopened: Any) -> None:
        """The new id has all that the old one had, and the old one is gone."""
        before = filled.find("client", "web")
        with filled.edit() as edit:
            edit.rename("client", "web", "web.2 ö")
            assert edit.find("client", "web") is None
        assert before is not None
        assert reopened().find("client", "web.2 ö") == replace(before, id="web.2 ö")
        assert reopened().find("client", "web") is None
        assert reopened().find("resource", "api1") is not None

    def test_rename_does_not_overwrite(self, filled: Store) -> None:
        """A taken id is a conflict; the same id is no change."""
        with filled.edit() as edit:
            edit.add(Client("other"))
            edit.rename("client", "web", "web")
        with pytest.raises(ConflictError), filled.edit() as edit:
            edit.rename("client", "web", "other")
        assert filled.find("client", "web") is not None

    def test_remove_takes_the_secrets_along(self, filled: Store, reopened: Any) -> None:
        """A removed principal is gone; adding it again starts from nothing."""
        with filled.edit() as edit:
            edit.remove("client", "web")
            assert edit.find("client", "web") is None
            assert [principal.id for principal in edit.principals()] == ["api1"]
        assert [principal.id for principal in reopened().principals()] == ["api1"]
        with filled.edit() as edit:
            edit.add(Client("web"))
        assert reopened().find("client", "web") == Client("web")

    def test_an_edit_that_raises_changes_nothing(self, filled: Store, reopened: Any) -> None:
        """Leaving by an exception undoes all of it."""
        before = list(filled.principals())

        def change_and_fail(edit: Edit) -> None:
            edit.remove("resource", "api1")
            edit.add(Client("new"))
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError), filled.edit() as edit:
            change_and_fail(edit)
        assert list(reopened().principals()) == before

    def test_several_changes_of_one_edit_add_up(self, filled: Store, reopened: Any) -> None:
        """Reads inside an edit see what it has done so far, and all of it takes effect together."""

        def swap(edit: Edit) -> None:
            edit.add(Client("two"))
            edit.rename("client", "web", "x")
            edit.rename("client", "two", "web")
            edit.rename("client", "x", "two")
            found = edit.find("client", "two")
            assert found is not None
            edit.replace(replace(found, description="swapped"))

        with filled.edit() as edit:
            swap(edit)
            inside = {principal.target: principal for principal in edit.principals()}
        assert {principal.target: principal for principal in reopened().principals()} == inside
        assert inside["client", "two"].description == "swapped"  # type: ignore[index]
        assert inside["client", "web"].secrets == ()  # type: ignore[index]

    def test_settings_and_notes_can_be_read(self, store: Store) -> None:
        """A fresh registry has settings, a location, lines or none, and nothing that lint would call an error."""
        assert store.settings().validation.profile
        assert store.location
        assert store.lines() == {}
        assert list(store.notes()) == []
