"""What ``client …`` and ``resource …`` do, for either kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secretctl.cli import inputs, options
from secretctl.cli.output import emit, emit_json, note, page, warn
from secretctl.errors import UsageError
from secretctl.model import SHARED_SECRET
from secretctl.operations import principals as operations

if TYPE_CHECKING:
    from secretctl.model import Kind
    from secretctl.operations.principals import Kept
    from secretctl.stores import Store


@dataclass(frozen=True, slots=True)
class Fields:
    """The options that describe a principal; None and False where an option was not given."""

    name: str | None = None
    description: str | None = None
    owner: str | None = None
    tag: list[str] | None = None
    scope: list[str] | None = None
    grant_type: list[str] | None = None
    public: bool = False
    disabled: bool = False
    clear: tuple[str, ...] = ()

    def of(self, kind: Kind) -> dict[str, object]:
        """The fields of the model that are to change, with their values. UsageError where --clear contradicts."""
        texts = {"name" if kind == "client" else "display_name": self.name, "description": self.description}
        texts["owner"] = self.owner
        lists = {"tags": self.tag, "scopes": self.scope, "grant_types": self.grant_type}
        fields: dict[str, object] = {key: text or None for key, text in texts.items() if text is not None}
        fields |= {key: tuple(dict.fromkeys(values)) for key, values in lists.items() if values}
        if self.public:
            fields["require_secret"] = False
        if self.disabled:
            fields["enabled"] = False
        cleared = operations.cleared_fields(kind, self.clear)
        if both := fields.keys() & cleared.keys():
            raise UsageError(
                "set_and_cleared", f"{min(both)} is to be set and cleared at once", hint="leave one of the two out"
            )
        return fields | cleared


def add(kind: Kind, id: str, wanted: Fields, store: Store, *, json: bool) -> None:
    """``client add``."""
    _report(
        operations.add_principal(store, operations.new_principal(kind, id, wanted.of(kind))), "added", store, json=json
    )


def list_(kind: Kind, owner: str | None, tag: str | None, store: Store, *, json: bool) -> None:
    """``client list``."""
    judged = list(operations.list_principals(store, kind, now=options.clock(), owner=owner, tag=tag))
    if json:
        emit_json([one.as_row() for one in judged])
        return
    from secretctl.render.principal_text import principal_table

    emit(principal_table(judged, page()))
    if not judged:
        note(f"there is no {kind}" if owner is None and tag is None else f"there is no such {kind}")


def show(kind: Kind, id: str, store: Store, *, values: bool, json: bool) -> None:
    """``client show``."""
    judged = operations.show_principal(store, kind, id, now=options.clock())
    if json:
        emit_json(judged.as_dict(values=values))
        return
    from secretctl.render.principal_text import principal_text

    emit(principal_text(judged, page(), values=values))


def set_(kind: Kind, id: str, wanted: Fields, store: Store, *, json: bool) -> None:
    """``client set``."""
    fields = wanted.of(kind)
    if not fields:
        raise UsageError("nothing_to_set", "there is nothing to change", hint="name a field, or --clear KEY")
    _report(operations.change_principal(store, kind, id, fields), "changed", store, json=json)


def enable(kind: Kind, id: str, store: Store, *, json: bool) -> None:
    """``client enable``."""
    _report(operations.change_principal(store, kind, id, {"enabled": True}), "enabled", store, json=json)


def disable(kind: Kind, id: str, store: Store, *, json: bool) -> None:
    """``client disable``."""
    _report(operations.change_principal(store, kind, id, {"enabled": False}), "disabled", store, json=json)


def rename(kind: Kind, id: str, new_id: str, store: Store, *, json: bool) -> None:
    """``client rename``."""
    kept = operations.rename_principal(store, kind, id, new_id)
    if id != new_id and any(secret.type == SHARED_SECRET for secret in kept.principal.secrets):
        # Whose keyring it is in, and whether in any, is not known here.
        note(f"what keyrings hold stays under {kind}/{id}; `secretctl rotate --keyring` puts new secrets there")
    _report(kept, f"renamed, it was {kind}/{id}", store, json=json)


def remove(kind: Kind, id: str, store: Store, *, yes: bool, json: bool) -> None:
    """``client remove``, after a yes."""
    judged = operations.show_principal(store, kind, id, now=options.clock())
    count = len(judged.principal.secrets)
    inputs.confirmed(f"Remove {judged.principal.target} with its {count} secret{'' if count == 1 else 's'}?", yes=yes)
    operations.remove_principal(store, kind, id)
    note(f"{judged.principal.target} removed")
    if json:
        emit_json(judged.as_dict())


def _report(kept: Kept, what: str, store: Store, *, json: bool) -> None:
    warn(*kept.warnings)
    note(f"{kept.principal.target} {what}")
    if json:
        emit_json(operations.judge(store, kept.principal, now=options.clock()).as_dict())
