"""Rules that look at all clients and resources together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.lifetimes import unexpired
from secretctl.operations.lint.finding import Found
from secretctl.policy.identifiers import lookalike_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secretctl.model import Kind, Principal, Secret, Target
    from secretctl.operations.lint.finding import Context

    Draft = tuple[str, Principal, Secret | None, Found]


class Registry:
    """Remembers what it was shown, as far as two principals could have it in common."""

    def __init__(self, context: Context) -> None:
        self._now = context.now
        self._by_look: dict[tuple[Kind, str], list[Principal]] = {}
        self._by_secret: dict[tuple[str, str], list[tuple[Principal, Secret]]] = {}

    def add(self, principal: Principal) -> None:
        """Take one more principal into account."""
        for key in set(lookalike_keys(principal.id)):
            self._by_look.setdefault((principal.kind, key), []).append(principal)
        for secret in unexpired(principal.secrets, self._now):
            self._by_secret.setdefault((secret.type, secret.value), []).append((principal, secret))

    def findings(self) -> Iterator[Draft]:
        """What principals have in common that they should not."""
        yield from self._lookalikes()
        yield from self._shared_secrets()

    def _lookalikes(self) -> Iterator[Draft]:
        seen: set[Target] = set()
        for alike in self._by_look.values():
            first = alike[0]
            for principal in alike[1:]:
                if principal.target not in seen:
                    seen.add(principal.target)
                    yield (
                        "id-lookalike",
                        principal,
                        None,
                        Found(f"the id looks like {first.id!r}, which is another one"),
                    )

    def _shared_secrets(self) -> Iterator[Draft]:
        for owners in self._by_secret.values():
            targets = list(dict.fromkeys(principal.target for principal, _ in owners))
            if len(targets) > 1:
                for principal, secret in owners:
                    others = ", ".join(str(target) for target in targets if target != principal.target)
                    yield "secret-shared", principal, secret, Found(f"{others} has the same secret")
