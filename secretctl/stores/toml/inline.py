"""Changes inside values: arrays and inline tables, whose other members and comments stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secretctl.stores.toml.compare import aligned, same
from secretctl.stores.toml.render import dotted, key_text, literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from secretctl.stores.toml.scan import Entry, Value
    from secretctl.stores.toml.spans import Spans

Data = dict[str, Any]


class InlineSplice:
    """Writes changed values over the spans of a text."""

    def __init__(self, spans: Spans) -> None:
        self._spans = spans

    def change(self, value: Value, old: Any, new: Any) -> None:
        """A value in a statement, an array or an inline table."""
        if value.entries is not None and isinstance(new, dict):
            self.change_table(value, old, new, {})
        elif value.items is not None and isinstance(new, list):
            self._change_array(value, value.items, old, new)
        else:
            self._spans.replace(value.start, value.end, literal(new))

    def change_table(self, value: Value, old: Data, new: Data, names: Mapping[str, str | None]) -> None:
        """An inline table. ``names``: what a member is called in ``new``, None where it is removed."""
        entries = value.entries or ()
        kept, added = self._change_entries(entries, old, new, names)
        for entry in kept:
            key = entry.keys[0]
            if name := names.get(key.name):
                self._spans.replace(key.start, key.end, key_text(name))
        starts = {entry.start for entry in kept}
        self._change_members(value, entries, [entry.start in starts for entry in entries], added, padding=" ")

    def _change_entries(
        self,
        entries: Sequence[Entry],
        old: Data,
        new: Data,
        names: Mapping[str, str | None],
        prefix: tuple[str, ...] = (),
    ) -> tuple[list[Entry], list[str]]:
        """Entries whose dotted keys begin with ``prefix``, whose contents are given: those that stay, and what is new."""
        depth = len(prefix)
        kept: list[Entry] = []
        added: list[str] = []
        by_key: dict[str, list[Entry]] = {}
        for entry in entries:
            by_key.setdefault(entry.names[depth], []).append(entry)
        for key, mine in by_key.items():
            name = names.get(key, key)
            if name is None or name not in new:
                continue
            path = (*prefix, name)
            if same(old[key], new[name]):
                kept += mine
            elif len(mine[0].keys) == depth + 1:
                self.change(mine[0].value, old[key], new[name])
                kept += mine
            elif isinstance(new[name], dict) and new[name]:
                inner_kept, inner_added = self._change_entries(mine, old[key], new[name], {}, path)
                kept += inner_kept
                added += inner_added
            else:
                added.append(f"{dotted(path)} = {literal(new[name])}")
        taken = {names.get(key, key) for key in by_key}
        added += [f"{dotted((*prefix, key))} = {literal(item)}" for key, item in new.items() if key not in taken]
        return kept, added

    def _change_array(self, value: Value, items: tuple[Value, ...], old: list[Any], new: list[Any]) -> None:
        """An array. One whose order changes, or that grows elsewhere than at its end, is written anew."""
        origins = aligned(old, new)
        kept = [origin for origin in origins if origin is not None]
        if origins[: len(kept)] != sorted(kept):
            self._spans.replace(value.start, value.end, literal(new))
            return
        for origin, item in zip(kept, new, strict=False):
            if not same(old[origin], item):
                self.change(items[origin], old[origin], item)
        keep = [index in kept for index in range(len(items))]
        self._change_members(value, items, keep, [literal(item) for item in new[len(kept) :]], padding="")

    def _change_members(
        self, value: Value, members: Sequence[Value | Entry], keep: list[bool], added: list[str], *, padding: str
    ) -> None:
        """Drop and append members between the brackets of an inline array or table."""
        if True not in keep:
            inside = padding + ", ".join(added) + padding if added else ""
            self._spans.replace(value.start + 1, value.end - 1, inside)
            return
        first, last = keep.index(True), len(keep) - 1 - keep[::-1].index(True)
        for index, member in enumerate(members):
            if keep[index]:
                continue
            if (lines := self._spans.item_lines(member)) is not None:
                self._spans.replace(*lines, "")
            elif index < first:
                self._spans.replace(member.start, members[index + 1].start, "")
            else:
                self._spans.replace(members[index - 1].end, member.end, "")
        if added:
            self._append_members(members[last], added)

    def _append_members(self, last: Value | Entry, added: list[str]) -> None:
        lines = self._spans.item_lines(last)
        if lines is None:
            self._spans.insert(last.end, "".join(f", {member}" for member in added))
            return
        comma = self._spans.has_comma(last)
        if not comma:
            self._spans.insert(last.end, ",")
        indent, newline = self._spans.indent(last.start), self._spans.newline
        text = f",{newline}".join(indent + member for member in added)
        self._spans.insert(lines[1], text + ("," if comma else "") + newline)
