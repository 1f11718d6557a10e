"""``secret import``: what people have of a key or certificate, made into a secret that the server understands."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from secretctl.crypto.certificate_file import read_certificate, read_public_key
from secretctl.crypto.text_encoding import utf8
from secretctl.crypto.thumbprint import hash_of, read_pasted, thumbprint
from secretctl.delivery import registered_dict
from secretctl.errors import RefusedError, UnavailableError, UsageError
from secretctl.model import (
    JWK,
    X509_CERTIFICATE,
    X509_NAME,
    X509_THUMBPRINT,
    Secret,
    StoredValue,
    instant_or_none,
    instant_text,
)
from secretctl.operations.secrets import append_secret, twin_warning
from secretctl.operations.targets import require_target
from secretctl.operations.validity import Validity
from secretctl.policy import check_expiration, check_type, expiration_of_new_secret

if TYPE_CHECKING:
    from datetime import datetime

    from secretctl.crypto.certificate import Certificate
    from secretctl.crypto.jwk import Jwk
    from secretctl.crypto.thumbprint import ThumbprintName
    from secretctl.model import Target
    from secretctl.policy import Expires
    from secretctl.profiles import Profile
    from secretctl.settings import Policy
    from secretctl.stores import Store

Form = Literal["certificate", "thumbprint", "name", "jwk"]
FORMS: tuple[Form, ...] = ("certificate", "thumbprint", "name", "jwk")

_JSON = re.compile(rb"\s*[\[{]")
_LONGEST_THUMBPRINT = 512  # bytes; with separators, a label and what a dialog adds


@dataclass(frozen=True, slots=True)
class ImportWish:
    """How somebody wants it imported; None leaves it to what the input is, and to the profile."""

    form: Form | None = None
    thumbprint: ThumbprintName | None = None
    expires: Expires | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """A new secret, and what its owner should know. ``certificate_end`` is when the certificate itself ends.

    ``key`` is its key in words (``RSA 2048``), None for a pasted thumbprint. ``target`` is None before it is stored.
    """

    secret: Secret
    key: str | None
    certificate_end: datetime | None
    warnings: tuple[str, ...]
    target: Target | None = None

    def as_dict(self) -> dict[str, object]:
        """The JSON object of ``secret import``."""
        return {
            **registered_dict(self.target, self.secret),
            "certificate_end": instant_or_none(self.certificate_end),
            "key": self.key,
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class _Material:
    """What an input turned into: a stored value of a type, and the certificate that it came from."""

    type: str
    value: str
    key: str | None = None
    certificate: Certificate | None = None
    warnings: tuple[str, ...] = ()


def import_secret(store: Store, target: str, data: bytes, wish: ImportWish, *, now: datetime) -> Imported:
    """Add the key or certificate in an input to a principal's secrets; nothing is replaced.

    Raises what ``read_secret``, ``require_target`` and the store raise.
    """
    settings = store.settings()
    validity = Validity(settings)
    read = read_secret(data, wish, policy=settings.policy, profile=validity.profile, now=now)
    flaw = validity.flaw(read.secret)
    with store.edit() as edit:
        principal = require_target(edit, target)
        warnings = list(read.warnings)
        if flaw is not None:
            warnings.append(f"it will never be accepted: {flaw}")
        if (twin := twin_warning(principal, read.secret, now)) is not None:
            warnings.append(twin)
        secret = append_secret(edit, principal, read.secret)
    return replace(read, secret=secret, warnings=tuple(warnings), target=principal.target)


def read_secret(data: bytes, wish: ImportWish, *, policy: Policy, profile: Profile, now: datetime) -> Imported:
    """The secret in an input, without an id: certificate (PEM, DER, base64, chain), JWK, PEM public key, or a pasted thumbprint.

    A certificate's own end counts where no other is asked for. For thumbprints, names and JWKs of a certificate it becomes
    the secret's expiration, as nothing else of it is kept; for a whole certificate it is in the value.

    Raises UnavailableError (what the input is not), RefusedError (private material, the key policy, the registry's
    policy) and UsageError (``form_misfit``).
    """
    material = _read(data, _form(wish), wish.thumbprint, min_rsa_bits=policy.min_rsa_bits, profile=profile)
    check_type(material.type, policy)
    certificate = material.certificate
    warnings = [*material.warnings]
    end = None if certificate is None else certificate.not_after
    if end is not None and end < now:
        warnings.append(f"the certificate has expired: it ended on {instant_text(end)}")
    elif certificate is not None and certificate.not_before > now:
        warnings.append(f"the certificate is not valid before {instant_text(certificate.not_before)}")
    expiration = _expiration(wish.expires, material, policy=policy, now=now)
    if end is not None and expiration is not None and now <= end < expiration:
        warnings.append(f"the certificate ends before the secret does: on {instant_text(end)}")
    secret = Secret(
        "",
        material.type,
        StoredValue(material.value),
        description=wish.description or None,
        expiration=expiration,
        created=now.replace(microsecond=0),
    )
    return Imported(secret, material.key, end, tuple(warnings))


def _expiration(requested: Expires | None, material: _Material, *, policy: Policy, now: datetime) -> datetime | None:
    if requested is not None or material.certificate is None:
        return expiration_of_new_secret(requested, policy, now)
    end = material.certificate.not_after
    check_expiration(end, policy, start=now)
    if material.type == X509_CERTIFICATE:
        return None
    # An end that has passed is written down only where policy wants one: most servers look at no dates of certificates,
    # and would begin to refuse what they accept.
    return end if end >= now or policy.require_expiration else None


def _form(wish: ImportWish) -> Form | None:
    """What is asked for. ``--thumbprint`` alone asks for one."""
    if wish.thumbprint is None:
        return wish.form
    if wish.form not in {None, "thumbprint"}:
        raise UsageError(
            "form_misfit", f"--thumbprint goes with --as thumbprint, not with --as {wish.form}", hint="leave one out"
        )
    return "thumbprint"


def _read(
    data: bytes, form: Form | None, which: ThumbprintName | None, *, min_rsa_bits: int, profile: Profile
) -> _Material:
    data = utf8(data)
    if _JSON.match(data):
        return _from_jwk(data, form, min_rsa_bits=min_rsa_bits)
    if (spki := read_public_key(data)) is not None:
        return _from_public_key(spki, form, min_rsa_bits=min_rsa_bits)
    if form in {None, "thumbprint"} and (pasted := _pasted(data, which)):
        return pasted
    found = read_certificate(data)
    certificate = found.leaf
    if form == "jwk":
        from secretctl.crypto.jwk import of_key

        key = certificate.public_key(min_rsa_bits=min_rsa_bits)
        return _Material(JWK, of_key(key).stored_value(), key.text, certificate, found.warnings)
    key_text = _key_text(certificate, form, min_rsa_bits=min_rsa_bits)
    if form == "thumbprint":
        value = thumbprint(certificate.der, which or profile.default_thumbprint)
        return _Material(X509_THUMBPRINT, value, key_text, certificate, found.warnings)
    if form == "name":
        return _Material(X509_NAME, _name(certificate, profile), key_text, certificate, found.warnings)
    value = b64encode(certificate.der).decode("ascii")
    return _Material(X509_CERTIFICATE, value, key_text, certificate, found.warnings)


def _from_jwk(data: bytes, form: Form | None, *, min_rsa_bits: int) -> _Material:
    from secretctl.crypto.jwk import parse_jwk_text, read_jwk

    return _jwk(read_jwk(parse_jwk_text(data), min_rsa_bits=min_rsa_bits), form)


def _from_public_key(spki: bytes, form: Form | None, *, min_rsa_bits: int) -> _Material:
    from secretctl.crypto.jwk import of_key
    from secretctl.crypto.public_key import from_spki

    return _jwk(of_key(from_spki(spki, min_rsa_bits=min_rsa_bits)), form)


def _jwk(jwk: Jwk, form: Form | None) -> _Material:
    if form not in {None, "jwk"}:
        raise UsageError("form_misfit", f"a key has no {form}", hint="leave --as out, or hand over the certificate")
    return _Material(JWK, jwk.stored_value(), jwk.key.text)


def _pasted(data: bytes, which: ThumbprintName | None) -> _Material | None:
    """A thumbprint where a certificate might be: nothing else is as short."""
    if len(data) > _LONGEST_THUMBPRINT:
        return None
    pasted = read_pasted(data.decode("utf-8", "replace"))
    if pasted is None:
        return None
    name = hash_of(pasted.hex)
    if which not in {None, name}:
        raise UsageError("form_misfit", f"this thumbprint is {name}, not {which}", hint="leave --thumbprint out")
    warnings = ("separators or invisible characters were taken out of the thumbprint",) if pasted.cleaned else ()
    return _Material(X509_THUMBPRINT, pasted.hex, warnings=warnings)


def _key_text(certificate: Certificate, form: Form | None, *, min_rsa_bits: int) -> str | None:
    """The key in words. Weak keys are refused in every form; one that only TLS knows may still be known by its name."""
    try:
        return certificate.public_key(min_rsa_bits=min_rsa_bits).text
    except RefusedError as exc:
        if form in {"thumbprint", "name"} and exc.code == "key_unsupported":
            return None
        raise


def _name(certificate: Certificate, profile: Profile) -> str:
    spelled = certificate.subject_dotnet if profile.subject_spelling == "dotnet" else certificate.subject
    if not spelled:
        raise UnavailableError(
            "subject_unusable",
            "the certificate has no subject that could be compared",
            hint="import it as a certificate or a thumbprint",
        )
    return spelled
