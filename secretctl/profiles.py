"""Which server's rules decide: the profile table of the README, as data.

Sources: IdentityServer3 2.6 (``Core/Services/Default``), IdentityServer4 4.1 and Duende IdentityServer 7
(``Validation/Default``, ``Validation/Parsers``). Quirks are kept on purpose: the question is what the server would say.
"""

from typing import Literal, NamedTuple

from secretctl.errors import UnavailableError
from secretctl.model import KINDS, Kind

_IDENTITYSERVER_ORDER = ("basic", "post_body", "client_assertion", "mutual_tls")
_RS_PS_ES = tuple(family + size for family in ("RS", "PS", "ES") for size in ("256", "384", "512"))


class Profile(NamedTuple):
    """One column of the profile table. Lengths are in characters, skews in seconds; None is no limit.

    The defaults are ``rfc``'s.
    """

    name: str

    # Parsing
    parsers: tuple[str, ...] = _IDENTITYSERVER_ORDER
    validators: tuple[str, ...] = ("shared_secret", "x509_thumbprint", "x509_name", "private_key_jwt")
    several_credentials: Literal["refuse", "first_parser", "first_with_secret"] = "refuse"
    basic_urldecoding: Literal["strict", "lenient", "none"] = "strict"
    basic_base64: Literal["canonical", "white_space"] = "canonical"
    empty_secret: Literal["public_only", "no_credential", "method_none"] = "public_only"
    repeated_parameter: Literal["refuse", "join", "first"] = "refuse"
    control_characters: bool = False
    lengths_in: Literal["characters", "utf16"] = "characters"
    max_id: int | None = 200
    max_secret: int | None = 1_000
    max_assertion: int | None = 51_200
    max_assertion_id: int | None = 200  # of an id beside an assertion or a certificate
    max_basic_header: int | None = None
    basic_lengths: Literal["decoded", "encoded"] = "decoded"

    # Principals
    public_clients: Literal["without_secret", "always", "none"] = "without_secret"
    refuses_disabled: tuple[Kind, ...] = KINDS

    # Stored values
    poisoned_by_invalid_value: bool = False
    phc: bool = True
    jwk: bool = True
    unparsable_key: Literal["skip_with_warning", "skip", "poison"] = "skip_with_warning"
    default_hash: Literal["argon2id", "sha256"] = "argon2id"

    # Mutual TLS
    thumbprints: tuple[Literal["sha1", "sha256"], ...] = ("sha1", "sha256")
    default_thumbprint: Literal["sha1", "sha256"] = "sha256"
    subject_names: Literal["rfc4514_with_chain", "dotnet_text", "none"] = "rfc4514_with_chain"
    subject_spelling: Literal["rfc4514", "dotnet"] = "rfc4514"
    registered_certificates: bool = True
    certificate_dates: bool = True

    # Client assertions
    assertion_client_id: Literal["sub", "body_or_iss"] = "sub"
    audiences: tuple[Literal["issuer", "token_endpoint", "ciba", "par"], ...] = ("issuer",)
    audience_alone: bool = True
    audience_trailing_slash: bool = False
    strict_audience_by_typ: bool = False
    assertion_types: tuple[str, ...] | None = ("jwt", "client-authentication+jwt")  # in lower case; None is any
    assertion_algorithms: tuple[str, ...] = (*_RS_PS_ES[3:], "EdDSA", "RS256")
    configurable_algorithms: bool = True
    header_certificate: bool = False
    jti_required: bool = True
    checks_iat: bool = True
    skew_ahead: int = 10
    skew_expiry: int = 0
    accepts_at_expiry: bool = False  # at the very second of exp plus skew


_IDENTITYSERVER3 = Profile(
    "identityserver3",
    parsers=("mutual_tls", "client_assertion", "post_body", "basic"),
    several_credentials="first_parser",
    basic_urldecoding="none",
    basic_base64="white_space",
    empty_secret="no_credential",
    repeated_parameter="join",
    control_characters=True,
    lengths_in="utf16",
    max_id=100,
    max_secret=100,
    max_assertion=None,
    max_assertion_id=None,
    public_clients="none",
    refuses_disabled=("client",),
    poisoned_by_invalid_value=True,
    phc=False,
    jwk=False,
    unparsable_key="skip",
    default_hash="sha256",
    thumbprints=("sha1",),
    default_thumbprint="sha1",
    subject_names="none",
    subject_spelling="dotnet",
    registered_certificates=False,
    certificate_dates=False,
    assertion_client_id="body_or_iss",
    audiences=("token_endpoint",),
    audience_alone=False,
    assertion_types=None,
    assertion_algorithms=("RS256",),
    configurable_algorithms=False,
    header_certificate=True,
    jti_required=False,
    checks_iat=False,
    skew_ahead=300,
    skew_expiry=300,
    accepts_at_expiry=True,
)

_IDENTITYSERVER4 = Profile(
    "identityserver4",
    several_credentials="first_with_secret",
    basic_urldecoding="lenient",
    basic_base64="white_space",
    empty_secret="method_none",
    repeated_parameter="first",
    control_characters=True,
    lengths_in="utf16",
    max_id=100,
    max_secret=100,
    max_assertion_id=100,
    basic_lengths="encoded",
    public_clients="always",
    poisoned_by_invalid_value=True,
    phc=False,
    unparsable_key="poison",
    default_hash="sha256",
    thumbprints=("sha1",),
    default_thumbprint="sha1",
    subject_names="dotnet_text",
    subject_spelling="dotnet",
    registered_certificates=False,
    certificate_dates=False,
    audiences=("token_endpoint",),
    audience_alone=False,
    audience_trailing_slash=True,
    assertion_types=None,
    assertion_algorithms=_RS_PS_ES,
    configurable_algorithms=False,
    checks_iat=False,
    skew_ahead=300,
    skew_expiry=300,
    accepts_at_expiry=True,
)

_DUENDE = _IDENTITYSERVER4._replace(
    name="duende",
    basic_lengths="decoded",
    max_basic_header=4 * (100 + 100) + 10,
    audiences=("issuer", "token_endpoint", "ciba", "par"),
    strict_audience_by_typ=True,
    configurable_algorithms=True,
)

PROFILES = {profile.name: profile for profile in (Profile("rfc"), _IDENTITYSERVER3, _IDENTITYSERVER4, _DUENDE)}


def profile_named(name: str) -> Profile:
    """The profile of that name; UnavailableError ``profile_unknown`` (it stands in a registry or was asked for)."""
    try:
        return PROFILES[name]
    except KeyError:
        raise UnavailableError(
            "profile_unknown", f"there is no profile {name!a}", hint=f"choose one of {', '.join(PROFILES)}"
        ) from None
