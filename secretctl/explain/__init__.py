"""Why a shared secret was probably refused: the mistakes that people make, each recognised by trying it."""

from __future__ import annotations

from secretctl.explain.explainer import Explainer, explain

__all__ = ["Explainer", "explain"]
