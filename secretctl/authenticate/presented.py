"""What a caller presents outside of a request: a secret that was typed, a certificate that TLS took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.model import Credential, Refusal
from secretctl.parsers.text import is_present, pair_refusal

if TYPE_CHECKING:
    from secretctl.model import Der, SecretText
    from secretctl.profiles import Profile

_METHOD = "client_secret_basic"


def typed_credential(id_: str, secret: SecretText, profile: Profile) -> Credential | Refusal:
    """The credential of somebody who names a principal and presents a secret, under the limits of the profile."""
    text = secret.reveal()
    if not is_present(text):
        return Refusal("no_credential", "the secret is empty", _METHOD, id_)
    return pair_refusal(_METHOD, id_, text, profile) or Credential(_METHOD, id_, secret)


def presented_der(presented: str | bytes | None) -> Der | Refusal | None:
    """The DER of a certificate that TLS presented (DER, PEM or base64), or why it cannot be read."""
    if presented is None:
        return None
    from secretctl.crypto.certificate import presented_certificate
    from secretctl.errors import SecretctlError

    try:
        return presented_certificate(presented)
    except SecretctlError as exc:
        return Refusal("malformed_credential", f"the TLS certificate cannot be read: {exc.message}", "tls_client_auth")
