"""Changes of TOML text that leave everything else as it is, byte for byte.

The changed tables are given before and after; what differs is written over the exact spans of the old spelling. Whoever
uses this parses the result and compares it with what was intended: layouts are many, and none may be taken on trust.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secretctl.stores.toml.compare import aligned, same
from secretctl.stores.toml.inline import InlineSplice
from secretctl.stores.toml.layout import Table
from secretctl.stores.toml.render import block, is_tables, key_text, statement
from secretctl.stores.toml.scan import Entry, Section, Value
from secretctl.stores.toml.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from secretctl.stores.toml.layout import Node

Data = dict[str, Any]


class Splice:
    """Collects changes to one text; ``text()`` makes them all.

    ``order`` ranks the keys: a new key goes behind the last one that ranks before it, keys without a rank go last.
    """

    def __init__(self, text: str, *, order: Sequence[str] = ()) -> None:
        self._spans = Spans(text)
        self._order = {key: rank for rank, key in enumerate(order)}
        self._inline = InlineSplice(self._spans)
        self.layout = self._spans.layout

    def text(self) -> str:
        """The text with all changes made."""
        return self._spans.result()

    def change(self, table: Table, old: Data, new: Data, *, names: Mapping[str, str | None] | None = None) -> None:
        """Write what differs between a table's old and new contents.

        ``names``, for an inline table: what a member is called in the new contents, None where it is removed.
        """
        if isinstance(table.home, Value):
            self._inline.change_table(table.home, old, new, names or {})
            return
        self.remove_all(table.children[key] for key in old if key not in new)
        added = {}
        for key, value in new.items():
            if key not in old:
                added[key] = value
            elif not same(old[key], value) and not self._change_node(table.children[key], old[key], value):
                self.remove(table.children[key])
                added[key] = value
        self._add_keys(table, {key: value for key, value in added.items() if not is_tables(value)}, last=not new)
        for key, value in added.items():
            if is_tables(value):
                self._insert_tables(self._spans.section_end(_last_section(table)), (*table.path, key), value)

    def add(self, path: tuple[str, ...], data: Data) -> None:
        """A new table under its own header, behind the others of its group, the first part of its path.

        Tables that are removed by then do not count: remove first, then add.
        """
        position = self._spans.group_end(path[0])
        new = block(path, data, newline=self._spans.newline, gap=self._spans.gap_at(position))
        self._spans.insert_blocks(position, [new])

    def remove(self, node: Node) -> None:
        """Delete a table or a statement, with the comments right above a table's header."""
        if isinstance(node, Entry):
            self._spans.replace(node.start, node.end, "")
        elif isinstance(node, list):
            self.remove_all(node)
        elif node.entry is not None:
            self.remove(node.entry)
        elif node.header is not None:
            self._spans.remove_section(node.header)
            self.remove_all(_tables_below(node))
        else:
            self.remove_all(node.children.values())

    def remove_all(self, nodes: Iterable[Node]) -> None:
        """Delete several."""
        for node in nodes:
            self.remove(node)

    def rename(self, table: Table, name: str) -> None:
        """Spell the last part of a table's name otherwise, wherever it stands. New headers take the new name."""
        depth = len(table.path) - 1
        for start, end in self.layout.keys_of(table, depth):
            self._spans.replace(start, end, key_text(name))
        _move(table, depth, name)

    def _change_node(self, node: Node, old: Any, new: Any) -> bool:
        """Change a value in place; False where it must be removed and written anew."""
        if isinstance(node, list) and is_tables(new):
            self._change_tables(node, old, new)
        elif isinstance(node, Table) and isinstance(new, dict):
            self.change(node, old, new)
        elif isinstance(node, Entry) and not (old == [] and is_tables(new)):
            self._inline.change(node.value, old, new)
        else:  # another type, or the first secrets, which get headers of their own
            return False
        return True

    def _add_keys(self, table: Table, added: Data, *, last: bool) -> None:
        """New statements. A table that was only implied gets a header for them, or when it loses its ``last`` key."""
        if not isinstance(table.home, Section):
            if added or last:
                new = block(table.path, added, newline=self._spans.newline, gap="")
                start = self._spans.section_start(min(table.sections(), key=lambda section: section.start))
                self._spans.insert(start, new + self._spans.newline, header=True)
            return
        for key in sorted(added, key=self._rank):
            position, indent = self._place_of_key(table, table.home, key)
            names = (*table.prefix, key)
            self._spans.insert(position, statement(names, added[key], newline=self._spans.newline, indent=indent))

    def _place_of_key(self, table: Table, home: Section, key: str) -> tuple[int, str]:
        """Where a new statement goes, and its indentation."""
        entries, depth = table.entries, len(table.prefix)
        last = key not in self._order
        before = [entry for entry in entries if last or self._rank(entry.names[depth]) < self._rank(key)]
        if before:
            return before[-1].end, self._spans.indent(before[-1].start)
        if entries:
            return home.body if table.header is home else entries[0].start, self._spans.indent(entries[0].start)
        return home.body, self._spans.indent(home.start)

    def _rank(self, key: str) -> int:
        return self._order.get(key, len(self._order))

    def _change_tables(self, tables: list[Table], old: list[Data], new: list[Data]) -> None:
        """An array of ``[[tables]]``: those that stay in their order are changed in place."""
        origins: list[int | None] = []
        last = -1
        for origin in aligned(old, new):
            stays = origin is not None and origin > last
            origins.append(origin if stays else None)
            last = origin if origin is not None and stays else last
        if last < 0:
            self._replace_tables(tables, new)
            return
        self.remove_all(table for index, table in enumerate(tables) if index not in origins)
        added: list[Data] = []
        for origin, row in zip(origins, new, strict=True):
            if origin is None:
                added.append(row)
                continue
            if added:
                self._insert_before(tables[origin], added)
                added = []
            if not same(old[origin], row):
                self.change(tables[origin], old[origin], row)
        if added:
            section = _last_section(tables[last])
            indent = self._spans.indent(section.start)
            self._insert_tables(self._spans.section_end(section), tables[last].path, added, indent=indent)

    def _replace_tables(self, tables: list[Table], rows: list[Data]) -> None:
        """None of an array's tables stays: the new ones take the place of the first."""
        first, *others = tables
        assert first.header is not None
        self._spans.replace_section(first.header, self._rows(first.path, rows))
        self.remove_all(others)
        self.remove_all(_tables_below(first))

    def _insert_before(self, table: Table, rows: list[Data]) -> None:
        assert table.header is not None
        newline = self._spans.newline
        text = "".join(row + newline for row in self._rows(table.path, rows))
        self._spans.insert(self._spans.section_start(table.header), text, header=True)

    def _insert_tables(self, position: int, path: tuple[str, ...], rows: list[Data], *, indent: str = "") -> None:
        self._spans.insert_blocks(position, self._rows(path, rows, indent=indent))

    def _rows(self, path: tuple[str, ...], rows: list[Data], *, indent: str = "") -> list[str]:
        newline = self._spans.newline
        return [block(path, row, newline=newline, gap=newline, array=True, indent=indent) for row in rows]


def _tables_below(table: Table) -> list[Node]:
    """What of a table does not stand in its own section."""
    return [child for child in table.children.values() if not isinstance(child, Entry)]


def _last_section(table: Table) -> Section:
    """The last section with a part of a table: of its own, else the one that its dotted keys stand in."""
    sections = [table.home, *table.sections()]
    assert isinstance(sections[-1], Section)
    return sections[-1]


def _move(table: Table, depth: int, name: str) -> None:
    table.path = (*table.path[:depth], name, *table.path[depth + 1 :])
    table.prefix = table.path[len(table.path) - len(table.prefix) :]
    for child in table.children.values():
        for inner in child if isinstance(child, list) else (child,):
            if isinstance(inner, Table):
                _move(inner, depth, name)
