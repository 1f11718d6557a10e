"""``client_assertion`` in the body: RFC 7523 §2.2 (``JwtBearerClientAssertionSecretParser``, ``ClientAssertionSecretParser``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secretctl.model import Credential, Refusal, SecretText
from secretctl.parsers.text import has_control_characters, is_present, too_long

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        if type_ != ASSERTION_TYPE:
            return Refusal("assertion_type", f"the client_assertion_type is not {ASSERTION_TYPE}", METHOD)
        if too_long(token, profile.max_assertion, profile):
            return Refusal(
                "credential_too_long", f"the assertion is longer than {profile.max_assertion} characters", METHOD
            )
        return _identified(token, form, profile)


def _identified(token: str, form: Mapping[str, str], profile: Profile) -> Credential | Refusal:
    # Not at the top: requests without an assertion do not pay for it.
    from secretctl.crypto.jws import JwsError, parse_assertion, parse_compact

    body_id = form.get("client_id", "") if profile.assertion_client_id == "body_or_iss" else ""
    try:
        claims: Mapping[str, Any] = parse_assertion(token)[1]
    except JwsError as exc:
        return _malformed(parse_compact, token, str(exc), body_id or None)
    id_ = body_id
    if not is_present(body_id):
        claim = "iss" if profile.assertion_client_id == "body_or_iss" else "sub"
        id_ = claims.get(claim, "")
        if not isinstance(id_, str):
            return Refusal("assertion_claims", f"the assertion's {claim} is not a string", METHOD)
        if not is_present(id_):
            reason = "assertion_issuer" if claim == "iss" else "assertion_subject"
            return Refusal(reason, f"the assertion has no {claim}", METHOD)
    if too_long(id_, profile.max_assertion_id, profile):
        return Refusal("credential_too_long", f"the id is longer than {profile.max_assertion_id} characters", METHOD)
    if not profile.control_characters and has_control_characters(id_):
        return Refusal("malformed_credential", "the id holds a control character", METHOD)
    return Credential(METHOD, id_, assertion=SecretText(token))


def _malformed(parse_compact: Any, token: str, why: str, id_: str | None) -> Refusal:
    """Whether the token as such is malformed, or only what it claims."""
    try:
        parse_compact(token)
    except ValueError:
        return Refusal("malformed_credential", f"the assertion is no signed token: {why}", METHOD, id_)
    return Refusal("assertion_claims", f"the assertion's claims cannot be read: {why}", METHOD, id_)
