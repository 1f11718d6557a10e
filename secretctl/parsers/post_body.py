"""``client_id`` and ``client_secret`` in the body: RFC 6749 §2.3.1 (IdentityServer's ``PostBodySecretParser``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.model import Credential, Refusal, SecretText
from secretctl.parsers.text import is_present, pair_refusal

if TYPE_CHECKING:
    from secretctl.parsers import Submission

METHOD = "client_secret_post"


class PostBodyParser:
    """Reads ``client_id`` and ``client_secret`` of a form."""

    name = "post_body"

    def parse(self, submission: Submission) -> Credential | Refusal | None:
        """The id and the secret; a ``client_id`` alone is a credential with the method ``none``."""
        form, profile = submission.form, submission.profile
        id_, secret = form.get("client_id", ""), form.get("client_secret", "")
        has_secret = is_present(secret)
        if not is_present(id_):
            if has_secret and profile.several_credentials == "refuse":
                return Refusal("malformed_credential", "the body has a client_secret but no client_id", METHOD)
            return None
        refusal = pair_refusal(METHOD, id_, secret, profile)
        if refusal is not None:
            return refusal
        if has_secret:
            return Credential(METHOD, id_, SecretText(secret))
        if profile.empty_secret == "no_credential":
            # Other parsers read the same client_id, so nothing is amiss yet.
            return None
        return Credential("none", id_)
