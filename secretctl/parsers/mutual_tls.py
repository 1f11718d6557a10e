"""TLS client certificates: RFC 8705 §2 (``MutualTlsSecretParser``, ``X509CertificateSecretParser`` of IdentityServer3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.model import Credential
from secretctl.parsers.text import id_refusal, is_present

if TYPE_CHECKING:
    from secretctl.model import Refusal
    from secretctl.parsers import Submission

METHOD = "tls_client_auth"


class MutualTlsParser:
    """Puts the certificate that TLS presented together with the ``client_id`` of the body."""

    name = "mutual_tls"

    def parse(self, submission: Submission) -> Credential | Refusal | None:
        """The certificate under the body's ``client_id``; without either there is nothing to authenticate with.

        A certificate beside another credential only binds the token to it (RFC 8705 §3), so it is no fault when the body
        names nobody.
        """
        if submission.certificate is None:
            return None
        id_, profile = submission.form.get("client_id", ""), submission.profile
        if not is_present(id_):
            return None
        return id_refusal(METHOD, id_, profile) or Credential(METHOD, id_, certificate=submission.certificate)
