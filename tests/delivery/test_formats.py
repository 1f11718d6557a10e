"""What a delivered file holds, and what it is called."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from secretctl.delivery import Deliverable
from secretctl.delivery.formats import FORMATS, file_name, format_named, kubernetes_name, render
from secretctl.errors import DeliveryError, UsageError
from secretctl.model import SHARED_SECRET, Secret, SecretText, StoredValue, Target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
HOSTILE = [
    "web",
    "../../etc/passwd",
    "..",
    "a/b",
    "a\\b",
    "CON",
    "nul.txt",
    ".hidden",
    "a b",
    "Web",
    "wEb",
    "x" * 200,
    "日本",
    "a:b",
    "a~b",
    "-rf",
]


def item(text: str, id: str = "web") -> Deliverable:
    """A new secret."""
    return Deliverable(Target("client", id), Secret("s1", SHARED_SECRET, StoredValue("")), SecretText(text))


def test_raw_is_the_secret_and_nothing_else(make: Callable[..., Deliverable]) -> None:
    """A newline would become part of the secret in most programs that read it."""
    assert render("raw", make("a b\n")) == "a b\n"
    assert render("raw", make("abc")) == "abc"


def test_json_is_read_back(make: Callable[..., Deliverable]) -> None:
    """With the names of `secret add --json`."""
    body = json.loads(render("json", make('q"\\\n\u2028é')))
    assert body == {
        "target": "client/web",
        "secret_id": "7f3a91c2",
        "client_id": "web",
        "secret": 'q"\\\n\u2028é',
        "created": "2026-01-01T00:00:00Z",
        "expiration": "2027-01-01T00:00:00Z",
    }
    assert json.loads(render("json", item("x")))["expiration"] is None


@given(text=ANY_TEXT, id=ANY_TEXT)
@example(text='a "quoted" \\ and a\ttab', id="sören 🛒 \u2028")
def test_a_kubernetes_manifest_is_read_back_by_a_yaml_parser(text: str, id: str) -> None:
    """Whatever the secret and the id hold."""
    manifest = yaml.safe_load(render("kubernetes", item(text, id)))
    assert manifest["apiVersion"] == "v1"
    assert manifest["kind"] == "Secret"
    assert manifest["type"] == "Opaque"
    assert manifest["stringData"] == {"client-id": id, "client-secret": text}
    assert manifest["metadata"]["annotations"] == {"secretctl/target": f"client/{id}", "secretctl/secret-id": "s1"}


@given(text=ANY_TEXT, id=ANY_TEXT)
def test_kubernetes_names_are_valid_and_distinct(text: str, id: str) -> None:
    """RFC 1123 labels of at most 253 characters; other ids, other names."""
    name = kubernetes_name(Target("client", id))
    assert len(name) <= 253
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert name[0].isalnum()
    assert name[-1].isalnum()
    assert text == id or name != kubernetes_name(Target("client", text))
    assert name != kubernetes_name(Target("resource", id))


@pytest.mark.parametrize(
    "text", ["abc-._~XYZ09", "a b", 'say "hi"', "$HOME", "`id`", "a#b", "it's", "a=b&c", "ümläut", "!history", "%41"]
)
def test_dotenv_is_read_back_by_a_shell(text: str, tmp_path: Path) -> None:
    """The strictest of its readers."""
    path = tmp_path / "file.env"
    path.write_text(render("dotenv", item(text)), encoding="utf-8")
    script = '. "$1"; printf %s "$CLIENT_ID|$CLIENT_SECRET"'
    done = subprocess.run(["sh", "-c", script, "sh", path], capture_output=True, text=True, check=True)
    assert done.stdout == f"web|{text}"


def test_dotenv_needs_no_quotes_for_generated_secrets(make: Callable[..., Deliverable]) -> None:
    """`docker --env-file` keeps them."""
    assert render("dotenv", make("abc-._~XYZ")) == "CLIENT_ID=web\nCLIENT_SECRET=abc-._~XYZ\n"


@pytest.mark.parametrize("text", ["a\nb", "a\tb", "it's $5", "back\\slash", "both ' and \"", "a\x00b"])
def test_dotenv_refuses_what_its_readers_do_not_agree_on(text: str) -> None:
    """Better no file than another secret."""
    with pytest.raises(DeliveryError) as caught:
        render("dotenv", item(text))
    assert caught.value.code == "format_cannot_hold"
    assert text not in caught.value.message


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("id", HOSTILE)
def test_file_names_stay_in_their_directory(id: str, format: str) -> None:
    """No separator, no leading dot or dash, nothing that a file system treats in a way of its own."""
    name = file_name(Target("client", id), format_named(format))
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._~-")
    assert name.startswith("client-")
    assert len(name) < 128


@given(st.sets(st.one_of(ANY_TEXT, st.sampled_from(HOSTILE)), max_size=20))
def test_file_names_never_collide(ids: set[str]) -> None:
    """Not where case is ignored either, and clients never with resources."""
    targets = [Target(kind, id) for id in ids for kind in ("client", "resource")]
    assert len({file_name(target, "raw").casefold() for target in targets}) == len(targets)


def test_plain_ids_keep_their_name() -> None:
    """People look for it."""
    assert file_name(Target("client", "web-shop.2"), "dotenv") == "client-web-shop.2.env"
    assert file_name(Target("resource", "api1"), "kubernetes") == "resource-api1.yaml"
    assert kubernetes_name(Target("client", "web-shop")) == "client-web-shop"


def test_an_id_cannot_pretend_to_be_another_one() -> None:
    """The name of a sanitised id is not a plain one."""
    name = file_name(Target("client", "Web"), "raw")
    assert file_name(Target("client", name.removeprefix("client-").removesuffix(".secret")), "raw") != name
    name = kubernetes_name(Target("client", "Web"))
    assert kubernetes_name(Target("client", name.removeprefix("client-"))) != name


def test_formats_have_names() -> None:
    """Anything else is a usage error."""
    with pytest.raises(UsageError, match="xml"):
        format_named("xml")
