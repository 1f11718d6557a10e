"""`make bench`: every figure beside its baseline, with its goal and a verdict. `FIGURES="batch api"` takes only those.

``--markdown FILE`` also writes the table, with the machine and the versions, for docs/performance.md.
"""

from __future__ import annotations

import argparse
import compileall
import platform
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import FIGURES
from benchmarks.material import Material
from benchmarks.measuring import NotMeasurableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.figures import Figure, Measured

HEAD = ("figure", "measured", "baseline", "ratio", "goal", "verdict")


def main() -> None:
    """Measure, print a line as soon as it is known, and end with status 1 where a goal is missed."""
    options = _options()
    rows: list[tuple[str, ...]] = []
    # As an installer leaves it: where PYTHONDONTWRITEBYTECODE is set, every start would compile this tree anew.
    compileall.compile_dir(Path(__file__).parents[1] / "secretctl", quiet=2)
    print(_line(HEAD), flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="secretctl-bench-") as directory,
        closing(Material(Path(directory))) as material,
    ):
        for figure in FIGURES:
            if options.only and not any(word.lower() in figure.name.lower() for word in options.only):
                continue
            rows.append(_row(figure, material))
            print(_line(rows[-1]), flush=True)
    if options.markdown:
        options.markdown.write_text(_markdown(rows), encoding="utf-8")
    if any(row[-1] != "good" for row in rows):
        raise SystemExit(1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="parts of the names of the figures to measure; all by default")
    parser.add_argument("--markdown", type=Path, help="also write the table to this file")
    return parser.parse_args()


def _row(figure: Figure, material: Material) -> tuple[str, ...]:
    goal = f"{'≥' if figure.at_least else '≤'} {figure.goal:.2f} ×"
    try:
        measured = figure.measure(material)
    except NotMeasurableError as error:
        return (figure.name, "-", "-", "-", goal, f"not measured: {error}")
    verdict = "good" if figure.reached(measured) else "MISSED"
    base = f"{_amount(measured, measured.baseline)} ({figure.baseline})"
    return (figure.name, _amount(measured, measured.value), base, f"{measured.ratio:.2f} ×", goal, verdict)


def _amount(measured: Measured, value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f} {measured.unit}"
    return f"{value:.3g} {measured.unit}"


def _line(row: Sequence[str]) -> str:
    return f"{row[0]:<44} {row[1]:>12}  {row[2]:<46} {row[3]:>8}  {row[4]:<8}  {row[5]}"


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    machine = f"{platform.system()} {platform.machine()}, {_processor()}"
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("typer", "tomli", "cryptography", "joserfc", "sqlalchemy")
    )
    table = ["| " + " | ".join(row) + " |" for row in [HEAD, ["---"] * len(HEAD), *rows]]
    return "\n".join(
        [
            "# Performance",
            "",
            "Made by `make bench`: each figure and its baseline run in turns, medians of both, and their ratio. The start-up lines",
            "move by 0.05 from run to run, so that one may miss by a hair what the next one keeps.",
            "",
            f"{datetime.now(UTC):%Y-%m-%d}; {machine}; Python {platform.python_version()}; {packages}.",
            "",
            *table,
            "",
        ]
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    names = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    return next((line.partition(": ")[2] for line in names if line.startswith("model name")), platform.processor())


if __name__ == "__main__":
    main()
