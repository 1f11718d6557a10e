"""An edit of a registry file in memory, and the text that it makes of the old one."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from secretctl.errors import ConflictError, NotFoundError, UnavailableError
from secretctl.model import KINDS, Target
from secretctl.stores.toml.document import GROUPS, KEY_ORDER, principal_table, principal_tables, read_principal
from secretctl.stores.toml.values import check_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from secretctl.model import Kind, Principal
    from secretctl.stores.toml.layout import Layout
    from secretctl.stores.toml.values import Data


class Source:
    """One state of a registry file: its bytes, the parser's tables (never changed), and what mode the file has."""

    def __init__(self, data: bytes, raw: Data, mode: int) -> None:
        self.data = data
        self.raw = raw
        self.mode = mode

    @property
    def text(self) -> str:
        """The bytes as text, with the line ends that they have."""
        return self.data.decode()

    @cached_property
    def layout(self) -> Layout:
        """Where its tables stand. RecursionError where they are nested more deeply than Python's stack."""
        from secretctl.stores.toml.layout import Layout

        return Layout(self.text + "\n")


class TomlEdit:
    """``secretctl.stores.Edit`` over the tables of a registry file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._tables: dict[Kind, Data] = {kind: dict(principal_tables(source.raw, kind)) for kind in KINDS}
        self._origins: dict[Target, str | None] = {}  # the old id of what was renamed; None for what was added

    def find(self, kind: Kind, id: str) -> Principal | None:
        """The principal as it is so far."""
        table = self._tables[kind].get(id)
        return None if table is None else read_principal(kind, id, table)

    def principals(self, kind: Kind | None = None) -> Iterator[Principal]:
        """All principals as they are so far."""
        for each in KINDS if kind is None else (kind,):
            for id, table in list(self._tables[each].items()):
                yield read_principal(each, id, table)

    def add(self, principal: Principal) -> Principal:
        """A new principal behind the others of its kind."""
        self._refuse_existing(principal.kind, principal.id)
        return self._store(principal, None)

    def names(self, kind: Kind) -> Iterator[tuple[str, str | None]]:
        """Ids and labels, in the order of the file."""
        return ((principal.id, principal.label) for principal in self.principals(kind))

    def fitted(self, principal: Principal) -> tuple[Principal, tuple[str, ...]]:
        """The principal itself: a file has a place for everything."""
        return principal, ()

    def add_all(self, principals: Sequence[Principal]) -> Sequence[Principal]:
        """New principals behind the others of their kinds."""
        return [self.add(principal) for principal in principals]

    def replace_all(self, principals: Sequence[Principal]) -> Sequence[Principal]:
        """Change what differs in each of them."""
        return [self.replace(principal) for principal in principals]

    def replace(self, principal: Principal) -> Principal:
        """Change what differs."""
        return self._store(principal, self._existing(principal.kind, principal.id))

    def rename(self, kind: Kind, id: str, new_id: str) -> None:
        """Give a principal another id, at its place."""
        self._existing(kind, id)
        if new_id == id:
            return
        self._refuse_existing(kind, new_id)
        check_text("id", new_id)
        self._tables[kind] = {new_id if key == id else key: table for key, table in self._tables[kind].items()}
        self._origins[Target(kind, new_id)] = self._origins.pop(Target(kind, id), id)

    def remove(self, kind: Kind, id: str) -> None:
        """Delete a principal."""
        self._existing(kind, id)
        del self._tables[kind][id]
        # Should one of the same id be added later in this edit, it is another one.
        self._origins[Target(kind, id)] = None

    def result(self, parse: Callable[[str], Data]) -> tuple[str, Data] | None:
        """The new text and its tables, parsed from it and found equal to what was intended; None where nothing changed.

        Tries to change the least first; layouts that do not take that have the changed principals written anew.
        Raises UnavailableError ``registry_layout`` where that does not do either: then nothing must be written.
        """
        changes = [change for kind in KINDS for change in self._changes(kind)]
        if not changes:
            return None
        from secretctl.stores.toml.compare import same

        intended = _without_empty_groups({**self._source.raw, **{GROUPS[kind]: self._tables[kind] for kind in KINDS}})
        for anew in (False, True):
            try:
                text = self._text(changes, anew=anew)
                raw = parse(text)
                if same(_without_empty_groups(raw), intended):
                    return text, raw
            except (UnavailableError, RecursionError):
                continue
        raise UnavailableError(
            "registry_layout",
            "the change does not fit into the layout of the file; nothing was written",
            hint="write the principal's tables in the plain form: [clients.ID] and [[clients.ID.secrets]]",
        )

    def _changes(self, kind: Kind) -> Iterator[tuple[Kind, str | None, str | None]]:
        """What differs: old id and new id of each principal that does; None where it was not, or is no more."""
        old, new = principal_tables(self._source.raw, kind), self._tables[kind]
        stays = set()
        for id, table in new.items():
            origin = self._origins.get(Target(kind, id), id)
            stays.add(origin)
            if origin != id or table is not old.get(id):
                yield kind, origin, id
        for id in old:
            if id not in stays:
                yield kind, id, None

    def _text(self, changes: list[tuple[Kind, str | None, str | None]], *, anew: bool) -> str:
        from secretctl.stores.toml.scan import Value
        from secretctl.stores.toml.text import Splice

        splice = Splice(self._source.text, order=KEY_ORDER)
        additions: list[tuple[tuple[str, str], Data]] = []
        for kind in KINDS:
            name, old, new = GROUPS[kind], principal_tables(self._source.raw, kind), self._tables[kind]
            mine = [change[1:] for change in changes if change[0] == kind]
            group = splice.layout.table(name)
            if mine and group is not None and isinstance(group.home, Value):
                names = {origin: id for origin, id in mine if origin is not None and origin != id}
                splice.change(group, old, new, names=names)
                continue
            for origin, id in mine:
                table = None if origin is None else splice.layout.table(name, origin)
                if id is not None and (table is None or anew):
                    additions.append(((name, id), new[id]))
                if table is None or origin is None:
                    continue
                if id is None or anew:
                    splice.remove(table)
                    continue
                if id != origin:
                    splice.rename(table, id)
                splice.change(table, old[origin], new[id])
        for path, data in additions:
            splice.add(path, data)
        return splice.text()

    def _store(self, principal: Principal, old: Data | None) -> Principal:
        check_text("id", principal.id)
        table = principal_table(principal, old)
        if old is None:
            self._origins[principal.target] = None
        self._tables[principal.kind][principal.id] = table
        return read_principal(principal.kind, principal.id, table)

    def _existing(self, kind: Kind, id: str) -> Data:
        table: Data | None = self._tables[kind].get(id)
        if table is None:
            hint = f"`secretctl {kind} list` shows those that there are"
            raise NotFoundError("principal_not_found", f"there is no {kind} {id!r}", hint=hint)
        return table

    def _refuse_existing(self, kind: Kind, id: str) -> None:
        if id in self._tables[kind]:
            raise ConflictError("exists", f"{Target(kind, id)} exists already", hint="choose another id")


def _without_empty_groups(raw: Data) -> Data:
    return {key: value for key, value in raw.items() if key not in GROUPS.values() or value}
