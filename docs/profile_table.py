"""The table of profiles in docs/profiles.md, from the profiles themselves; each row names where its rule was read.

``SECTIONS`` are the words, ``PROFILES`` are the facts: a field that no row shows, or a value that has no words, is an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from secretctl.profiles import PROFILES

if TYPE_CHECKING:
    from secretctl.profiles import Profile

_YES, _NO = "yes", "no"


class Row(NamedTuple):
    """One rule: its words, the fields of ``Profile`` that hold it, what their values are called, and its sources."""

    rule: str
    fields: tuple[str, ...]
    words: dict[object, str]
    sources: str


_TRUTH: dict[object, str] = {True: _YES, False: _NO}
_COUNT: dict[object, str] = {None: "no limit"}

SECTIONS: dict[str, tuple[Row, ...]] = {
    "Reading a request": (
        Row(
            "parsers and their order, unless the registry names others",
            ("parsers",),
            {},
            "`SecretParser`, in the order of registration",
        ),
        Row(
            "more than one credential in a request",
            ("several_credentials",),
            {
                "refuse": "`multiple_credentials`",
                "first_parser": "the first parser that finds one wins",
                "first_with_secret": "the first that has a secret wins",
            },
            "`SecretParser.ParseAsync`; RFC 6749 §2.3 (MUST NOT)",
        ),
        Row(
            "Basic: id and secret are form-urldecoded",
            ("basic_urldecoding",),
            {"strict": "yes, strictly", "lenient": "yes; `%zz` stays as it is", "none": _NO},
            "`BasicAuthenticationSecretParser`; RFC 6749 §2.3.1",
        ),
        Row(
            "Basic: base64",
            ("basic_base64",),
            {"canonical": "canonical only", "white_space": "white space in it is skipped"},
            "`BasicAuthenticationSecretParser` (`Convert.FromBase64String`); RFC 4648 §3.5",
        ),
        Row(
            "id with an empty secret",
            ("empty_secret",),
            {
                "public_only": "public clients only, else `no_credential`",
                "no_credential": "no credential",
                "method_none": "method `none`",
            },
            "`BasicAuthenticationSecretParser`, `PostBodySecretParser`",
        ),
        Row(
            "a form parameter that is repeated",
            ("repeated_parameter",),
            {
                "refuse": "`malformed_credential`, but for `resource` and `audience`",
                "join": "values joined by commas",
                "first": "the first value counts",
            },
            "RFC 6749 §3.2, RFC 8707 §2, RFC 8693 §2.1; `IFormCollection`, OWIN's `IReadableStringCollection`",
        ),
        Row("control characters in id and secret", ("control_characters",), _TRUTH, "RFC 7617 §2"),
        Row(
            "what lengths are counted in",
            ("lengths_in",),
            {"characters": "characters", "utf16": "UTF-16 units: an emoji is two"},
            ".NET's `string.Length`",
        ),
        Row("longest id", ("max_id",), _COUNT, "`InputLengthRestrictions.ClientId`"),
        Row("longest shared secret", ("max_secret",), _COUNT, "`InputLengthRestrictions.ClientSecret`"),
        Row("longest assertion", ("max_assertion",), _COUNT, "`InputLengthRestrictions.Jwt`"),
        Row(
            "longest id beside an assertion or certificate",
            ("max_assertion_id",),
            _COUNT,
            "`JwtBearerClientAssertionSecretParser`, `MutualTlsSecretParser`; `ClientAssertionSecretParser`",
        ),
        Row("longest Basic header", ("max_basic_header",), _COUNT, "`BasicAuthenticationSecretParser` of Duende"),
        Row(
            "Basic: lengths are those",
            ("basic_lengths",),
            {"decoded": "after url-decoding", "encoded": "before url-decoding"},
            "`BasicAuthenticationSecretParser`",
        ),
    ),
    "Clients and resources": (
        Row(
            "public clients (`require_secret = false`, or `implicit` as the only grant type)",
            ("public_clients",),
            {
                "without_secret": "accepted without a secret; one that they present is checked",
                "always": "accepted, whatever they present",
                "none": "no such thing: always checked",
            },
            "`ClientSecretValidator`",
        ),
        Row(
            "disabled ones that are refused",
            ("refuses_disabled",),
            {("client",): "clients", ("client", "resource"): "clients and resources"},
            "`ClientSecretValidator`, `ApiSecretValidator`; `ScopeSecretValidator`",
        ),
    ),
    "Shared secrets": (
        Row("validators, unless the registry names others", ("validators",), {}, "`SecretValidator`"),
        Row(
            "a stored value that is no hash",
            ("poisoned_by_invalid_value",),
            {False: "skipped, with a warning", True: "every shared secret after it fails, too"},
            "`HashedSharedSecretValidator`",
        ),
        Row(
            "argon2id and scrypt (PHC strings)",
            ("phc",),
            {True: "understood", False: "an invalid stored value"},
            "`HashedSharedSecretValidator` knows SHA-256 and SHA-512",
        ),
        Row("hash of a supplied secret, unless asked for another", ("default_hash",), {}, "OWASP Password Storage"),
    ),
    "TLS certificates": (
        Row(
            "against `X509Thumbprint`",
            ("thumbprints",),
            {("sha1",): "SHA-1, any case", ("sha1", "sha256"): "SHA-1 or SHA-256, constant time"},
            "`X509ThumbprintSecretValidator`; `X509CertificateThumbprintSecretValidator`",
        ),
        Row("`secret import --as thumbprint` keeps", ("default_thumbprint",), {}, "the same"),
        Row(
            "against `X509Name`",
            ("subject_names",),
            {
                "rfc4514_with_chain": "names compared as names, with a chain to `trust`",
                "dotnet_text": "text equal to .NET's Subject, no chain",
                "none": "never",
            },
            "`X509NameSecretValidator`; RFC 8705 §2.1, RFC 4514",
        ),
        Row(
            "`secret import --as name` writes",
            ("subject_spelling",),
            {"rfc4514": "`CN=web,O=Example`", "dotnet": "`CN=web, O=Example`"},
            "`X509Certificate2.Subject`; RFC 4514",
        ),
        Row(
            "against `X509CertificateBase64`",
            ("registered_certificates",),
            {True: "the same DER", False: "never"},
            "RFC 8705 §2.2",
        ),
        Row("dates of certificates", ("certificate_dates",), {True: "enforced", False: "ignored"}, "RFC 5280 §4.1.2.5"),
    ),
    "Client assertions": (
        Row("JWK secrets", ("jwk",), _TRUTH, "`PrivateKeyJwtSecretValidator`"),
        Row(
            "a registered key that does not parse",
            ("unparsable_key",),
            {
                "skip_with_warning": "skipped, with a warning",
                "skip": "skipped",
                "poison": "all assertions of that principal fail",
            },
            "`PrivateKeyJwtSecretValidator`",
        ),
        Row(
            "the client id is",
            ("assertion_client_id",),
            {"sub": "the assertion's `sub`", "body_or_iss": "the body's `client_id`, else `iss`"},
            "`JwtBearerClientAssertionSecretParser`; `ClientAssertionSecretParser`; RFC 7523 §3",
        ),
        Row(
            "a body `client_id` beside an assertion or Basic",
            ("several_credentials",),
            {
                "refuse": "must be the same, else `malformed_credential`",
                "first_parser": "ignored (see the row above)",
                "first_with_secret": "ignored (see the row above)",
            },
            "RFC 7521 §4.2",
        ),
        Row(
            "`aud` may be",
            ("audiences",),
            {
                ("issuer",): "the issuer",
                ("token_endpoint",): "the token endpoint",
                (
                    "issuer",
                    "token_endpoint",
                    "ciba",
                    "par",
                ): "issuer, token endpoint, `…/connect/ciba`, `…/connect/par`",
            },
            "`PrivateKeyJwtSecretValidator`; RFC 7523bis (2025)",
        ),
        Row("`aud` is alone", ("audience_alone",), {True: "it must be", False: "it may be one of several"}, "the same"),
        Row("one trailing slash of `aud` is ignored", ("audience_trailing_slash",), _TRUTH, "the same"),
        Row(
            "the issuer alone where `typ` (or `--require-typ`) says so",
            ("strict_audience_by_typ",),
            {True: _YES, False: _NO},
            "`PrivateKeyJwtSecretValidator` of Duende",
        ),
        Row(
            "`typ`",
            ("assertion_types",),
            {None: "any", ("jwt", "client-authentication+jwt"): "absent, `JWT` or `client-authentication+jwt`"},
            "`PrivateKeyJwtSecretValidator`; RFC 8725 §3.11",
        ),
        Row(
            "algorithms",
            ("assertion_algorithms",),
            {},
            "`SupportedClientAssertionSigningAlgorithms` of Duende; RFC 7518",
        ),
        Row("`assertion_algorithms` of the registry counts", ("configurable_algorithms",), _TRUTH, "the same"),
        Row(
            "a certificate in the header (`x5c`)",
            ("header_certificate",),
            {True: "used, when its thumbprint or all of it is registered", False: "never used"},
            "`EmbeddedCertificateJwtSecurityTokenHandler`",
        ),
        Row(
            "`jti`",
            ("jti_required",),
            {True: "required, once (`--replay-cache`)", False: "not looked at: replay is possible"},
            "`PrivateKeyJwtSecretValidator` (`IReplayCache`); RFC 7523 §3",
        ),
        Row("`iat` in the future is refused", ("checks_iat",), _TRUTH, "RFC 7523 §3"),
        Row("seconds that `iat` and `nbf` may lie ahead", ("skew_ahead",), {}, "`TokenValidationParameters.ClockSkew`"),
        Row("seconds that `exp` may have passed", ("skew_expiry",), {}, "the same"),
        Row("accepted in the very second of `exp` and skew", ("accepts_at_expiry",), _TRUTH, "the same"),
    ),
}


def table() -> str:
    """All sections, each with its table, in Markdown."""
    return "\n".join(f"### {title}\n\n{_table(rows)}" for title, rows in SECTIONS.items())


def shown_fields() -> set[str]:
    """The fields of Profile that some row shows."""
    return {field for rows in SECTIONS.values() for row in rows for field in row.fields} | {"name"}


def _table(rows: tuple[Row, ...]) -> str:
    head = ["rule", *(f"`{name}`" for name in PROFILES), "sources"]
    lines = [head, ["---"] * len(head)]
    lines += [[row.rule, *(_cell(row, profile) for profile in PROFILES.values()), row.sources] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(row: Row, profile: Profile) -> str:
    return "; ".join(_words(row, getattr(profile, field)) for field in row.fields)


def _words(row: Row, value: object) -> str:
    for known, words in row.words.items():
        if known == value and type(known) is type(value):
            return words
    if isinstance(value, bool):
        raise TypeError(f"{row.rule}: no words for {value}")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, tuple):
        return ", ".join(_families(value))
    return str(value)


def _families(names: tuple[object, ...]) -> list[str]:
    """``RS256, RS384, RS512`` is ``RS256-512``."""
    text = ", ".join(map(str, names))
    for family in ("RS", "PS", "ES"):
        text = text.replace(f"{family}256, {family}384, {family}512", f"{family}256-512")
    return text.split(", ")
