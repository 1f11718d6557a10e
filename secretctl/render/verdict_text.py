"""What ``verify`` answers, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.model import X509_CERTIFICATE, instant_text
from secretctl.render.text import defused, visible

if TYPE_CHECKING:
    from secretctl.model import Verdict


def verdict_text(verdict: Verdict) -> str:
    """Accepted by what, or rejected why, and what probably went wrong."""
    lines = []
    if verdict.accepted:
        lines.append(f"accepted: {verdict.target} by {verdict.method}, as profile {verdict.profile} judges")
        if verdict.secret is not None:
            ends = verdict.secret.expiration
            described = f", {verdict.secret.description}" if verdict.secret.description else ""
            own = " of its own" if verdict.secret.type == X509_CERTIFICATE else ""  # the certificate has one
            lasts = f"until {instant_text(ends)}" if ends else f"without an end{own}"
            lines.append(f"  secret {verdict.secret.id} ({verdict.secret.type}{described}), valid {lasts}")
    else:
        whose = f", for {verdict.target}" if verdict.target else ""
        lines.append(f"rejected: {verdict.reason} ({verdict.oauth_error}){whose}, as profile {verdict.profile} judges")
        lines.append(f"  {verdict.detail or ''}")
    for explanation in verdict.explanations:
        lines.append(f"  {explanation.code}: {explanation.message}")
        lines.append(f"    {explanation.hint}")
    return defused("".join(f"{visible(line)}\n" for line in lines))
