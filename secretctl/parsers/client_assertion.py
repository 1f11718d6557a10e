"""``client_assertion`` in the body: RFC 7523 §2.2 (``JwtBearerClientAssertionSecretParser``, ``ClientAssertionSecretParser``)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from secretctl.model import Credential, Refusal, SecretText
from secretctl.parsers.text import id_refusal, is_present, too_long

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from secretctl.parsers import Submission
    from secretctl.profiles import Profile

METHOD = "private_key_jwt"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class ClientAssertionParser:
    """Reads ``client_assertion`` and asks it who sent it; nothing in it is verified here."""

    name = "client_assertion"

    def parse(self, submission: Submission) -> Credential | Refusal | None:
        """The assertion under the id that the profile's server takes from it."""
        form, profile = submission.form, submission.profile
        token, type_ = form.get("client_assertion", ""), form.get("client_assertion_type")
        if not is_present(token):
            if is_present(type_) and profile.several_credentials == "refuse":
                return Refusal("malformed_credential", "the body has a client_assertion_type alone", METHOD)
            return None
        body_id = form.get("client_id", "") if profile.assertion_client_id == "body_or_iss" else ""
        found = assertion_credential(token, profile, body_id=body_id)
        if type_ != ASSERTION_TYPE:
            return Refusal("assertion_type", f"the client_assertion_type is not {ASSERTION_TYPE}", METHOD, found.id)
        return found


def assertion_credential(token: str, profile: Profile, *, body_id: str = "") -> Credential | Refusal:
    """An assertion under the id that it names, or under ``body_id`` where the body names one and its word counts."""
    if too_long(token, profile.max_assertion, profile):
        return Refusal(
            "credential_too_long", f"the assertion is longer than {profile.max_assertion} characters", METHOD
        )
    parse, refusal = _jws()
    try:
        claims = parse(token)[1]
    except refusal as exc:
        return _malformed(token, str(exc), body_id or None)
    id_: Any = body_id
    if not is_present(body_id):
        claim = "sub" if profile.assertion_client_id == "sub" else "iss"
        id_ = claims.get(claim, "")
        if not isinstance(id_, str):
            return Refusal("assertion_claims", f"the assertion's {claim} is not a string", METHOD)
        if not is_present(id_):
            reason = "assertion_issuer" if claim == "iss" else "assertion_subject"
            return Refusal(reason, f"the assertion has no {claim}", METHOD)
    return id_refusal(METHOD, id_, profile) or Credential(METHOD, id_, assertion=SecretText(token))


@cache
def _jws() -> tuple[Callable[[str], tuple[object, Mapping[str, Any]]], type[ValueError]]:
    """Loaded with the first assertion: this parser is in force for every request, and most have none."""
    from secretctl.crypto.jws import JwsError, parse_assertion

    return parse_assertion, JwsError


def _malformed(token: str, why: str, id_: str | None) -> Refusal:
    """Whether the token as such is malformed, or only what it claims."""
    from secretctl.crypto.jws import JwsError, parse_compact

    try:
        parse_compact(token)
    except JwsError:
        return Refusal("malformed_credential", f"the assertion is no signed token: {why}", METHOD, id_)
    return Refusal("assertion_claims", f"the assertion's claims cannot be read: {why}", METHOD, id_)
