"""Client assertions: RFC 7523 §3 (IdentityServer's ``PrivateKeyJwtSecretValidator``)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from secretctl.model import Credential, Match, Refusal, Secret
    from secretctl.validators import Context


class PrivateKeyJwtValidator:
    """Verifies an assertion with the registered certificates and JWKs, then everything that it claims."""

    name = "private_key_jwt"

    def validate(self, credential: Credential, secrets: Sequence[Secret], context: Context) -> Match | Refusal | None:
        """The secret whose key signed an assertion that is in order. UnavailableError ``audience_unknown``."""
        return None if credential.assertion is None else _judge()(credential, secrets, context)


@cache
def _judge() -> Callable[[Credential, Sequence[Secret], Context], Match | Refusal]:
    """Loaded with the first assertion: this validator is in force for every request, and most have none."""
    from secretctl.validators.assertion import judge_assertion

    return judge_assertion
