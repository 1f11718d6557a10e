"""Secret validators: each holds one kind of credential against stored secrets (``ISecretValidator``).

They fail closed: what a validator does not understand is no match, with a reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from secretctl.model import Credential, Kind, Match, Refusal, Secret
    from secretctl.profiles import Profile


class Context:
    """What a validator may know beside the credential: the time, the profile, and what the registry demands.

    ``kind`` is the name space in which the credential's id was looked up. ``expired`` are the principal's expired secrets,
    so that a refusal can say that one of them would have matched. ``audiences`` is None where the caller left it to the
    profile; ``trust`` is the path of a CA bundle. A validator adds sentences for people to ``warnings``; they never change
    the answer.
    """

    __slots__ = (
        "algorithms",
        "audiences",
        "expired",
        "issuer",
        "kind",
        "min_rsa_bits",
        "now",
        "profile",
        "replay_cache",
        "require_typ",
        "token_endpoint",
        "trust",
        "warnings",
    )

    def __init__(
        self,
        profile: Profile,
        now: datetime,
        *,
        kind: Kind = "client",
        issuer: str | None = None,
        token_endpoint: str | None = None,
        audiences: tuple[str, ...] | None = None,
        algorithms: tuple[str, ...] | None = None,
        require_typ: bool = False,
        trust: str | None = None,
        replay_cache: str | None = None,
        min_rsa_bits: int = 2048,
    ) -> None:
        self.profile = profile
        self.now = now
        self.kind = kind
        self.issuer = issuer
        self.token_endpoint = token_endpoint
        self.audiences = audiences
        self.algorithms = algorithms
        self.require_typ = require_typ
        self.trust = trust
        self.replay_cache = replay_cache
        self.min_rsa_bits = min_rsa_bits
        self.warnings: list[str] = []
        self.expired: Sequence[Secret] = ()


class SecretValidator(Protocol):
    """Holds one kind of credential against secrets."""

    @property
    def name(self) -> str:
        """What ``[validation] validators`` calls it."""

    def validate(self, credential: Credential, secrets: Sequence[Secret], context: Context) -> Match | Refusal | None:
        """The secret that matches, why none does, or None where this validator knows nothing of such a credential.

        ``secrets`` are the principal's unexpired ones, of every type, in their order. Raises UnavailableError only where
        the question cannot be decided.
        """


BUILT_IN: dict[str, tuple[str, str]] = {
    "shared_secret": ("secretctl.validators.shared_secret", "SharedSecretValidator"),
    "x509_thumbprint": ("secretctl.validators.x509", "ThumbprintValidator"),
    "x509_name": ("secretctl.validators.x509", "NameValidator"),
    "private_key_jwt": ("secretctl.validators.private_key_jwt", "PrivateKeyJwtValidator"),
}
"""Name to (module, class); a class is imported when it is used."""
