"""Secret parsers: each finds one kind of credential in a request (``ISecretParser``).

A parser answers with a Credential, with None (nothing of its kind is there), or with a Refusal (something is there, and
it is wrong). Which answer decides when several do is the profile's business, not the parser's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from secretctl.parsers.form import read_form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secretctl.model import Credential, Der, Refusal, Request
    from secretctl.profiles import Profile


class Submission:
    """A request as parsers see it: headers and body taken apart once, for all of them.

    ``authorization`` is the Authorization header, of several what the server would take for it; ``form`` is the decoded
    body, ``certificate`` what TLS presented. Reading ``form`` may raise MalformedForm under a strict profile.
    """

    __slots__ = ("_form", "authorization", "certificate", "profile", "request")

    def __init__(self, request: Request, profile: Profile, certificate: Der | None = None) -> None:
        self.request = request
        self.profile = profile
        self.certificate = certificate
        self.authorization = _one_header(request.authorization, profile)
        self._form: Mapping[str, str] | None = None

    @property
    def form(self) -> Mapping[str, str]:
        """The body's parameters, decoded and with repeats settled as the profile says."""
        if self._form is None:
            self._form = read_form(self.request.form, self.profile)
        return self._form


def _one_header(header: str | tuple[str, ...] | None, profile: Profile) -> str | None:
    if isinstance(header, str):
        return header
    if not header:
        return None
    if not all(isinstance(value, str) for value in header):  # what bytes hold are integers
        raise TypeError("authorization is text, or a tuple of texts: decode its bytes as latin-1")
    # OWIN joins the values of a repeated header as it joins those of a repeated parameter; ASP.NET Core gives the first.
    return ",".join(header) if profile.repeated_parameter == "join" else header[0]


class SecretParser(Protocol):
    """Finds one kind of credential in a request."""

    @property
    def name(self) -> str:
        """What ``[validation] parsers`` calls it."""

    def parse(self, submission: Submission) -> Credential | Refusal | None:
        """The credential, why there is none, or None where the request holds nothing of this kind. Never raises."""


BUILT_IN: dict[str, tuple[str, str]] = {
    "basic": ("secretctl.parsers.basic", "BasicParser"),
    "post_body": ("secretctl.parsers.post_body", "PostBodyParser"),
    "client_assertion": ("secretctl.parsers.client_assertion", "ClientAssertionParser"),
    "mutual_tls": ("secretctl.parsers.mutual_tls", "MutualTlsParser"),
}
"""Name to (module, class); a class is imported when it is used."""
