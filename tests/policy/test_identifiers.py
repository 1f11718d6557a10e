"""Ids: which are allowed, and which look like others."""

from __future__ import annotations

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretctl.errors import UsageError
from secretctl.policy.identifiers import check_id, id_problem, id_warnings, lookalike_keys


@pytest.mark.parametrize(
    "id", ["a", "x" * 200, "sören", "an:identifier", "a b", "https://api.example.com/", "日本", "a\u00a0b", "🔑"]
)
def test_any_visible_id_is_allowed(id: str) -> None:
    """Any Unicode, up to 200 characters."""
    check_id(id)


@pytest.mark.parametrize(
    ("id", "part"),
    [
        ("", "empty"),
        ("x" * 201, "201"),
        (" a", "blank"),
        ("a ", "blank"),
        ("a\u00a0", "blank"),
        ("\u3000a", "blank"),
        ("a\nb", "U+000A"),
        ("a\x00b", "control"),
        ("a\x9bb", "control"),
        ("a\u202eb", "U+202E"),
        ("a\u200bb", "format"),
        ("a\u2028b", "line"),
        ("a\u2029b", "paragraph"),
        ("a\udcffb", "UTF-8"),
        ("\ufeffa", "format"),
    ],
)
def test_what_cannot_be_seen_is_refused(id: str, part: str) -> None:
    """The message names the character by its number."""
    assert part in (id_problem(id) or "")
    with pytest.raises(UsageError) as caught:
        check_id(id)
    assert caught.value.code == "id_invalid"


@given(st.text(min_size=1, max_size=210))
def test_the_rule_holds_for_any_text(id: str) -> None:
    """The rule, said once more in other words."""
    allowed = (
        len(id) <= 200
        and id.strip() == id
        and all(category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in id)
    )
    assert (id_problem(id) is None) is allowed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("web", "Web"),
        ("web", "WEB"),
        ("straße", "STRASSE"),
        ("é", "e\u0301"),
        ("api1", "apil"),
        ("api1", "apiI"),
        ("client0", "clientO"),
        ("client0", "cliento"),
        ("payments", "рayments"),  # Cyrillic р
        ("web", "ｗｅｂ"),  # full width
        ("modern", "rnodern"),
        ("a-b", "a\u2010b"),
        ("API", "АPI"),  # Cyrillic А
        ("αpi", "api"),
        ("Modern", "modern"),
    ],
)
def test_lookalikes_warn(one: str, other: str) -> None:
    """By case, by normalisation, by the looks of letters."""
    assert "compared byte for byte" in "".join(id_warnings(one, [other], kind="client"))
    assert set(lookalike_keys(one)) & set(lookalike_keys(other))


@pytest.mark.parametrize(
    ("one", "other"), [("web", "web"), ("api1", "api2"), ("web", "web2"), ("a", "ä"), ("i", "l"), ("日本", "日木")]
)
def test_other_ids_do_not(one: str, other: str) -> None:
    """The same id is no look-alike of itself, and neighbours are fine."""
    assert id_warnings(one, [other], kind="client") == []


def test_an_id_that_identityserver_never_accepts_warns() -> None:
    """It stores 200 characters and takes 100."""
    assert id_warnings("x" * 100, [], kind="client") == []
    assert "101" in id_warnings("x" * 101, [], kind="client")[0]


def test_an_id_that_reads_like_a_target_warns() -> None:
    """Somebody typed `client add client/web`."""
    assert "client/client/web" in id_warnings("client/web", [], kind="client")[0]
    assert "`secretctl client rename client/web web`" in id_warnings("client/web", [], kind="client")[0]
    assert "client/client/a/b" in id_warnings("client/a/b", [], kind="client")[0]
    assert id_warnings("web/client", [], kind="client") == []
    assert id_warnings("client", [], kind="client") == []


def test_an_id_that_exists_already_hides_no_look_alike() -> None:
    """All the others are looked at."""
    assert len(id_warnings("web", ["web", "Web", "shop", "WEB"], kind="client")) == 2
