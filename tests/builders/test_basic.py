"""Basic headers and post bodies: the known answers, and what cannot be spelled."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

import secretctl
from secretctl.builders.basic import build_basic_header, form_fields
from secretctl.errors import RefusedError
from secretctl.model import SecretText
from tests.known import KNOWN


@pytest.mark.parametrize("vector", KNOWN["basic"], ids=lambda vector: vector["id"])
def test_known_answers(vector: dict[str, str | None]) -> None:
    """RFC 6749 by default, RFC 7617 with ``raw``, from plain and from guarded text."""
    id_, secret = str(vector["id"]), str(vector["secret"])
    assert build_basic_header(id_, secret) == build_basic_header(id_, SecretText(secret)) == vector["rfc"]
    if vector["raw"] is None:
        with pytest.raises(RefusedError) as caught:
            build_basic_header(id_, secret, raw=True)
        assert (caught.value.code, caught.value.status) == ("colon_in_id", 6)
    else:
        assert build_basic_header(id_, secret, raw=True) == vector["raw"]


def test_a_generated_secret_reads_the_same_in_every_spelling() -> None:
    """Letters, digits and . _ ~ - need no encoding, so servers that decode and servers that do not agree."""
    secret = "acme_AZaz09-._~"
    assert build_basic_header("web", secret) == build_basic_header("web", secret, raw=True)


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize(("id_", "secret"), [("web", "\ud800"), ("\udfff", "x")])
def test_half_a_surrogate_pair_cannot_be_spelled(id_: str, secret: str, raw: bool) -> None:
    """UTF-8 has no bytes for it, and the error does not repeat it."""
    with pytest.raises(RefusedError) as caught:
        build_basic_header(id_, secret, raw=raw)
    assert caught.value.code == "text_unencodable"
    with pytest.raises(RefusedError):
        form_fields(id_, secret)


@given(st.text(min_size=1), st.text(min_size=1))
def test_post_bodies_read_back(id_: str, secret: str) -> None:
    """Any form decoder gives id and secret back."""
    for fields in (form_fields(id_, secret), form_fields(id_, SecretText(secret))):
        assert parse_qs(fields, strict_parsing=True) == {"client_id": [id_], "client_secret": [secret]}


def test_it_is_part_of_the_public_api() -> None:
    """By the package's own name."""
    assert secretctl.build_basic_header is build_basic_header
