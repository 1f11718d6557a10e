"""The guard against losing the last usable secret: what is usable, and what would be left."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from secretctl.errors import RefusedError
from secretctl.lifetimes import unexpired
from secretctl.model import SHARED_SECRET, X509_CERTIFICATE, Secret, StoredValue
from secretctl.operations.validity import certificate_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from secretctl.model import Principal
    from secretctl.operations.validity import Validity

RESOLUTION = timedelta(microseconds=1)
"""The next instant there is: a secret is valid up to and including its expiration, and ends after it."""
_ANY_HASH = Secret("", SHARED_SECRET, StoredValue("A" * 43 + "="))


def usable_secrets(secrets: Sequence[Secret], validity: Validity, now: datetime) -> list[Secret]:
    """The secrets that the server would accept a credential by: unexpired, able to match, and reached by it."""
    living = unexpired(secrets, now)
    unreached = validity.out_of_reach(living)
    return [
        secret
        for index, secret in enumerate(living)
        if index not in unreached and validity.flaw(secret) is None and not _certificate_ended(secret, validity, now)
    ]


def poison_before_new(secrets: Sequence[Secret], validity: Validity, now: datetime) -> str | None:
    """The id of an invalid secret that would keep the server from a shared secret added at the end; else None."""
    listed = [*unexpired(secrets, now), _ANY_HASH]
    return validity.out_of_reach(listed).get(len(listed) - 1)


def refuse_lockout(before: Principal, after: Principal, validity: Validity, now: datetime) -> None:
    """RefusedError ``last_usable_secret`` where an enabled principal that has a usable secret would have none after now."""
    if (
        before.enabled
        and usable_secrets(before.secrets, validity, now)
        and not usable_secrets(after.secrets, validity, now + RESOLUTION)
    ):
        raise RefusedError(
            "last_usable_secret",
            f"{before.target} would be left without a usable secret",
            hint=f"give it another one first (`secretctl secret add {before.target.shell_word}`), or use --force",
        )


def _certificate_ended(secret: Secret, validity: Validity, now: datetime) -> bool:
    """Whether a registered certificate is past its own end, where the profile's server looks at that."""
    if secret.type != X509_CERTIFICATE or not validity.profile.certificate_dates:
        return False
    certificate = certificate_of(secret)
    return certificate is None or certificate.not_after < now  # what cannot be read is not counted on
