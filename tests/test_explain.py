"""``--explain``: each known mistake is recognised, and a plain wrong secret is none of them."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretctl.crypto.shared_secret import hash_secret
from secretctl.explain import Explainer, explain
from secretctl.model import (
    Client,
    Credential,
    Refusal,
    Request,
    Resource,
    Secret,
    SecretText,
    StoredValue,
)
from secretctl.profiles import PROFILES
from tests.known import KNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from secretctl.model import (
        Explanation,
        Kind,
        Principal,
    )
    from secretctl.profiles import Profile

NOW = datetime(2026, 6, 1, tzinfo=UTC)
RFC = PROFILES["rfc"]
HASHES = (hashlib.sha256, hashlib.sha512)


class Registry:
    """Principals in memory, found as a store finds them."""

    def __init__(self, *principals: Principal) -> None:
        self._known = {(principal.kind, principal.id): principal for principal in principals}
        self.enumerated = 0

    def find(self, kind: Kind, id: str) -> Principal | None:
        """The principal of that id."""
        return self._known.get((kind, id))

    def principals(self, kind: Kind | None = None) -> Iterator[Principal]:
        """All of them, counted how often they were asked for."""
        self.enumerated += 1
        return (each for each in self._known.values() if kind in {None, each.kind})


def b64(digest: bytes) -> str:
    """Padded base64."""
    return base64.b64encode(digest).decode()


def right(secret: str, hash_: Callable[[bytes], hashlib._Hash] = hashlib.sha256) -> str:
    """The stored value of a secret, by its definition."""
    return b64(hash_(secret.encode()).digest())


def shared(value: str, id: str = "s1", expiration: datetime | None = None) -> Secret:
    """A shared secret with that stored value."""
    return Secret(id, "SharedSecret", StoredValue(value), expiration=expiration)


def basic(id: str, secret: str) -> Request:
    """A request with a raw Basic header."""
    return Request(authorization="Basic " + base64.b64encode(f"{id}:{secret}".encode()).decode())


def why(
    secret: str,
    *principals: Principal,
    id: str = "web",
    kind: Kind = "client",
    profile: Profile = RFC,
    request: Request | None = None,
    method: str = "client_secret_basic",
) -> tuple[Explanation, ...]:
    """The explanations of a secret that was presented to a registry with these principals."""
    credential = Credential(method, id, SecretText(secret))
    return explain(credential, kind=kind, store=Registry(*principals), profile=profile, now=NOW, request=request)


def codes(explanations: tuple[Explanation, ...]) -> list[tuple[str, str | None]]:
    """What tests compare."""
    return [(each.code, each.secret_id) for each in explanations]


@pytest.mark.parametrize("name", KNOWN["mistakes_for_secret"])
def test_every_known_value_is_recognised_as_its_mistake(name: str) -> None:
    """The vectors were computed from the definitions, not by us."""
    client = Client("web", secrets=(shared(right("other"), "s0"), shared(KNOWN["mistakes_for_secret"][name])))
    assert codes(why("secret", client)) == [(name.removesuffix("_raw"), "s1")]


def variants(secret: str) -> Iterator[tuple[str, str]]:
    """Each mistake in making a stored value, with both hashes, written down once more by its definition."""
    raw = secret.encode()
    for hash_ in HASHES:
        digest = hash_(raw).digest()
        hexes = (digest.hex(), digest.hex().upper())
        yield from (("hex_digest_stored", text) for text in hexes)
        yield "hex_digest_stored", "-".join(hexes[1][i : i + 2] for i in range(0, len(hexes[1]), 2))
        yield from (("base64_of_hex_stored", b64(text.encode())) for text in hexes)
        yield "newline_hashed", b64(hash_(raw + b"\n").digest())
        yield "crlf_hashed", b64(hash_(raw + b"\r\n").digest())
        yield "quotes_hashed", b64(hash_(b'"' + raw + b'"').digest())
        yield "quotes_hashed", b64(hash_(b"'" + raw + b"'").digest())
        yield "whitespace", b64(hash_(raw + b" ").digest())
        for encoding in ("utf-16-le", "utf-16-be"):
            yield "utf16_hashed", b64(hash_(secret.encode(encoding)).digest())
        yield "utf16_hashed", b64(hash_(b"\xff\xfe" + secret.encode("utf-16-le")).digest())
        yield "hashed_twice", b64(hash_(b64(digest).encode()).digest())
        yield "hashed_twice", b64(hash_(digest).digest())
        yield from (("hash_of_hex", b64(hash_(text.encode()).digest())) for text in hexes)
    yield "plaintext_stored", secret
    yield "whitespace", right(secret) + "\n"


@pytest.mark.parametrize("secret", ["correct horse battery", "sören:müller", "a+b c%20&=/é", "𝔘nicode"])
def test_stored_value_mistakes_with_both_hashes(secret: str) -> None:
    """SHA-256 and SHA-512, both cases of hexadecimal, both kinds of quotes, any text."""
    for code, value in variants(secret):
        found = codes(why(secret, Client("web", secrets=(shared(value),))))
        assert found == [(code, "s1")], (code, value)


@pytest.mark.parametrize("hash_", HASHES)
def test_the_stored_value_presented(hash_: Callable[[bytes], hashlib._Hash]) -> None:
    """Presenting the hash instead of the secret, as it is stored or in hexadecimal."""
    value = right("secret", hash_)
    hexadecimal = base64.b64decode(value).hex()
    for presented in (value, hexadecimal, hexadecimal.upper()):
        found = why(presented, Client("web", secrets=(shared(value),)))
        assert codes(found) == [("stored_value_presented", "s1")]
    assert codes(why(hexadecimal, Client("web", secrets=(shared(hexadecimal),)))) == [("stored_value_presented", "s1")]
    phc = hash_secret(SecretText("secret"), "argon2id")
    assert codes(why(phc, Client("web", secrets=(shared(phc),)))) == [("stored_value_presented", "s1")]


def test_a_plus_that_became_a_space() -> None:
    """A raw + in a header or body is decoded into a blank; the raw spelling matches as well."""
    client = Client("web", secrets=(shared(right("a+b+c")),))
    assert codes(why("a b c", client)) == [("plus_became_space", "s1")]
    found = codes(why("a b c", client, request=basic("web", "a+b+c")))
    assert found == [("plus_became_space", "s1"), ("percent_decoded", "s1")]


def test_a_secret_sent_encoded_once_too_often() -> None:
    """What was presented is the form-urlencoded spelling of the right secret, with + or %20 for a blank."""
    client = Client("web", secrets=(shared(right("a+b c%&=")),))
    for spelling in (quote_plus("a+b c%&="), "a%2Bb%20c%25%26%3D", "a+b%20c%25&="):
        assert codes(why(spelling, client)) == [("percent_encoded", "s1")], spelling


@pytest.mark.parametrize("profile", ["rfc", "identityserver4", "duende"])
@pytest.mark.parametrize("secret", ["100%25pure", "50%2Foff"])
def test_a_secret_that_was_decoded_on_the_way(secret: str, profile: str) -> None:
    """The right secret itself holds an escape: the raw header or body matches."""
    client, rules = Client("web", secrets=(shared(right(secret)),)), PROFILES[profile]
    decoded = secret.replace("%25", "%").replace("%2F", "/")
    body = f"x=1&client_id=web&client_secret={secret}"
    for request, method in (
        (basic("web", secret), "client_secret_basic"),
        (Request(form=body), "client_secret_post"),
        (Request(form=body.encode()), "client_secret_post"),
    ):
        assert codes(why(decoded, client, request=request, method=method, profile=rules)) == [("percent_decoded", "s1")]
    assert why(decoded, client, request=Request(form="grant_type=x"), profile=rules) == ()


def test_a_percent_that_a_strict_server_refuses_to_decode() -> None:
    """The parser finds no credential at all in 50%off and f%fcr, and the explanation still says why."""
    for secret in ("50%off", "f%fcr"):
        client = Client("web", secrets=(shared(right("")), shared(right(secret))))
        store = Registry(client, Client("careless", secrets=(shared(right("")),)))
        for method, request in [
            ("client_secret_basic", basic("web", secret)),
            ("client_secret_post", Request(form=f"client_id=web&client_secret={secret}")),
        ]:
            refusal = Refusal("malformed_credential", "", method)
            found = explain(refusal, kind="client", store=store, profile=RFC, now=NOW, request=request)
            assert codes(found) == [("percent_decoded", "s1")]
            assert Explainer(store, RFC)(refusal, kind="client", now=NOW) == ()


@pytest.mark.parametrize(
    "presented", ["  secret", "secret\t", "secret\n", "sec ret", "sec\u200bret", "\ufeffsecret\xa0"]
)
def test_white_space_that_came_with_copying(presented: str) -> None:
    """Blanks, line ends and invisible characters around or inside of what is right."""
    client = Client("web", secrets=(shared(right("secret")),))
    assert codes(why(presented, client)) == [("whitespace", "s1")]


@pytest.mark.parametrize("presented", ['"se+cret"', "'se+cret'"])
def test_quotes_that_came_with_an_env_file(presented: str) -> None:
    """Both kinds, one pair of the same, typed or in a request."""
    client = Client("web", secrets=(shared(right("se+cret")),))
    assert codes(why(presented, client)) == [("quotes_presented", "s1")]
    assert codes(why(presented, client, request=basic("web", quote_plus(presented)))) == [("quotes_presented", "s1")]
    assert why("\"se+cret'", client) == why('"', client) == ()
    kept = Client("web", secrets=(shared(right(presented)),))
    assert codes(why("se+cret", kept)) == [("quotes_hashed", "s1")]


@pytest.mark.parametrize("presented", ["c29yIMO2Pz4=", "c29yIMO2Pz4", "c29yIMO2Pz4K", "c29yIMO2Pz4NCg=="])
def test_the_base64_of_the_secret(presented: str) -> None:
    """As a Kubernetes manifest holds it, padded or not, also with the newline that `echo` put in."""
    client = Client("web", secrets=(shared(right("sor ö?>")),))
    assert codes(why(presented, client)) == [("base64_presented", "s1")]
    salted = Client("web", secrets=(shared(cheap_scrypt("sor ö?>")),))
    assert codes(why(presented, salted)) == [("base64_presented", "s1")]
    assert why("/////w==", client) == ()


@pytest.mark.parametrize("secret", ["secret\n", "secret\x00"])
def test_control_characters_are_explained_where_they_are_refused(secret: str) -> None:
    """The strict parser gives no credential; the raw request tells."""
    client = Client("web", secrets=(shared(right("secret")),))
    body = f"client_id=web&client_secret={quote_plus(secret)}"
    for request, method in ((basic("web", secret), "client_secret_basic"), (Request(form=body), "client_secret_post")):
        refusal = Refusal("malformed_credential", "control characters", method)
        found = explain(refusal, kind="client", store=Registry(client), profile=RFC, now=NOW, request=request)
        assert codes(found) == [("whitespace", "s1")]


@pytest.mark.parametrize(
    "request_",
    [
        Request(),
        Request(authorization=()),
        Request(authorization="Bearer x"),
        Request(authorization="Basic !"),
        Request(authorization="Basic \ud800"),
        Request(authorization=("Basic eA==", "Basic eA==")),
        Request(form="client_id=web"),
        Request(form="client_secret=x"),
    ],
    ids=repr,
)
def test_requests_without_a_readable_secret_are_not_explained(request_: Request) -> None:
    """Nothing can be said about what cannot be read."""
    client = Client("web", secrets=(shared(right("secret")),))
    refusal = Refusal("malformed_credential", "")
    assert explain(refusal, kind="client", store=Registry(client), profile=RFC, now=NOW, request=request_) == ()


def test_other_refusals_and_other_credentials_are_not_explained() -> None:
    """Only a shared secret that somebody presented is."""
    registry, request = Registry(Client("web", secrets=(shared(right("secret\n")),))), basic("web", "secret")
    for credential in (
        Refusal("multiple_credentials", ""),
        Credential("none", "web"),
        Credential("private_key_jwt", "web", assertion=SecretText("x")),
    ):
        assert explain(credential, kind="client", store=registry, profile=RFC, now=NOW, request=request) == ()


def test_a_raw_reading_server_decodes_nothing() -> None:
    """Under identityserver3 the header's own spelling is what was hashed against."""
    client = Client("web", secrets=(shared(right("a+b")),))
    rules = PROFILES["identityserver3"]
    assert codes(why("a%2Bb", client, profile=rules, request=basic("web", "a%2Bb"))) == [("percent_encoded", "s1")]
    refusal = Refusal("malformed_credential", "", "client_secret_basic")
    found = explain(
        refusal, kind="client", store=Registry(client), profile=rules, now=NOW, request=basic("web", " a+b")
    )
    assert codes(found) == [("whitespace", "s1")]


def test_an_id_encoded_for_a_server_that_does_not_decode() -> None:
    """Under identityserver3 such an id is nobody's; whose it was meant to be is said, its secret encoded or not."""
    client = Client("my app+1", secrets=(shared(right("a+b")),))
    for secret in ("a+b", "a%2Bb"):
        request = basic("my%20app%2B1", secret)
        found = why(secret, client, id="my%20app%2B1", profile=PROFILES["identityserver3"], request=request)
        assert ("id_percent_encoded", "s1") in codes(found)
        assert "client/my app+1" in next(each.message for each in found if each.code == "id_percent_encoded")
    assert why("wrong", client, id="my%20app%2B1") == ()
    assert why("a+b", Client("other"), id="my%20app%2B1") == ()


def cheap_scrypt(secret: str) -> str:
    """A stored value of scrypt whose costs are low: what is tested does not depend on them."""
    digest = hashlib.scrypt(secret.encode(), salt=b"0123456789abcdef", n=16, r=8, p=1, dklen=32)
    return f"$scrypt$ln=4,r=8,p=1${b64(b'0123456789abcdef').rstrip('=')}${b64(digest).rstrip('=')}"


@pytest.mark.parametrize("make", [cheap_scrypt, lambda text: hash_secret(SecretText(text), "argon2id")])
def test_salted_hashes_are_explained_from_the_presented_side(make: Callable[[str], str]) -> None:
    """They cannot be made backwards, so what was presented is varied instead."""
    client = Client("web", secrets=(shared(make("right secret+1")),))
    assert codes(why("right secret 1", client)) == []
    assert codes(why(" right secret+1", client)) == [("whitespace", "s1")]
    assert codes(why("right+secret%2B1", client)) == [("percent_encoded", "s1")]
    request = basic("web", "right secret+1")
    assert codes(why("right secret 1", client, request=request)) == [("percent_decoded", "s1")]


@pytest.mark.parametrize(
    ("code", "hashed"), [("newline_hashed", "x-y\n"), ("crlf_hashed", "x-y\r\n"), ("quotes_hashed", "'x-y'")]
)
def test_what_was_hashed_along_with_a_salted_secret(code: str, hashed: str) -> None:
    """The mistakes of `echo` are made with argon2id as well; servers without it are not told of it."""
    client = Client("web", secrets=(shared(hash_secret(SecretText(hashed), "argon2id")),))
    assert codes(why("x-y", client)) == [(code, "s1")]
    assert why("x-y", client, profile=PROFILES["duende"]) == ()


def test_the_secret_of_another_principal() -> None:
    """Named, of whatever kind, and also when the id that was sent does not exist."""
    others = [Client(f"c{number}", secrets=(shared(right("secret")),)) for number in range(5)]
    api = Resource("api", secrets=(shared(right("other", hashlib.sha512)),))
    web = Client("web", secrets=(shared(right("mine")),))
    (found,) = why("secret", web, *others[:1])
    assert (found.code, found.secret_id) == ("other_principal", None)
    assert "client/c0" in found.message
    assert "resource/api" in why("other", web, api)[0].message
    assert codes(why("secret", *others, id="typo")) == [("other_principal", None)]
    assert "client/c2 and 2 more" in why("secret", *others, id="typo")[0].message


def test_the_salted_secret_of_another_principal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tried one by one, up to a bound, and only where the server knows such hashes."""
    others = [
        Client(f"c{number}", secrets=(Secret("x", "JWK", StoredValue("{}")), shared(cheap_scrypt(f"s{number}"))))
        for number in range(5)
    ]
    (found,) = why("s4", *others)
    assert (found.code, found.secret_id) == ("other_principal", None)
    assert "client/c4" in found.message
    assert why("s9", *others) == ()
    assert why("s4", *others, profile=PROFILES["duende"]) == ()
    monkeypatch.setattr("secretctl.explain.explainer._MOST_SALTED", 4)
    assert why("s4", *others) == ()


def test_the_wrong_kind() -> None:
    """Right for the resource of the same name is not the secret of another principal."""
    client = Client("api", secrets=(shared(right("c")),))
    resource = Resource(
        "api",
        secrets=(shared(right("r")), shared(right("old"), "s2", NOW - timedelta(days=1)), shared(right("r"), "s3")),
    )
    assert codes(why("r", client, resource, id="api")) == [("wrong_kind", None)]
    assert codes(why("c", client, resource, id="api", kind="resource")) == [("wrong_kind", None)]
    assert codes(why("r", resource, id="api")) == [("wrong_kind", None)]
    assert codes(why("old", client, resource, id="api")) == []


def test_an_expired_sibling() -> None:
    """Right until yesterday; the instant of the expiration itself is still valid."""
    yesterday = NOW - timedelta(days=1)
    client = Client("web", secrets=(shared(right("new")), shared(right("old"), "s2", yesterday)))
    assert codes(why("old", client)) == [("expired_sibling", "s2")]
    still = Client("web", secrets=(shared(right("new"), "s1", NOW),))
    assert codes(why("new", still)) == []


def test_a_poisoned_secret() -> None:
    """Right, but an invalid stored value before it stops the server; the invalid one is named."""
    client = Client(
        "web",
        secrets=(
            shared("$argon2id$old", "gone", NOW - timedelta(days=1)),
            shared("not a hash", "bad"),
            Secret("cert", "X509Thumbprint", StoredValue("00")),
            shared(right("secret"), "good"),
        ),
    )
    for profile in ("identityserver3", "identityserver4", "duende"):
        assert codes(why("secret", client, profile=PROFILES[profile])) == [("poisoned", "bad")]
        assert codes(why("wrong", client, profile=PROFILES[profile])) == []
        healthy = Client("web", secrets=client.secrets[2:])
        assert codes(why("wrong", healthy, profile=PROFILES[profile])) == []
    assert codes(why("secret", client)) == []


def test_each_mistake_is_told_once_and_the_likeliest_first() -> None:
    """What is wrong with the principal's own secrets comes before what is right elsewhere."""
    value = right("secret\n")
    client = Client(
        "web", secrets=(shared(value, "a"), shared(value, "b"), shared(right("secret"), "c", NOW - timedelta(1)))
    )
    other = Client("other", secrets=(shared(right("secret")),))
    assert codes(why("secret", client, other)) == [
        ("expired_sibling", "c"),
        ("newline_hashed", "a"),
        ("newline_hashed", "b"),
        ("other_principal", None),
    ]


def test_the_registry_is_searched_once_for_many_credentials() -> None:
    """Whose secret is whose does not depend on the credential."""
    registry = Registry(Client("web", secrets=(shared(right("secret")),)))
    explainer = Explainer(registry, RFC)
    for _ in range(3):
        assert codes(explainer(Credential("client_secret_basic", "x", SecretText("secret")), kind="client", now=NOW))
    assert registry.enumerated == 1


@given(st.text(st.characters(), min_size=1, max_size=40), st.sampled_from(sorted(PROFILES)))
def test_a_plain_wrong_secret_has_no_explanation_and_nothing_raises(presented: str, profile: str) -> None:
    """Any text, lone surrogates included, against every mistake in making the value of a secret it has nothing to do with."""
    secret = "Zr0KeHqv-nothing-to-do-with-it-8jTqD3Fw"
    stored = tuple(shared(value, f"s{number}") for number, (_, value) in enumerate(variants(secret)))
    assert why(presented, Client("web", secrets=stored), profile=PROFILES[profile]) == ()


def test_explanations_never_hold_the_secret() -> None:
    """Neither plaintext nor stored value is repeated to whoever reads the explanation."""
    secret = "Tr0ub4dor-and-three"
    for _, value in variants(secret):
        for each in why(secret, Client("web", secrets=(shared(value),))):
            assert secret not in each.message + each.hint
            assert value not in each.message + each.hint
