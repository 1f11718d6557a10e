"""Random registry files: the same principals in every layout that TOML has for them, with what people put between."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import reject
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

IDS = ["web", "api-1", "a.b", "sören", "x y", "secrets", 'q"t', "1", "clients", "name", "back\\slash"]
TEXTS = [
    "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=",
    "",
    "a # b",
    "[clients.web]",
    "it's",
    'say "hi"',
    "\\",
    "ö 🛒",
    "x = 1",
    "tab\there",
    '{"kty":"EC"}',
    "]]",
    "},",
    "'''",
    '"""',
]
LINES = "\n[clients.web]\n[[clients.web.secrets]]\nid = 'x'\n# no comment\n"
GROUPS = {"client": "clients", "resource": "resources"}


@dataclass(frozen=True)
class Chunk:
    """A piece of a document that belongs to a principal, to several (``shared``: a line each), or to nobody."""

    text: str
    owner: tuple[str, str] | None


@dataclass(frozen=True)
class Document:
    """A valid registry file and the pieces that it is made of."""

    text: str
    chunks: tuple[Chunk, ...]

    @property
    def newline(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"


@st.composite
def documents(draw: Any) -> Document:
    """A registry of up to five principals."""
    return _Writer(draw).document()


class _Writer:
    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw
        self.dotted_root = self.flag()

    def flag(self, *, one_in: int = 2) -> bool:
        return bool(self.draw(st.integers(0, one_in - 1)) == 0)

    def one(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    # Spelling

    def string(self, text: str, *, lines: bool = True) -> str:
        styles: list[str] = ["basic"]
        if "'" not in text and "\n" not in text and "\t" not in text:
            styles.append("literal")
        if lines and "'''" not in text and not text.endswith("'"):
            styles.append("literal_lines")
        if lines:
            styles.append("basic_lines")
        style: str = self.one(*styles)
        if style == "literal":
            return f"'{text}'"
        if style == "literal_lines":
            return f"'''{self.one('', chr(10)) if not text.startswith(chr(10)) else chr(10)}{text}'''"
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        if style == "basic_lines":
            start, line_end = self.one("\n", "\\\n   "), self.one("\n", "\\n")
            return f'"""{start}{escaped.replace(chr(10), line_end)}"""'
        escaped = escaped.replace("\n", "\\n")
        return (
            '"'
            + (f"\\u{ord(text[0]):04x}{escaped[1:]}" if text[:1].isalpha() and self.flag(one_in=5) else escaped)
            + '"'
        )

    def key(self, name: str) -> str:
        bare = name.isascii() and all(c.isalnum() or c in "-_" for c in name)
        return name if bare and not self.flag(one_in=4) else self.string(name, lines=False)

    def path(self, *names: str) -> str:
        dot: str = self.one(".", ".", ".", " . ", ". ")
        return dot.join(self.key(name) for name in names)

    def value(self, value: Any, *, inline: bool = False) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return value[1:] if value.startswith("\0") else self.string(value, lines=not inline)
        if isinstance(value, dict):
            return "{ " + ", ".join(f"{self.key(k)} = {self.value(v, inline=True)}" for k, v in value.items()) + " }"
        if isinstance(value, list):
            return self.array(value, inline=inline)
        return str(value)

    def array(self, items: list[Any], *, inline: bool) -> str:
        spelled = [self.value(item, inline=inline) for item in items]
        style = self.one("line", "lines", "wild")
        if style == "line" or inline:
            return f"[{self.one('', ' ')}{', '.join(spelled)}{self.one('', ',') if items else ''}]"
        if style == "wild":
            return "[\n\n  # [x]\n" + ",\n # ]\n\n".join(spelled) + " # end\n]"
        comment = self.one("", "  # ] } '", " # x")
        return "[\n" + "".join(f"  {item},{comment}\n" for item in spelled) + "]"

    def statement(self, names: tuple[str, ...], value: Any, *, indent: str = "") -> str:
        return f"{indent}{self.path(*names)}{self.one(' = ', '=', '  = ')}{self.value(value)}{self.one('', '', ' # c', '  #[x]')}\n"

    def header(self, *names: str, array: bool = False, indent: str = "") -> str:
        blank = self.one("", "", " ")
        inside = f"{blank}{self.path(*names)}{blank}"
        return f"{indent}{f'[[{inside}]]' if array else f'[{inside}]'}{self.one('', '', ' # h')}\n"

    # Contents. A text that starts with NUL is a value as it is to be spelled.

    def secret(self) -> dict[str, Any]:
        texts = st.sampled_from(TEXTS)
        row: dict[str, Any] = {}
        if not self.flag(one_in=4):
            row["id"] = f"{self.draw(st.integers(0, 2**32 - 1)):08x}"
        if self.flag():
            row["type"] = self.one("SharedSecret", "JWK", "Unheard-of")
        row["value"] = self.draw(texts) + str(self.draw(st.integers(0, 99)))
        if self.flag():
            row["description"] = self.draw(texts)
        if self.flag():
            row["expiration"] = self.one(
                "\x002026-12-31T00:00:00Z",
                "\x002026-12-31",
                "\x002026-12-31 00:00:00",
                "2026-12-31T00:00:00+02:00",
                "\x002026-12-31T00:00:00.5-01:00",
            )
        if self.flag(one_in=4):
            row["x-note"] = self.one("\0nan", "\x001.0", "\0[ [1], { a.b = '}' } ]", "kept", LINES)
        return self.shuffled(row)

    def principal(self) -> dict[str, Any]:
        table: dict[str, Any] = {}
        for key in ("description", "owner"):
            if self.flag():
                table[key] = self.one(*TEXTS, LINES)
        if self.flag():
            table["tags"] = [self.one(*TEXTS) for _ in range(self.draw(st.integers(0, 3)))]
        if self.flag():
            table["enabled"] = self.flag()
        if self.flag(one_in=4):
            table["x-more"] = self.one("\0-inf", "\x000x10", "\x0007:32:00", ["a", "]"], {"k.": "v"})
        return self.shuffled(table)

    def shuffled(self, table: dict[str, Any]) -> dict[str, Any]:
        return {key: table[key] for key in self.draw(st.permutations(list(table)))}

    # Layout

    def document(self) -> Document:
        root = [Chunk(self.statement(("schema",), "\x001"), None)]
        if self.flag():
            root.insert(0, Chunk("# Top of the file\n", None))
        groups: dict[str, list[Chunk]] = {name: [] for name in GROUPS.values()}
        streams: list[list[list[Chunk]]] = []  # of chunks that must stay together
        streams.append([[Chunk(self.header("issuer") + self.statement(("url",), "https://x"), None)]])
        if self.flag():
            streams.append([[Chunk(self.header("x-audit", array=True) + self.statement(("k",), LINES), None)]])
        owners = self.draw(
            st.lists(st.tuples(st.sampled_from(sorted(GROUPS)), st.sampled_from(IDS)), max_size=5, unique=True)
        )
        for owner in owners:
            self.place(owner, root, groups, streams)
        for group, chunks in groups.items():
            if chunks or (self.flag(one_in=4) and not self.dotted_root):
                streams.append([[Chunk(self.header(group), None), *chunks]])
        chunks = [*root, *self.interleaved(streams)]
        text = self.joined(chunks)
        newline = self.one("\n", "\n", "\r\n")
        text, chunks = text.replace("\n", newline), [Chunk(c.text.replace("\n", newline), c.owner) for c in chunks]
        if self.flag(one_in=4):
            text = text.rstrip("\r\n")
        try:
            tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            reject()
        return Document(text, tuple(chunks))

    def place(
        self,
        owner: tuple[str, str],
        root: list[Chunk],
        groups: dict[str, list[Chunk]],
        streams: list[list[list[Chunk]]],
    ) -> None:
        group, id = GROUPS[owner[0]], owner[1]
        table, secrets = self.principal(), [self.secret() for _ in range(self.draw(st.integers(0, 3)))]
        styles = ["headers", "headers", "array", "implied", "late"]
        style = self.one(
            *styles, "dotted" if self.dotted_root else "members", "dotted" if self.dotted_root else "inline"
        )
        if style in ("dotted", "members"):
            home, prefix = (root, (group, id)) if style == "dotted" else (groups[group], (id,))
            rows = {**table, "secrets": secrets} if secrets or not table else table
            for key, value in rows.items():
                home.append(Chunk(self.statement((*prefix, key), value), owner))
            if table and self.flag():
                streams.append([[Chunk(self.header(group, id, "x-sub") + self.statement(("k",), "v"), owner)]])
        elif style == "inline":
            groups[group].append(Chunk(self.statement((id,), {**table, "secrets": secrets}), owner))
        else:
            streams.append([[chunk] for chunk in self.sections(owner, style, table, secrets)])

    def sections(
        self, owner: tuple[str, str], style: str, table: dict[str, Any], secrets: list[dict[str, Any]]
    ) -> list[Chunk]:
        names = (GROUPS[owner[0]], owner[1])
        indent = self.one("", "", "  ", "\t")
        comment = self.one("", "", "# about it\n")
        if style == "array":
            table = {**table, "secrets": secrets}
        head = [Chunk(comment + self.header(*names) + self.body(table), owner)]
        if self.flag(one_in=3):
            head.append(Chunk(self.header(*names, "x-sub") + self.statement(("k", "l"), "v"), owner))
        if style == "array":
            return head
        blocks = []
        for row in secrets:
            text = self.one("", "", f"{indent}# a secret\n") + self.header(*names, "secrets", array=True, indent=indent)
            text += self.body(row, indent=indent)
            if self.flag(one_in=4):
                text += self.one("", "\n") + self.header(*names, "secrets", "x-meta") + self.statement(("by",), "me")
            blocks.append(Chunk(text, owner))
        if style == "implied" and blocks:
            return blocks
        return [*blocks, *head] if style == "late" else [*head, *blocks]

    def body(self, table: dict[str, Any], *, indent: str = "") -> str:
        return "".join(
            self.one("", "", "", "\n", "# between\n") + self.statement((key,), value, indent=indent)
            for key, value in table.items()
        )

    def interleaved(self, streams: list[list[list[Chunk]]]) -> list[Chunk]:
        """Chunks of all streams, each stream in its order: mostly one after another, sometimes mixed."""
        streams = [list(stream) for stream in self.draw(st.permutations(streams))]
        mixed = self.flag(one_in=3)
        chunks: list[Chunk] = []
        while streams:
            stream = self.one(*streams) if mixed else streams[0]
            chunks += stream.pop(0)
            streams = [each for each in streams if each]
        return chunks

    def joined(self, chunks: list[Chunk]) -> str:
        between = self.one("spaced", "spaced", "wild", "dense")
        text = ""
        for chunk in chunks:
            if text and "[" in chunk.text.split("\n")[0]:
                gap = {"spaced": "\n", "dense": ""}.get(between) or self.one(
                    "", "\n", "\n\n", "\n# floating\n\n", "  \n"
                )
                text += gap
            text += chunk.text
        return text
