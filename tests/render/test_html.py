"""The HTML report: self-contained, inert, whole; and looked at by a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from secretctl.lifetimes import parse_duration, parse_window
from secretctl.model import Client, Resource
from secretctl.operations.report import report
from secretctl.render import Page
from secretctl.render.html import report_page
from secretctl.render.text import visible
from secretctl.settings import Policy, Settings
from tests.render.reports import EVERYTHING, HOSTILE, NOW, SETTINGS, a_client, secret

if TYPE_CHECKING:
    from pathlib import Path

    from secretctl.model import Principal

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Reader(HTMLParser):
    """Reads a page strictly: every element is closed in order; remembers what there is."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.names: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "action", "xlink:href"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page_of(*principals: Principal, settings: Settings = SETTINGS) -> str:
    """The page of a registry of these principals."""
    return report_page(report(principals, settings, now=NOW), Page())


def hostile_page() -> str:
    """A page where every text is an attack."""
    soon = secret(HOSTILE, 3, description=HOSTILE)
    owned = Client(HOSTILE, name=HOSTILE, owner=HOSTILE, secrets=(soon, secret("x", None, HOSTILE)))
    other = Resource("'onmouseover=alert(1) x='", secrets=(secret("s1", 200, description="{{ 7 * 7 }}{% raw %}"),))
    return page_of(owned, other, settings=Settings(name=HOSTILE))


def test_the_page_is_whole_and_names_everything() -> None:
    """Every principal has a section with an anchor, and every secret a line with its status in words."""
    page = Reader(page_of(*EVERYTHING))
    text = " ".join(page.texts)
    for principal in EVERYTHING:
        assert str(principal.target) in page.ids
        for each in principal.secrets:
            assert each.id in text
    for words in ("Secrets of prod", "Needs attention", "20 days left", "never ends", "ended 2 days ago"):
        assert words in text
    for status in ("active", "expiring", "superseded", "no expiration", "invalid", "expired"):
        assert status in text
    assert len(set(page.ids)) == len(page.ids)
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_the_page_runs_nothing_and_loads_nothing() -> None:
    """No script, no handler, no address outside of itself; its policy forbids them as well."""
    for text in (page_of(*EVERYTHING), hostile_page()):
        page = Reader(text)
        assert not page.tags & {
            "script",
            "iframe",
            "object",
            "embed",
            "link",
            "img",
            "base",
            "form",
            "foreignobject",
            "use",
        }
        assert not {name for name in page.names if name.startswith("on")}
        assert all(link.startswith("#") for link in page.links)
        assert not re.search(r"url\(|@import|https?://", re.sub(r"https?://[^ ]*example", "", text))
        assert "default-src 'none'" in text


def test_hostile_text_is_shown_and_nothing_else() -> None:
    """Markup is escaped once, templates in the data are not run, hidden characters are shown."""
    text = hostile_page()
    page = Reader(text)
    assert "{{ 7 * 7 }}{% raw %}" in " ".join(page.texts)
    assert visible(HOSTILE) in " ".join(page.texts)
    assert not [c for c in text if c != "\n" and not c.isprintable()]


def test_the_same_registry_gives_the_same_bytes() -> None:
    """Nothing in the page is of the hour, the machine or chance."""
    assert page_of(*EVERYTHING) == page_of(*EVERYTHING)


def test_an_empty_registry_gives_a_page_that_says_so() -> None:
    """No empty sections."""
    text = page_of()
    assert "holds no clients and no resources" in text
    assert "Needs attention" not in text
    assert "Needs attention" not in page_of(a_client("fine", secret("f1", 300)))


def bars_of(text: str, name: str) -> list[tuple[float, float]]:
    """Start and width of the bars with that class, in order."""
    found = re.findall(rf'class="life {name}(?: open)?" x="([0-9.]+)" y="6" width="([0-9.]+)"', text)
    return [(float(x), float(width)) for x, width in found]


def test_bars_lie_where_their_dates_are() -> None:
    """The axis of lives has a fifth of its length before today; ends beyond it are cut at its end."""
    text = page_of(a_client("web", secret("s1", 80, age=10)), a_client("long", secret("s2", 4000, age=4000)))
    today = float(re.findall(r'class="today" x1="([0-9.]+)"', text)[-1])
    assert today == pytest.approx(200, abs=0.1)
    lives = bars_of(text, "active")
    assert lives == [
        pytest.approx((today - 10 / 400 * 800, 90 / 400 * 800), abs=0.2),
        pytest.approx((0, 1000), abs=0.1),
    ]
    width = float(re.findall(r'class="window-warning" x="[0-9.]+" y="0" width="([0-9.]+)"', text)[-1])
    assert width == pytest.approx(30 / 400 * 800, abs=0.2)


@pytest.mark.parametrize(
    "policy",
    [Policy(warn=parse_window("20%"), critical=parse_window("5%")), Policy(warn=parse_duration("10y"))],
    ids=["shares", "ten years"],
)
def test_windows_without_a_length_or_beyond_the_axis_do_no_harm(policy: Policy) -> None:
    """A share of each lifetime has no place on a common axis; a long window ends where the axis does."""
    widths = re.findall(
        r'class="window-\w+" x="([0-9.]+)" y="0" width="([0-9.]+)"',
        page_of(*EVERYTHING, settings=Settings(policy=policy)),
    )
    assert widths
    assert all(0 <= float(x) + float(width) <= 1000.1 for x, width in widths)


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_time_do_no_harm(year: int) -> None:
    """A registry may be looked at from any year."""
    now = NOW.replace(year=year, month=1 if year == 1 else 12, day=2 if year == 1 else 30)
    policy = Policy(warn=parse_duration("1d"), critical=parse_duration("1h"))
    owned = a_client("web", secret("s1", None))
    Reader(report_page(report([owned], Settings(policy=policy), now=now), Page()))


# --- in a real browser


def script_text(text: str) -> str:
    """A JavaScript string inside a script element."""
    return json.dumps(text).replace("</", "<\\/")


def browser(page: Path, *flags: str) -> str:
    """What headless Chromium says."""
    profile = page.parent / "profile"
    chromium = shutil.which("chromium")
    assert chromium is not None
    done = subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={profile}", *flags, page.as_uri(),
        ],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_overflows_in_a_browser(width: int, tmp_path: Path) -> None:
    """No element reaches beyond the window, however narrow, however long or hostile the names are; no label on another."""
    long = a_client("x" * 150, secret("y" * 80, 40, description="z" * 300), name="w" * 200, owner="o" * 120)
    frames = [page_of(*EVERYTHING, long), hostile_page()]
    script = """
    let done = 0;
    for (const frame of document.querySelectorAll('iframe')) frame.onload = () => {
      const inner = frame.contentDocument, limit = inner.documentElement.clientWidth;
      const out = [...inner.body.querySelectorAll('*')].filter(e => !e.closest('svg') && !e.closest('.scale')
        && e.getBoundingClientRect().right > limit + 0.5).map(e => e.tagName + '.' + e.className);
      const boxes = [...inner.querySelectorAll('.scale')].map(s => [...s.children].map(e => e.getBoundingClientRect())
        .filter(b => b.width).sort((a, b) => a.left - b.left));
      const clash = boxes.filter(row => row.some((b, i) => i && row[i - 1].right > b.left + 0.5)).length;
      const says = `width ${limit} scroll ${inner.documentElement.scrollWidth} clash ${clash} out ${out.length} ${out[0] || ''}`;
      document.body.insertAdjacentHTML('beforeend', `<p>${says} alerted ${window.alerted || 0}</p>`);
    };"""
    wrapper = tmp_path / "wrapper.html"
    wrapper.write_text(
        "<!doctype html><meta charset=utf-8><body>"
        + "".join(f'<iframe width="{width}" height="800" frameborder="0"></iframe>' for _ in frames)
        + f"<script>window.alert = () => window.alerted = 1; {script}\n"
        + "".join(
            f"document.querySelectorAll('iframe')[{i}].srcdoc = {script_text(text)};" for i, text in enumerate(frames)
        )
        + "</script>",
        encoding="utf-8",
    )
    dom = browser(wrapper, "--dump-dom", "--virtual-time-budget=4000")
    said = re.findall(r"<p>(width .*?)</p>", dom)
    assert len(said) == 2
    for line in said:
        match = re.fullmatch(r"width (\d+) scroll (\d+) clash 0 out 0  alerted 0", line)
        assert match is not None, line
        assert int(match[2]) <= int(match[1])


@pytest.mark.needs("chromium")
def test_hostile_text_is_inert_in_a_browser(tmp_path: Path) -> None:
    """The browser builds no script, no handler and no unexpected element of it."""
    page = tmp_path / "report.html"
    page.write_text(hostile_page(), encoding="utf-8")
    dom = browser(page, "--dump-dom")
    assert "<script" not in dom.lower()
    assert "onmouseover=alert" not in re.sub(r'"[^"]*"|>[^<]*<', "", dom)


def test_a_day_left_is_told_from_days() -> None:
    """Words for people: one day, less than a day, one day ago."""
    text = page_of(
        a_client("web", secret("a", 1), secret("b", 0.5), secret("c", -1), secret("d", -2.5), secret("e", -0.1))
    )
    for words in (
        "1 day left",
        "less than a day left",
        "ended 1 day ago",
        "ended 2 days ago",
        "ended less than a day ago",
    ):
        assert words in text
