"""HTTP Basic authentication: RFC 6749 §2.3.1 over RFC 7617 (IdentityServer's ``BasicAuthenticationSecretParser``)."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from typing import TYPE_CHECKING

from secretctl.crypto import dotnet_base64
from secretctl.model import Credential, Refusal, SecretText
from secretctl.parsers.text import is_present, pair_refusal, urldecode_lenient, urldecode_strict

if TYPE_CHECKING:
    from collections.abc import Callable

    from secretctl.parsers import Submission
    from secretctl.profiles import Profile

METHOD = "client_secret_basic"


class BasicParser:
    """Reads ``Authorization: Basic base64(id:secret)``."""

    name = "basic"

    def parse(self, submission: Submission) -> Credential | Refusal | None:
        """The id and the secret, decoded as the profile's server decodes them."""
        header, profile = submission.authorization, submission.profile
        if header is None or header[:5].lower() != "basic" or header[5:6] not in {" ", ""}:
            return None
        if profile.max_basic_header is not None and len(header) > profile.max_basic_header:
            return Refusal("credential_too_long", "the Authorization header is longer than the server reads", METHOD)
        pair = _decode(header[6:], profile)
        if pair is None:
            return Refusal("malformed_credential", _NOT_BASE64[profile.basic_base64], METHOD)
        id_, colon, secret = pair.partition(":")
        if not colon:
            return Refusal("malformed_credential", "the decoded header has no colon between id and secret", METHOD)
        return self._credential(id_, secret, profile)

    def _credential(self, id_: str, secret: str, profile: Profile) -> Credential | Refusal:
        decode = _DECODERS[profile.basic_urldecoding]
        decoded_id, decoded_secret = decode(id_), decode(secret)
        if decoded_id is None or decoded_secret is None:
            return Refusal(
                "malformed_credential", "id or secret holds a percent escape that is not valid", METHOD, decoded_id
            )
        # IdentityServer4 asks whether they are there, and how long they are, before it decodes them: %20 counts as present.
        if profile.basic_lengths == "decoded":
            id_, secret = decoded_id, decoded_secret
        if not is_present(id_):
            return Refusal("malformed_credential", "the id is empty", METHOD)
        refusal = pair_refusal(METHOD, id_, secret, profile)
        if refusal is not None:
            return refusal._replace(id=decoded_id)
        if is_present(secret):
            return Credential(METHOD, decoded_id, SecretText(decoded_secret))
        if profile.empty_secret == "no_credential":
            return Refusal("no_credential", "the secret is empty")
        return Credential("none", decoded_id)


_DECODERS: dict[str, Callable[[str], str | None]] = {
    "strict": urldecode_strict,
    "lenient": urldecode_lenient,
    "none": str,
}
_NOT_BASE64 = {
    "canonical": "the header is not canonical base64 of UTF-8 text",
    "white_space": "the header is not base64",
}


def _decode(encoded: str, profile: Profile) -> str | None:
    """The text that the base64 stands for, or None."""
    try:
        if profile.basic_base64 == "canonical":
            encoded = encoded.strip(" ")
            raw = a2b_base64(encoded)
            return raw.decode("utf-8") if b2a_base64(raw, newline=False) == encoded.encode() else None
        return dotnet_base64.decode(encoded).decode("utf-8", "replace")  # as Encoding.UTF8 does
    except ValueError:
        return None
