"""Other programs' formats: one codec a module, found by the format's name.

A codec reads text into principals or writes principals as text. What a format cannot hold, or a registry does not
keep, comes back as Losses: nothing is dropped silently.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol, cast

from secretctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from secretctl.model import Principal, SecretText, StoredValue, Target

    HashPlaintext = Callable[[Target, SecretText], StoredValue]

Values = Literal["hashed", "plaintext"]
"""What the shared secrets of an import are, where someone said so."""

_IMPORTERS = {
    "identityserver": "secretctl.interchange.identityserver",
    "rfc7591": "secretctl.interchange.rfc7591",
    "hydra": "secretctl.interchange.hydra",
    "keycloak": "secretctl.interchange.keycloak",
}
_EXPORTERS = {**_IMPORTERS, "csv": "secretctl.interchange.csv_table"}

IMPORT_FORMATS: tuple[str, ...] = tuple(_IMPORTERS)
EXPORT_FORMATS: tuple[str, ...] = tuple(_EXPORTERS)
"""Formats with a codec. SQL scripts take a schema and a dialect, and have a function of their own."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that did not make it across.

    ``subject`` is whose it was: a target such as ``client/web``, or a place in the input where there is no target.
    ``field`` is the name of what was lost, as the side that held it spells it; ``reason`` says why, the same text for
    the same cause, so that equal ones can be told together. ``secret_id`` names the secret it was part of, if any.
    """

    subject: str
    field: str
    reason: str
    secret_id: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A principal that an import holds. Its secrets have no ids yet.

    ``states`` names the fields that the source speaks of; the others have their defaults, and say nothing.
    """

    principal: Principal
    states: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import holds: stored values only, plaintext was hashed. ``notes`` are sentences for people."""

    found: tuple[Found, ...]
    losses: tuple[Loss, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exported:
    """The text of an export, ending in a line end, and what its format could not hold."""

    text: str
    losses: tuple[Loss, ...] = ()


class Importer(Protocol):
    """Reads one format."""

    def parse(self, text: str, *, values: Values | None, hash_plaintext: HashPlaintext) -> Imported:
        """The principals in ``text``.

        ``hash_plaintext`` makes the stored value of a plaintext found for a target; it is called once for each.
        Raises UnavailableError where the text is not the format, UsageError ``values_ambiguous`` where ``values`` is
        needed. No message quotes a value.
        """


class Exporter(Protocol):
    """Writes one format."""

    def dump(self, principals: Iterable[Principal], *, now: datetime) -> Exported:
        """The principals as text. ``now`` decides which secrets are usable, where a format holds only those."""


def without_private_keys(principals: Iterable[Principal], losses: list[Loss]) -> Iterator[Principal]:
    """The principals for an export, without secrets that hold a private key, which become losses.

    Such a one stands in a hand-written file at worst; it goes nowhere else.
    """
    from secretctl.crypto.private_material import holds_private_key
    from secretctl.interchange.jwks import PRIVATE

    for principal in principals:
        private = [secret for secret in principal.secrets if holds_private_key(secret.value)]
        losses.extend(Loss(str(principal.target), "secret", PRIVATE, secret.id) for secret in private)
        public = tuple(secret for secret in principal.secrets if secret not in private) if private else ()
        yield replace(principal, secrets=public) if private else principal


def find_importer(name: str) -> Importer:
    """The reader of a format; UsageError ``format_unknown``."""
    return cast("Importer", _load(_IMPORTERS, name, "import"))


def find_exporter(name: str) -> Exporter:
    """The writer of a format; UsageError ``format_unknown``."""
    return cast("Exporter", _load(_EXPORTERS, name, "export", "sql"))


def _load(table: dict[str, str], name: str, verb: str, *others: str) -> object:
    module = table.get(name)
    if module is None:
        raise UsageError(
            "format_unknown", f"there is no {verb} format {name!a}", hint=f"use one of {', '.join((*table, *others))}"
        )
    return import_module(module)
