"""Where the parts of a table stand in TOML text: the tree that the parser gives, with places instead of values.

A table may be written in pieces all over a file: under its own header, by dotted keys in the header above, inline, or
only implied by the headers of its sub-tables. Only the tables that are asked for are built.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from secretctl.stores.toml.scan import Entry, header_keys, read_entries, read_sections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secretctl.stores.toml.scan import Section, Value

Names = tuple[str, ...]


@dataclass(slots=True, eq=False)
class Table:
    """A table and the places where it is written.

    ``path``: its full name. ``header``: the section that it has to itself. ``home``: where a new key of it can be
    written, with ``prefix`` before it: a section, or the inline table that it is; None where it is only implied.
    ``entry``: the statement whose value it is, when inline. ``entries``: all statements at home, in order.
    """

    path: Names
    header: Section | None = None
    home: Section | Value | None = None
    prefix: Names = ()
    entry: Entry | None = None
    entries: list[Entry] = field(default_factory=list)
    children: dict[str, Node] = field(default_factory=dict)

    def sections(self) -> Iterator[Section]:
        """Every section that holds a part of it and of nothing else."""
        if self.header is not None:
            yield self.header
        for child in self.children.values():
            for table in child if isinstance(child, list) else (child,):
                if isinstance(table, Table):
                    yield from table.sections()

    def start(self) -> int:
        """Where its first piece stands."""
        starts = [section.start for section in self.sections()]
        starts += [entry.start for entry in self.entries]
        if self.entry is not None:
            starts.append(self.entry.start)
        return min(starts)


Node = Entry | Table | list[Table]


def inline_table(value: Value, path: Names) -> Table:
    """The table that an inline table is."""
    table = Table(path, home=value, entries=list(value.entries or ()))
    for entry in table.entries:
        _place(table, entry, value, ())
    return table


class Layout:
    """The places of one text's tables. The text is valid TOML and ends with a newline."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sections = read_sections(text)
        self._own: dict[Names, list[Section]] = {}
        self._shared: dict[Names, list[tuple[Entry, Section]]] = {}
        for section in self.sections:
            if len(section.path) > 1:
                self._own.setdefault(section.path[:2], []).append(section)
            else:
                for entry in read_entries(text, section):
                    self._shared.setdefault((section.path + entry.names)[:2], []).append((entry, section))

    def node(self, *path: str) -> Node | None:
        """What is written under that name of one or two parts: a key of the root, or of a table in it.

        None where nothing is, where only headers below imply it (one part), or where it is in an inline table (two).
        """
        own, shared = self._own.get(path, ()), self._shared.get(path, ())
        root = Table(())
        for entry, section in shared:
            _place(_descend(root, section.path), entry, section, ())
        for section in own:
            self._open(root, section)
        node: Node | None = root
        for name in path:
            node = node.children.get(name) if isinstance(node, Table) else None
        return node

    def table(self, *path: str) -> Table | None:
        """The same, where it is a table."""
        node = self.node(*path)
        return node if isinstance(node, Table) else None

    def keys_of(self, table: Table, depth: int) -> Iterator[tuple[int, int]]:
        """Where the part of its name at ``depth`` is spelled, everywhere in the text: what a new name replaces."""
        for section in table.sections():
            key = header_keys(self.text, section)[depth]
            yield key.start, key.end
        for entry, section in self._shared.get(table.path[: depth + 1], ()):
            key = entry.keys[depth - len(section.path)]
            yield key.start, key.end

    def _open(self, root: Table, section: Section) -> None:
        table = _descend(root, section.path[:-1])
        last = section.path[-1]
        if section.array:
            tables = table.children.setdefault(last, [])
            assert isinstance(tables, list)  # the parser holds that
            table = Table(section.path)
            tables.append(table)
        else:
            table = _child(table, last)
        table.header = table.home = section
        table.entries = read_entries(self.text, section)
        for entry in table.entries:
            _place(table, entry, section, ())


def _place(table: Table, entry: Entry, home: Section | Value, prefix: Names) -> None:
    """Hang a statement into the tree below the table that its first key is written in."""
    *parents, last = entry.names
    for name in parents:
        prefix = (*prefix, name)
        table = _child(table, name)
        table.home, table.prefix = home, prefix
        table.entries.append(entry)
    if entry.value.entries is None:
        table.children[last] = entry
    else:
        child = inline_table(entry.value, (*table.path, last))
        child.entry = entry
        table.children[last] = child


def _descend(table: Table, path: Names) -> Table:
    for name in path:
        table = _child(table, name)
    return table


def _child(table: Table, name: str) -> Table:
    """The table of that name in another one; of an array of tables the last, as headers mean it."""
    child = table.children.setdefault(name, Table((*table.path, name)))
    if isinstance(child, list):
        child = child[-1]
    assert isinstance(child, Table)  # the parser holds that
    return child
