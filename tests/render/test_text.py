"""Foreign text is shown so that a terminal does nothing with it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretctl.render.text import columns, defused, visible, wrapped


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("", ""),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\x00b\x7f", "a\\x00b\\x7f"),
        ("\x9b31m", "\\x9b31m"),
        ("line\r\nnext\tcell", "line\\r\\nnext\\tcell"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("a\u2028b\u2029c", "a\\u2028b\\u2029c"),
        ("\U000e0041tag", "\\U000e0041tag"),
        ("\udcff", "\\udcff"),
        ("[bold]x[/] :smile: back\\slash", "[bold]x[/] :smile: back\\slash"),
        ("Sören\u00a0日本 🎉", "Sören\u00a0日本 🎉"),
    ],
)
def test_control_and_format_characters_are_escaped_and_nothing_else(text: str, shown: str) -> None:
    """Exactly control, format, surrogate and separator characters change."""
    assert visible(text) == shown


@given(st.text(st.characters(codec=None)))
def test_nothing_a_terminal_obeys_is_left(text: str) -> None:
    """Whatever comes in, what goes out is one harmless line that stays as it is when shown again."""
    shown = visible(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert len(shown.splitlines()) <= 1
    assert visible(shown) == shown
    shown.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a::b 2001:db8::1 # ## [x] #[x]", "a::b 2001:db8::1 # ## [x] #[x]"),
        ("a\n  ::add-mask::b\n::error::c\n", "a\n  \\x3a:add-mask::b\n\\x3a:error::c\n"),
        ("x ##[debug]y", "x \\x23#[debug]y"),
        ("###vso[task.setvariable variable=a]b", "#\\x23#vso[task.setvariable variable=a]b"),
    ],
)
def test_no_line_is_a_command_in_the_log_of_a_job(text: str, shown: str) -> None:
    """What GitHub's runner, Azure Pipelines and TeamCity obey is shown; the rest stays as it is."""
    assert defused(text) == shown
    assert defused(shown) == shown


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("one two three", ["one two", "  three"]),
        ("two  blanks  stay", ["two  blanks", "  stay"]),
        ("a-word-that-is-too-long b", ["a-word-that-is-too-long", "  b"]),
        (
            "write `secretctl client rename web shop`; or not",
            ["write", "  `secretctl client rename web shop`;", "  or not"],
        ),
        ("it`s one two three", ["it`s one two", "  three"]),
        ("日本日本 日本", ["日本日本", "  日本"]),
    ],
)
def test_a_line_is_broken_between_words(text: str, lines: list[str]) -> None:
    """At twelve columns; what is in backticks is a command to copy, and stays in one piece."""
    assert wrapped(text, 12).split("\n") == lines


def test_columns_counts_what_a_terminal_draws() -> None:
    """Wide characters take two columns, combining ones none."""
    assert [columns(text) for text in ("abc", "日本", "e\u0301", "")] == [3, 4, 1, 0]
