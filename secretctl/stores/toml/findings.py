"""What ``lint`` should say of a registry file's tables themselves, whatever they stand for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from secretctl.stores.toml.document import GROUPS, PRINCIPAL_KEYS, SECRET_KEYS, principal_tables
from secretctl.stores.toml.settings import SETTINGS_KEYS
from secretctl.stores.toml.values import spelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from secretctl.stores.toml.values import Data, Keys


def findings(raw: Data) -> Iterator[tuple[str, str, Keys]]:
    """What ``lint`` should say of the tables themselves: rule, message, and the keys that lead there.

    ``key-unknown``: nothing reads it. ``expiration-local-time``: a time without an offset, which is taken as UTC.
    Principals that are not of the right types are for ``read_principal`` to refuse; they are passed over.
    """
    yield from _unknown(raw, ("schema", "name", *SETTINGS_KEYS, *GROUPS.values()), ())
    for name, known in SETTINGS_KEYS.items():
        yield from _unknown(raw.get(name), known, (name,))
    for kind, group in GROUPS.items():
        for id, table in principal_tables(raw, kind).items():
            yield from _unknown(table, (*PRINCIPAL_KEYS[kind], "secrets"), (group, id))
            rows = table.get("secrets", ()) if isinstance(table, dict) else ()
            for index, row in enumerate(rows if isinstance(rows, list) else ()):
                keys = (group, id, "secrets", index)
                yield from _unknown(row, SECRET_KEYS, keys)
                for key in ("created", "expiration"):
                    if isinstance(row, dict) and _is_local(row.get(key)):
                        yield "expiration-local-time", f"{key} has no offset and is taken as UTC", (*keys, key)


def _unknown(table: Any, known: Sequence[str], keys: Keys) -> Iterator[tuple[str, str, Keys]]:
    if not isinstance(table, dict) or table.keys() <= set(known):
        return
    from difflib import get_close_matches

    for key in table:
        if key not in known:
            meant = get_close_matches(key, known, 1)
            question = f"; did you mean {meant[0]}?" if meant else ""
            yield "key-unknown", f"nothing reads the key {spelled((*keys, key))}{question}", (*keys, key)


def _is_local(value: object) -> bool:
    if isinstance(value, str):
        return len(value) > len("2026-12-31") and value[-1] not in "Zz" and value[-6] not in "+-"
    return isinstance(value, datetime) and value.tzinfo is None
