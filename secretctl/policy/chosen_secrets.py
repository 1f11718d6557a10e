"""Secrets that somebody chose: which are too weak to be one, and which IdentityServer would not take."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from secretctl.crypto.shared_secret import MAX_CHARACTERS, MIN_CHARACTERS
from secretctl.errors import RefusedError

if TYPE_CHECKING:
    from secretctl.model import SecretText

SAMPLE_SECRETS: tuple[str, ...] = (
    # The quickstarts and documentation of IdentityServer3, IdentityServer4 and Duende IdentityServer.
    "secret",
    "api-secret",
    "apisecret",
    "api_secret",
    "api1secret",
    "scopeSecret",
    "scope-secret",
    "F621F470-9731-4A25-80EF-67A6F7C5F4B8",
    "21B5F798-BE55-42BC-8AA8-0025B903DC3B",
    # The templates of IdentityServer4.
    "511536EF-F270-4058-80CA-1C89C192F69A",
    "49C1A7E1-0C79-4A89-A3D6-A37998FB86B0",
    # ABP.
    "1q2w3e*",
    "1q2w3E*",
    # Skoruba's IdentityServer4.Admin.
    "skoruba_admin_client_secret",
    # Tutorials that are copied often.
    "client_secret",
    "client-secret",
    "clientsecret",
    "ClientSecret",
    "mysecret",
    "my-secret",
    "supersecret",
    "super-secret",
    "superSecretPassword",
    "SuperSecretPassword",
    "test-secret",
    "changeme",
    "change-me",
    "password",
    "Pass123$",
)
"""Secrets that stand in public samples, spelled as there: whoever tries to break in tries these first."""

_SAMPLES_FOLDED = frozenset(sample.casefold() for sample in SAMPLE_SECRETS)


def is_sample_secret(secret: SecretText) -> bool:
    """Whether the secret is one of the samples, whatever its case and the blanks around it."""
    return secret.reveal().strip().casefold() in _SAMPLES_FOLDED


def weakness(secret: SecretText) -> str | None:
    """Why a secret is too weak, as the end of a sentence about it, or None."""
    text = secret.reveal()
    if not text.strip():
        return "is empty or white space only, which servers take for no secret"
    if is_sample_secret(secret):
        return "is a well-known sample secret"
    if len(text) < MIN_CHARACTERS:
        return f"has fewer than {MIN_CHARACTERS} characters"
    return None


def check_strength(secret: SecretText, *, allow_weak: bool) -> str | None:
    """Refuse a weak secret: RefusedError ``weak_secret``. Where weak ones are allowed, the warning to give instead.

    An empty one, or one of white space only, is refused in any case (``empty_secret``): no server would look at it.
    """
    if not secret.reveal().strip():
        raise RefusedError(
            "empty_secret",
            "the secret is empty or white space only, which servers take for no secret",
            hint="check the file or variable that it comes from",
        )
    why = weakness(secret)
    if why is None:
        return None
    if allow_weak:
        return f"the secret {why}"
    raise RefusedError(
        "weak_secret",
        f"the secret {why}",
        hint="leave the source out to have one generated, or add --allow-weak where nothing real depends on it",
    )


def length_warning(secret: SecretText) -> str | None:
    """A warning where IdentityServer would not accept the secret for its length, raw or form-encoded (100), or None."""
    text = secret.reveal()
    if len(text) > MAX_CHARACTERS:
        return f"the secret has {len(text)} characters, and IdentityServer accepts {MAX_CHARACTERS}"
    # IdentityServer4 holds a Basic header's secret against the limit before it is url-decoded.
    encoded = len(quote_plus(text))
    if encoded > MAX_CHARACTERS:
        return f"the secret has {encoded} characters form-encoded, and IdentityServer accepts {MAX_CHARACTERS}"
    return None
