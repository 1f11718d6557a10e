"""Edits of hand-written registries, told by the difference that a reviewer sees."""

from __future__ import annotations

import difflib
import inspect
import sys
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
import tomli

from secretctl.errors import UnavailableError
from secretctl.model import JWK, SHARED_SECRET, Client, Resource, Secret, StoredValue
from secretctl.stores.toml.edit import Source, TomlEdit
from secretctl.stores.toml.text import Splice

if TYPE_CHECKING:
    from collections.abc import Callable

    from secretctl.stores import Edit

END = datetime(2026, 7, 1, tzinfo=UTC)


def edited(text: str, change: Callable[[Edit], object]) -> str:
    """The text after a change."""
    edit = TomlEdit(Source(text.encode(), tomllib.loads(text), 0o600))
    change(edit)
    result = edit.result(tomllib.loads)
    assert result is not None
    return result[0]


def difference(text: str, change: Callable[[Edit], object]) -> str:
    """The lines that a change takes away and adds."""
    text = dedent(text).lstrip("\n")
    lines = difflib.ndiff(text.splitlines(keepends=True), edited(text, change).splitlines(keepends=True))
    return "".join(line for line in lines if line[0] in "+-")


def new_secret(edit: Edit) -> None:
    """One more secret for client web."""
    web = edit.find("client", "web")
    assert web is not None
    secret = Secret("11111111", SHARED_SECRET, StoredValue("new"))
    edit.replace(replace(web, secrets=(*web.secrets, secret)))


def expire_first(edit: Edit) -> None:
    """The first secret of client web ends."""
    web = edit.find("client", "web")
    assert web is not None
    edit.replace(replace(web, secrets=(replace(web.secrets[0], expiration=END), *web.secrets[1:])))


def drop_first(edit: Edit) -> None:
    """Client web loses its first secret."""
    web = edit.find("client", "web")
    assert web is not None
    edit.replace(replace(web, secrets=web.secrets[1:]))


def own(edit: Edit) -> None:
    """Client web gets an owner."""
    web = edit.find("client", "web")
    assert web is not None
    edit.replace(replace(web, owner="me"))


ADDED = """
[[clients.web.secrets]]
id = "11111111"
type = "SharedSecret"
value = "new"
"""
INLINE = '{ id = "11111111", type = "SharedSecret", value = "new" }'


def test_a_new_secret_stands_behind_the_others() -> None:
    """Behind the last secret and the comments below it, before what is free between."""
    text = """
        [clients.web]
        [[clients.web.secrets]]
        value = "a"
        # expiration = 2026-01-01

        # All other clients

        [clients.other]
        """
    assert "2026-01-01\n\n" + ADDED.strip() + "\n\n# All" in edited(dedent(text), new_secret)


@pytest.mark.parametrize(
    "text",
    [
        "[clients.web]\n",
        "[clients.web]\nname = 'x'  # no newline at the end",
        "[clients]\nweb.name = 'x'\n",
        "clients.web.name = 'x'\n",
        "[clients.web]\nsecrets = []\n",
        "[clients.web.extra]\nx = 1\n",
        "['clients'.\"web\"]\n",
    ],
)
def test_a_first_secret_gets_a_header(text: str) -> None:
    """Wherever the client is written, its first secret is a table with a header."""
    new = edited(text, new_secret)
    assert ADDED in new
    assert new.startswith(text.replace("secrets = []\n", ""))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("secrets = [{value='a'}]", "secrets = [{value='a'}, N]"),
        ("secrets = [ {value='a'}, ]", "secrets = [ {value='a'}, N, ]"),
        ("secrets = [\n  {value='a'}\n]", "secrets = [\n  {value='a'},\n  N\n]"),
        ("secrets = [\n  {value='a'}, # first\n  # end\n]", "secrets = [\n  {value='a'}, # first\n  N,\n  # end\n]"),
        ("secrets = [\n\n{value='a'} # one\n\n]", "secrets = [\n\n{value='a'}, # one\nN\n\n]"),
    ],
)
def test_a_new_secret_in_an_inline_array(old: str, new: str) -> None:
    """Arrays grow at their end in the style that they have."""
    assert edited(f"[clients.web]\n{old}\n", new_secret) == f"[clients.web]\n{new}\n".replace("N", INLINE)


def test_a_client_that_is_an_inline_table() -> None:
    """What is inline stays inline, whatever is added."""
    assert edited("[clients]\nweb = { name = 'x' } # c\n", new_secret) == (
        f"[clients]\nweb = {{ name = 'x', secrets = [{INLINE}] }} # c\n"
    )
    assert edited("clients = {web={}}\n", new_secret) == f"clients = {{web={{ secrets = [{INLINE}] }}}}\n"
    assert edited("clients = {web={}}\n", lambda edit: edit.add(Client("b"))) == "clients = {web={}, b = {}}\n"
    assert edited("clients = {}\n", lambda edit: edit.add(Client("b"))) == "clients = { b = {} }\n"
    assert edited("clients={a={},web={}}\n", lambda edit: edit.remove("client", "a")) == "clients={web={}}\n"
    assert edited("clients={a={},web={}}\n", lambda edit: edit.remove("client", "web")) == "clients={a={}}\n"
    assert edited("clients={web={a.b=1}}\n", own) == 'clients={web={a.b=1, owner = "me"}}\n'
    assert edited("clients={web={name='x'}}\n", lambda edit: edit.replace(Client("web"))) == "clients={web={}}\n"


@pytest.mark.parametrize(
    ("change", "new"),
    [
        (lambda edit: edit.rename("client", "web", "n w"), "\"n w\".name = 'x', b.name='b', C } # c"),
        (lambda edit: edit.replace(Client("web", name="n")), "web.name = \"n\", b.name='b', C } # c"),
        (lambda edit: edit.replace(Client("b", owner="o")), "web.name = 'x', C, b.owner = \"o\" } # c"),
        (lambda edit: edit.replace(Client("b")), "web.name = 'x', C, b = {} } # c"),
        (lambda edit: edit.remove("client", "web"), "b.name='b', C } # c"),
    ],
)
def test_an_inline_table_with_dotted_keys(change: Callable[[Edit], object], new: str) -> None:
    """Its other members and the comments in them stay as they are."""
    other = "c.tags = [ # why\n  'x' ]"
    text = f"clients = {{ web.name = 'x', b.name='b', {other} }} # c\n"
    assert edited(text, change) == "clients = { " + new.replace("C", other) + "\n"


def test_an_inline_client_is_renamed_at_its_place() -> None:
    """With the comments and the spelling inside."""
    text = "clients = { web = { tags = [ # why\n  'x' ] }, b = {} }\n"
    assert edited(text, lambda edit: edit.rename("client", "web", "w")) == text.replace("web", "w")


def test_an_end_is_written_over_the_old_one() -> None:
    """Only the value changes; its line's comment stays. A secret without an id gets the one that it was called by."""
    text = """
        [[clients.web.secrets]]
        value = "a"
        expiration = 2027-01-01  # agreed
        x-note = "kept"
        """
    assert difference(text, expire_first) == (
        '+ id = "3d4c6060"\n- expiration = 2027-01-01  # agreed\n+ expiration = 2026-07-01T00:00:00Z  # agreed\n'
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("secrets = [{id='1', value='a'}]", "secrets = [{id='1', value='a', expiration = 2026-07-01T00:00:00Z}]"),
        (
            "secrets = [\n {id='1',value='a',expiration=2027-01-01}, # x\n]",
            "secrets = [\n {id='1',value='a',expiration=2026-07-01T00:00:00Z}, # x\n]",
        ),
        (
            "secrets = [{value='a'}]",
            "secrets = [{value='a', id = \"3d4c6060\", expiration = 2026-07-01T00:00:00Z}]",
        ),
    ],
)
def test_an_end_in_an_inline_table(old: str, new: str) -> None:
    """Changed within the braces."""
    assert edited(f"[clients.web]\n{old}\n", expire_first) == f"[clients.web]\n{new}\n"


def test_a_secret_goes_with_the_comments_right_above_it() -> None:
    """And with its own tables; what stands apart stays."""
    text = """
        [clients.web]
        name = "x"

        # Not about it

        # About it
        # in two lines
        [[clients.web.secrets]]  # here
        # inside
        value = "a"
        [clients.web.secrets.more]
        x = 1

        # About the second
        [[clients.web.secrets]]
        value = "b"
        """
    removed = difference(text, drop_first)
    assert removed == (
        "- # About it\n- # in two lines\n- [[clients.web.secrets]]  # here\n- # inside\n"
        '- value = "a"\n- [clients.web.secrets.more]\n- x = 1\n- \n'
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("secrets = [{value='a'}]", None),
        ("secrets = [{value='a'}, {value='b'}]", "secrets = [{value='b'}]"),
        (
            "secrets = [\n  # a\n  {value='a'},\n  # b\n  {value='b'}, # end\n]",
            "secrets = [\n  # b\n  {value='b'}, # end\n]",
        ),
    ],
)
def test_a_secret_goes_from_an_inline_array(old: str, new: str | None) -> None:
    """With its comma and, where it has lines of its own, with those and the comments above."""
    expected = "[clients.web]\n" + ("" if new is None else new + "\n")
    assert edited(f"[clients.web]\n{old}\n", drop_first) == expected


def test_the_last_secret_of_a_client_that_is_only_implied() -> None:
    """The client itself stays."""
    assert tomllib.loads(edited("[[clients.web.secrets]]\nvalue = 'a'\n", drop_first)) == {"clients": {"web": {}}}


def test_the_top_of_the_file_is_not_about_its_first_table() -> None:
    """Comments that begin a file stay when what follows them goes."""
    assert edited("# The registry\n[clients.web]\n\n[issuer]\n", lambda edit: edit.remove("client", "web")) == (
        "# The registry\n\n[issuer]\n"
    )
    assert edited("[clients.web]\n\n[issuer]\n", lambda edit: edit.remove("client", "web")) == "[issuer]\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_pieces_all_over_the_file(newline: str) -> None:
    """A client in pieces between others is found in all of them, renamed and removed."""
    text = dedent("""
        [[clients."web".secrets]]
        value = "a"
        [resources.web]
        [clients.'web'.x]
        y = 1

        # b
        [[ clients . web . secrets ]]
        value = '''
        [clients.web]
        '''
        [clients.web] # late
        name = "x"
        """).replace("\n", newline)
    renamed = edited(text, lambda edit: edit.rename("client", "web", "a.b"))
    assert renamed == dedent("""
        [[clients."a.b".secrets]]
        value = "a"
        [resources.web]
        [clients."a.b".x]
        y = 1

        # b
        [[ clients . "a.b" . secrets ]]
        value = '''
        [clients.web]
        '''
        [clients."a.b"] # late
        name = "x"
        """).replace("\n", newline)
    assert edited(text, lambda edit: edit.remove("client", "web")) == f"{newline}[resources.web]{newline}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "[clients]\nweb.name = 'x'\nweb.z = 1\n[issuer]\n",
            "[clients]\nweb.name = 'x'\nweb.owner = \"me\"\nweb.z = 1\n[issuer]\n",
        ),
        ("[clients]\nweb.z = 1\nb.z = 1\n", '[clients]\nweb.owner = "me"\nweb.z = 1\nb.z = 1\n'),
        ("clients.web.name = 'x'\n", "clients.web.name = 'x'\nclients.web.owner = \"me\"\n"),
        ("[clients.web]", '[clients.web]\nowner = "me"\n'),
        ("  [clients.web]\n    tags = []\n", '  [clients.web]\n    owner = "me"\n    tags = []\n'),
        (
            "# s\n[[clients.web.secrets]]\nvalue = 'a'\n",
            "[clients.web]\nowner = \"me\"\n\n# s\n[[clients.web.secrets]]\nvalue = 'a'\n",
        ),
        ("[clients.web]\nowner = 'you' # x", '[clients.web]\nowner = "me" # x'),
        ("[clients.web]\r\nowner = '''you'''\r\n", '[clients.web]\r\nowner = "me"\r\n'),
        ("[clients.web]\r\nscopes = []", '[clients.web]\r\nowner = "me"\r\nscopes = []'),
    ],
)
def test_a_key_of_a_client(old: str, new: str) -> None:
    """Where its fellows stand, in the order of the README, with the file's own line ends."""
    if old.startswith("#"):
        old, new = "x = 1\n" + old, "x = 1\n" + new
    assert edited(old, own) == new


def test_tags_keep_their_lines() -> None:
    """Lists change member by member, and are written anew only when their order changes."""

    def tags(*new: str) -> str:
        text = "[clients.web]\ntags = [\n  'a', # first\n  'b',\n  'c', # third\n]\n"
        return edited(text, lambda edit: edit.replace(Client("web", tags=new)))

    assert tags("a", "c", "d") == "[clients.web]\ntags = [\n  'a', # first\n  'c', # third\n  \"d\",\n]\n"
    assert tags("c", "a") == '[clients.web]\ntags = ["c", "a"]\n'
    assert tags("z", "a") == '[clients.web]\ntags = ["z", "a"]\n'
    assert tags() == "[clients.web]\n"
    assert tags("d") == '[clients.web]\ntags = ["d"]\n'


def test_secrets_can_change_places() -> None:
    """A secret that moves is written anew at its new place; a new one may stand first."""
    text = "[[clients.web.secrets]]\nid = 'a'\nvalue = 'a'\n\n[[clients.web.secrets]]\nid = 'b'\nvalue = 'b' # kept\n"

    def reorder(edit: Edit) -> None:
        web = edit.find("client", "web")
        assert web is not None
        a, b = web.secrets
        edit.replace(replace(web, secrets=(Secret("c", JWK, StoredValue('{"k":1}')), b, a)))

    assert edited(text, reorder) == dedent("""\
        [[clients.web.secrets]]
        id = "c"
        type = "JWK"
        value = '{"k":1}'

        [[clients.web.secrets]]
        id = 'b'
        value = 'b' # kept

        [[clients.web.secrets]]
        id = "a"
        value = "a"
        """)


def test_all_secrets_are_exchanged() -> None:
    """The new ones stand where the first of the old ones stood."""
    text = "[[clients.web.secrets]]\nvalue = 'a'\n[clients.web.secrets.x]\n\n[[clients.web.secrets]]\nvalue = 'b'\n\n[issuer]\n"
    new = Client("web", secrets=(Secret("c", JWK, StoredValue("c")),))
    assert edited(text, lambda edit: edit.replace(new)) == (
        '[[clients.web.secrets]]\nid = "c"\ntype = "JWK"\nvalue = "c"\n\n[issuer]\n'
    )


def test_a_new_client_stands_behind_the_others_of_its_kind() -> None:
    """So a file that is sorted by kind stays so; at the end of a file there is one blank line before it."""
    text = "[clients.a]\n\n# apis\n[resources.b]\nscopes = ['x']"
    assert edited(text, lambda edit: (edit.add(Client("c")), edit.add(Resource("d")))) == (
        "[clients.a]\n\n[clients.c]\n\n# apis\n[resources.b]\nscopes = ['x']\n\n[resources.d]\n"
    )
    assert edited("", lambda edit: edit.add(Client("c"))) == "[clients.c]\n"
    assert edited("# head\n\n", lambda edit: edit.add(Client("c"))) == "# head\n\n[clients.c]\n"


def test_several_changes_at_once() -> None:
    """Two clients change names while a third takes the place of a fourth."""
    text = "[clients.a]\nname = 'A'\n\n[clients.b]\nname = 'B'\n\n[clients.c]\nname = 'C'\n"

    def change(edit: Edit) -> None:
        edit.rename("client", "a", "x")
        edit.rename("client", "b", "a")
        edit.rename("client", "x", "b")
        edit.remove("client", "c")
        edit.add(Client("c", name="new"))

    assert edited(text, change) == "[clients.b]\nname = 'A'\n\n[clients.a]\nname = 'B'\n\n[clients.c]\nname = \"new\"\n"


def test_invisible_characters_are_written_as_escapes() -> None:
    """A reviewer sees that there is more than meets the eye; what is read back is the same."""
    name = "pay\u202epal\u200b \u0000\u007f\u0085\u2028\ufeff\U000e0041'\"\\"
    text = edited("", lambda edit: edit.add(Client(name, name=name)))
    assert text.isascii()
    assert tomllib.loads(text) == {"clients": {name: {"name": name}}}


def test_what_cannot_be_told_apart_is_refused() -> None:
    """When the new text does not read back as intended, nothing is written."""
    text = "[clients.web]\nname = 'x'\n"
    edit = TomlEdit(Source(text.encode(), tomllib.loads(text), 0o600))
    own(edit)
    with pytest.raises(UnavailableError) as caught:
        edit.result(lambda new: {**tomllib.loads(new), "extra": 1})
    assert caught.value.code == "registry_layout"


@pytest.mark.parametrize(
    ("old", "data", "new"),
    [
        ("[g.x]\na.b = 1 # c\n", {"a": {"b": 2, "c": {}}}, "[g.x]\na.b = 2 # c\na.c = {}\n"),
        ("[g.x.a]\nb = 1 # c\n", {"a": {"b": 2}}, "[g.x.a]\nb = 2 # c\n"),
        ("[g.x]\na = [1, {b = 2}]\n", {"a": [1, {"b": 3}]}, "[g.x]\na = [1, { b = 3 }]\n"),
        ("[g.x]\nk=1\n\n[[g.x.a]]\nb = 1\n", {"k": 1, "a": 1}, "[g.x]\nk=1\na = 1\n"),
        ("[g.x]\nk=1\n\n[g.x.a]\nb = 1\n", {"k": 1, "a": 1}, "[g.x]\nk=1\na = 1\n"),
        ("[g.x]\na = {b = 1}\n", {"a": [{"b": 1}]}, "[g.x]\n\n[[g.x.a]]\nb = 1\n"),
        (
            "[g.x]\nz = 1\n",
            {"z": 1, "a": datetime(2026, 1, 1, 1, 0, 0, 5)},
            "[g.x]\nz = 1\na = 2026-01-01T01:00:00.000005\n",
        ),
    ],
)
def test_any_table(old: str, data: dict[str, Any], new: str) -> None:
    """The splicing itself knows nothing of registries: keys that it has no order for go last."""
    splice = Splice(old)
    table = splice.layout.table("g", "x")
    assert table is not None
    splice.change(table, tomllib.loads(old)["g"]["x"], data)
    assert splice.text() == new
    assert tomllib.loads(new) == {"g": {"x": data}}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("clients.web.name = 'x'\nclients.web.owner = 'y'\n", "clients.a.name = 'x'\nclients.a.owner = 'y'\n"),
        ("[clients]\nweb.name = 'x' # web\n'web'.owner = 'y'\n", "[clients]\na.name = 'x' # web\na.owner = 'y'\n"),
        ("[clients]\nweb = { name = 'web' }\n", "[clients]\na = { name = 'web' }\n"),
    ],
)
def test_a_name_in_dotted_keys(old: str, new: str) -> None:
    """Is changed in each of them."""
    assert edited(old, lambda edit: edit.rename("client", "web", "a")) == new


def test_keys_stand_before_tables() -> None:
    """Where a new key and a new table meet at one place, the key does not end up in the table."""
    text = "[clients.web]\nname = 'x'\n# a secret\n[[clients.web.secrets]]\nid = 'a'\nvalue = 'a'\n"

    def change(edit: Edit) -> None:
        web = edit.find("client", "web")
        assert web is not None
        new = Secret("b", SHARED_SECRET, StoredValue("b"))
        edit.replace(replace(web, owner="me", secrets=(new, *web.secrets)))

    assert edited(text, change).startswith(
        '[clients.web]\nname = \'x\'\nowner = "me"\n[[clients.web.secrets]]\nid = "b"'
    )


def test_what_goes_takes_its_changes_along() -> None:
    """A client changes its name and loses a secret; another two are new."""
    text = "[clients.web]\n\n[[clients.web.secrets]]\nvalue = 'a'\n\n[issuer]\n"

    def change(edit: Edit) -> None:
        drop_first(edit)
        edit.rename("client", "web", "new")
        edit.add(Client("b"))
        edit.add(Client("c"))

    assert edited(text, change) == "[clients.new]\n\n[clients.b]\n\n[clients.c]\n\n[issuer]\n"


DEEP = f"[clients.web]\nx = {'[' * 300}{']' * 300}\n[clients.other]\n"


def test_deeply_nested_values_stay() -> None:
    """What the parser allows is no obstacle."""
    new = edited(DEEP, lambda edit: edit.replace(Client("other", owner="me")))
    assert new == DEEP + 'owner = "me"\n'


@pytest.mark.parametrize("id", ["web", "other"])
def test_a_stack_too_small_for_nested_values(id: str) -> None:
    """Deep in somebody's program the same edit is refused; nothing is written, and there is no traceback."""
    edit = TomlEdit(Source(DEEP.encode(), tomli.loads(DEEP), 0o600))
    edit.replace(Client(id, owner="me"))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 200)
    try:
        with pytest.raises(UnavailableError) as caught:
            edit.result(tomli.loads)
    finally:
        sys.setrecursionlimit(limit)
    assert caught.value.code == "registry_layout"
