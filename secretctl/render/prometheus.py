"""``check`` for Prometheus: the text exposition format, for the textfile collector of node_exporter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.render.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from secretctl.model import Target
    from secretctl.operations.expiry import CheckReport
    from secretctl.render import Page

    Sample = tuple[dict[str, str], str]

_LEVEL_VALUES = {"ok": "0", "warning": "1", "critical": "2"}


def check(report: CheckReport, _page: Page) -> Iterator[str]:
    """Six metrics, without sample timestamps, which the collector refuses."""
    for name, help, samples in (
        (
            "secretctl_secret_expiration_timestamp_seconds",
            "When the secret ends, a certificate's own end included; absent where it never does.",
            _ends(report),
        ),
        (
            "secretctl_secret_no_expiration",
            "1 where the secret never ends.",
            _secrets(report, "no_expiration"),
        ),
        (
            "secretctl_secret_invalid",
            "1 where no validator could ever match the secret.",
            _secrets(report, "invalid"),
        ),
        (
            "secretctl_principal_covered_until_timestamp_seconds",
            "When the last usable secret ends; absent where it never does or there is none.",
            _coverage(report),
        ),
        ("secretctl_principal_level", "0 ok, 1 warning, 2 critical.", _levels(report)),
        ("secretctl_check_timestamp_seconds", "When this was checked.", [({}, _seconds(report.checked_at))]),
    ):
        yield _metric(name, help, samples)


def _metric(name: str, help: str, samples: Iterable[Sample]) -> str:
    # By series: two secrets of one id in a hand-written file would make the collector refuse the whole of it.
    values: dict[str, str] = {}
    for labels, value in samples:
        pairs = ",".join(f'{label}="{_label_value(text)}"' for label, text in labels.items())
        values.setdefault(f"{name}{{{pairs}}}" if pairs else name, value)
    lines = (f"{series} {value}\n" for series, value in values.items())
    return f"# HELP {name} {help}\n# TYPE {name} gauge\n{''.join(lines)}"


def _label_value(text: str) -> str:
    shown = visible(text, keep="\n")
    return shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _secret_labels(report: CheckReport) -> Iterator[tuple[dict[str, str], str, datetime | None]]:
    for principal in report.principals:
        owner = _labels(principal.target)
        for secret in principal.secrets:
            yield {**owner, "secret_id": secret.id, "type": secret.type}, secret.status, secret.expiration


def _ends(report: CheckReport) -> Iterator[Sample]:
    return ((labels, _seconds(end)) for labels, _, end in _secret_labels(report) if end is not None)


def _secrets(report: CheckReport, wanted: str) -> Iterator[Sample]:
    return ((labels, "1" if status == wanted else "0") for labels, status, _ in _secret_labels(report))


def _coverage(report: CheckReport) -> Iterator[Sample]:
    for principal in report.principals:
        if principal.covered_until is not None:
            yield _labels(principal.target), _seconds(principal.covered_until)


def _levels(report: CheckReport) -> Iterator[Sample]:
    for principal in report.principals:
        if principal.level in _LEVEL_VALUES:
            yield _labels(principal.target), _LEVEL_VALUES[principal.level]


def _labels(target: Target) -> dict[str, str]:
    return {"target": str(target), "kind": target.kind, "id": target.id}


def _seconds(instant: datetime) -> str:
    seconds = instant.timestamp()
    return str(int(seconds)) if seconds.is_integer() else f"{seconds:.6f}"
