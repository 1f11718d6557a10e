"""Several parsers, one request: which credential counts (IdentityServer's ``SecretParser``; RFC 6749 §2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.model import Refusal
from secretctl.parsers.form import MalformedForm, named_client
from secretctl.parsers.text import is_present

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secretctl.model import Credential
    from secretctl.parsers import SecretParser, Submission

_OTHER_SCHEMES = frozenset({"bearer", "digest", "dpop", "negotiate", "ntlm", "token", "apikey"})
_SEVERAL = Refusal("multiple_credentials", "the request authenticates in more than one way (RFC 6749 §2.3)")


def one_credential(submission: Submission, parsers: Sequence[SecretParser]) -> Credential | Refusal:
    """What the parsers find, as the profile settles it."""
    if submission.profile.several_credentials != "refuse":
        return _first(submission, parsers)
    try:
        return _only(submission, parsers)
    except MalformedForm as exc:
        return Refusal("malformed_credential", str(exc), id=named_client(submission.request.form))


def _first(submission: Submission, parsers: Sequence[SecretParser]) -> Credential | Refusal:
    """The first credential that has a secret, or just the first; what is malformed counts as not there."""
    best: Credential | None = None
    problem: Refusal | None = None
    for parser in parsers:
        found = parser.parse(submission)
        if isinstance(found, Refusal):
            problem = problem or found
        elif found is not None:
            best = found
            if found.method != "none" or submission.profile.several_credentials == "first_parser":
                break
    if best is not None and best.method == "none":
        # An id lets a public client in. Nobody else, and then what is malformed is the reason.
        return best._replace(problem=problem)
    return best or problem or _nothing(submission)


def _only(submission: Submission, parsers: Sequence[SecretParser]) -> Credential | Refusal:
    """The one credential of a request; anything malformed or beside it is refused."""
    headers = submission.request.authorization
    if not isinstance(headers, str) and headers is not None and len(headers) > 1:
        return _SEVERAL
    found: list[Credential] = []
    identified: Credential | None = None
    for parser in parsers:
        result = parser.parse(submission)
        if isinstance(result, Refusal):
            # Something malformed beside a credential is one too many already.
            return _SEVERAL if any(credential.certificate is None for credential in found) else result
        if result is None:
            continue
        if parser.name == "post_body" and result.method == "none":
            identified = result  # a client_id alone says who is there, and authenticates nobody
        else:
            found.append(result)
    if len(found) > 1:
        # A TLS certificate beside another credential only binds the token to it (RFC 8705 §3).
        found = [credential for credential in found if credential.certificate is None]
    if len(found) > 1:
        return _SEVERAL
    credential = found[0] if found else identified
    return _nothing(submission) if credential is None else _agreeing(credential, submission)


def _nothing(submission: Submission) -> Refusal:
    """Why there is no credential, as far as that can be said without repeating what may be a secret without its scheme."""
    said, header = "the request holds no credential", submission.authorization
    if header:
        scheme = header.partition(" ")[0]
        known = f"is {scheme}, which is not Basic" if scheme.lower() in _OTHER_SCHEMES else "is not of the scheme Basic"
        said += f"; its Authorization header {known}"
    if submission.request.form:
        said += "; its body has no client_id with client_secret or client_assertion"
    return Refusal("no_credential", said)


def _agreeing(credential: Credential, submission: Submission) -> Credential | Refusal:
    """The credential, unless the body's client_id names somebody else (RFC 7521 §4.2)."""
    body_id = submission.form.get("client_id")
    if is_present(body_id) and body_id != credential.id:
        return Refusal(
            "malformed_credential",
            "the client_id in the body is not the one that the credential names",
            credential.method,
            credential.id,
        )
    return credential
