"""``check`` as a calendar (RFC 5545): an event at each secret's end, an alarm where each window opens."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from secretctl.lifetimes import DEFAULT_CRITICAL, DEFAULT_WARN, window_opens
from secretctl.render.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from secretctl.operations.expiry import CheckReport, PrincipalStatus, SecretStatus
    from secretctl.render import Page

_SHOWN = {"active", "expiring", "superseded"}
_OCTETS = 75  # RFC 5545 §3.1: the longest a line may be, its end not counted


def check(report: CheckReport, _page: Page) -> Iterator[str]:
    """The ends that lie ahead. The same registry gives the same events with the same UIDs, whenever it is asked.

    A secret that is superseded has an event without an alarm: nobody needs to act on it.
    """
    from secretctl import __version__

    name = f"Secrets of {report.registry}" if report.registry else "Secrets"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//secretctl//secretctl {__version__}//EN", "METHOD:PUBLISH"]
    lines += [f"NAME:{_text(name)}", f"X-WR-CALNAME:{_text(name)}"]
    for principal in report.principals:
        for secret in principal.secrets:
            if secret.expiration is not None and secret.status in _SHOWN:
                lines += _event(report, principal, secret, secret.expiration)
    yield "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(report: CheckReport, principal: PrincipalStatus, secret: SecretStatus, end: datetime) -> Iterator[str]:
    identity = "\n".join((report.registry or "", str(principal.target), secret.id))
    summary = f"{principal.target}: secret {secret.id} ends"
    facts = [f"{secret.type}, {secret.status}", secret.description, principal.name, principal.owner]
    yield "BEGIN:VEVENT"
    yield f"UID:{sha256(identity.encode('utf-8', 'backslashreplace')).hexdigest()[:32]}@secretctl"
    yield f"DTSTAMP:{_instant(report.checked_at)}"
    yield f"DTSTART:{_instant(end)}"
    yield f"SUMMARY:{_text(summary)}"
    yield f"DESCRIPTION:{_text(chr(10).join(filter(None, facts)))}"
    yield f"CATEGORIES:{secret.status}"
    yield "TRANSP:TRANSPARENT"
    if secret.status != "superseded":
        for window, fallback in ((report.warn, DEFAULT_WARN), (report.critical, DEFAULT_CRITICAL)):
            yield "BEGIN:VALARM"
            yield "ACTION:DISPLAY"
            yield f"DESCRIPTION:{_text(summary)}"
            opens = window_opens(window, start=secret.starts, end=end, fallback=fallback)
            yield f"TRIGGER;VALUE=DATE-TIME:{_instant(opens)}"
            yield "END:VALARM"
    yield "END:VEVENT"


def _instant(instant: datetime) -> str:
    # Not strftime: it leaves out the leading zeros of a year before 1000.
    return instant.isoformat(timespec="seconds").replace("-", "").replace(":", "").removesuffix("+0000") + "Z"


def _text(text: str) -> str:
    """RFC 5545 §3.3.11."""
    return re.sub(r"([\\;,])", r"\\\1", visible(text, keep="\n")).replace("\n", "\\n")


def _folded(line: str) -> str:
    """Lines of at most 75 octets, never cut inside a character."""
    parts, size = [""], 0
    for character in line:
        octets = len(character.encode("utf-8"))
        if size + octets > _OCTETS:
            parts.append(" ")
            size = 1
        parts[-1] += character
        size += octets
    return "\r\n".join(parts)
