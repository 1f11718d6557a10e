"""Made blocks that show files of the repository as they are, and the mistakes that `--explain` knows."""

from __future__ import annotations

from pathlib import Path

from secretctl.explain.presented_text import PRESENTED_MISTAKES
from secretctl.explain.stored_values import STORED_MISTAKES

_SAMPLE = Path(__file__).parent.parent / "tests" / "sample_plugin"


def plugin_project() -> str:
    """The sample plug-in's pyproject.toml."""
    return f"```toml\n{(_SAMPLE / 'pyproject.toml').read_text(encoding='utf-8')}```\n"


def plugin_code() -> str:
    """The sample plug-in's module."""
    return f"```python\n{(_SAMPLE / 'issued_unit.py').read_text(encoding='utf-8')}```\n"


def mistakes() -> str:
    """The mistakes in storing and in presenting a secret, each with its way out."""
    known = (*STORED_MISTAKES, *PRESENTED_MISTAKES)
    rows = "".join(f"| `{mistake.code}` | {mistake.message} | {mistake.hint} |\n" for mistake in known)
    return f"| code | what happened | what to do |\n|---|---|---|\n{rows}"
