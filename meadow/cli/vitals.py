"""`meadow vitals`: layout shift and largest paint of a page on a throttled phone, in Chromium."""

import json
import shutil
import statistics
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from meadow.cli.screens import CHROMIUM_FLAGS, own_demo

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A mid-range phone on a slow 4G line, as Lighthouse simulates them.
CPU_SLOWDOWN: Final = 4
LATENCY_MS: Final = 150
DOWN_BITS: Final = 1_638_400
UP_BITS: Final = 768_000
PHONE: Final = {"width": 390, "height": 844}
AGENT: Final = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 7a) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/150.0.0.0 Mobile Safari/537.36"
)
SETTLED_MS: Final = 2_500
GOAL_CLS, GOAL_LCP_MS = 0.05, 1_500.0

# What the browser itself measures; CLS is the worst window of shifts, as web.dev defines it.
OBSERVE: Final = """
window.vitals = { cls: 0, lcp: 0, element: '', fcp: 0 };
let first = 0, last = 0, sum = 0;
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) {
    if (shift.hadRecentInput) continue;
    const joined = shift.startTime - last < 1000 && shift.startTime - first < 5000;
    sum = joined ? sum + shift.value : shift.value;
    first = joined ? first : shift.startTime;
    last = shift.startTime;
    vitals.cls = Math.max(vitals.cls, sum);
  }
}).observe({ type: 'layout-shift', buffered: true });
new PerformanceObserver((list) => {
  const paint = list.getEntries().at(-1);
  vitals.lcp = paint.startTime;
  const one = paint.element;
  vitals.element = one ? `${one.tagName.toLowerCase()}.${one.className}` : '';
}).observe({ type: 'largest-contentful-paint', buffered: true });
new PerformanceObserver((list) => {
  for (const paint of list.getEntries()) {
    if (paint.name === 'first-contentful-paint') vitals.fcp = paint.startTime;
  }
}).observe({ type: 'paint', buffered: true });
"""
READ: Final = """() => {
  const page = performance.getEntriesByType('navigation')[0];
  const parts = performance.getEntriesByType('resource');
  const early = parts.filter((part) => part.startTime < vitals.lcp);
  return { ...vitals, ttfb: page.responseStart,
    bytes: [page, ...early].reduce((sum, part) => sum + part.transferSize, 0),
    requests: 1 + early.length };
}"""


@dataclass(frozen=True)
class Visit:
    """One first visit: times in ms since it began, CLS without a unit; bytes until the largest paint."""

    cls: float
    lcp: float
    fcp: float
    ttfb: float
    bytes: int
    requests: int
    element: str


def vitals(
    url: Annotated[
        str, typer.Option(help="A site that runs already; otherwise a demo is started and stopped.")
    ] = "",
    path: Annotated[str, typer.Option(help="The page that is opened.")] = "/",
    runs: Annotated[
        int, typer.Option(min=1, max=50, help="First visits, each with empty caches.")
    ] = 7,
    file: Annotated[Path | None, typer.Option("--json", help="Write every visit here.")] = None,
) -> None:
    """Measure CLS and LCP of Hot on a mid-range phone: 4x slower, slow 4G, 390 px."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("meadow: Chromium is missing: apt-get install chromium", file=sys.stderr)
        raise typer.Exit(1)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("meadow: playwright is missing: run `make setup`", file=sys.stderr)
        raise typer.Exit(1) from None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        with browser, Progress(console=Console(stderr=True), transient=True) as progress:
            if url:
                visits = visit_often(browser, url + path, runs=runs, progress=progress)
            else:
                with own_demo() as site:
                    visits = visit_often(
                        browser, site.base_url + path, runs=runs, progress=progress
                    )
    if file is not None:
        file.write_text(json.dumps([asdict(one) for one in visits], indent=2) + "\n")
    if not report(visits):
        raise typer.Exit(1)


def visit_often(browser: "Browser", address: str, *, runs: int, progress: Progress) -> list[Visit]:
    """Visit an address for the first time, again and again; the very first warms the server up."""
    task = progress.add_task("visiting", total=runs + 1)
    visits = []
    for _ in range(runs + 1):
        visits.append(visit_once(browser, address))
        progress.advance(task)
    return visits[1:]


def visit_once(browser: "Browser", address: str) -> Visit:
    """Open an address with empty caches as a phone on a slow line would, and read what it measured."""
    context = browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type]  # the two keys that playwright wants
        device_scale_factor=2.625,
        is_mobile=True,
        has_touch=True,
        user_agent=AGENT,
    )
    try:
        context.add_init_script(OBSERVE)
        page = context.new_page()
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
        wire.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": LATENCY_MS,
                "downloadThroughput": DOWN_BITS / 8,
                "uploadThroughput": UP_BITS / 8,
            },
        )
        wire.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
        page.goto(address, wait_until="load", timeout=60_000)
        page.wait_for_timeout(SETTLED_MS)
        read = page.evaluate(READ)
        return Visit(**{name: read[name] for name in Visit.__dataclass_fields__})
    finally:
        context.close()


def report(visits: list[Visit]) -> bool:
    """Print medians and worst beside the goals; returns whether the medians hold them."""
    table = Table(title="First visit, mid-range phone on slow 4G")
    for column in ("measure", "median", "worst", "goal", "holds"):
        table.add_column(column, justify="left" if column == "measure" else "right")
    shift, paint = [one.cls for one in visits], [one.lcp for one in visits]
    shift_holds = statistics.median(shift) < GOAL_CLS
    paint_holds = statistics.median(paint) < GOAL_LCP_MS
    table.add_row(
        "CLS",
        f"{statistics.median(shift):.4f}",
        f"{max(shift):.4f}",
        f"< {GOAL_CLS}",
        "yes" if shift_holds else "no",
    )
    table.add_row(
        "LCP, ms",
        f"{statistics.median(paint):.0f}",
        f"{max(paint):.0f}",
        f"< {GOAL_LCP_MS:.0f}",
        "yes" if paint_holds else "no",
    )
    for name, values in (
        ("first paint, ms", [one.fcp for one in visits]),
        ("first byte, ms", [one.ttfb for one in visits]),
        ("kB until LCP", [one.bytes / 1000 for one in visits]),
        ("requests until LCP", [float(one.requests) for one in visits]),
    ):
        table.add_row(name, f"{statistics.median(values):.0f}", f"{max(values):.0f}", "", "")
    console = Console()
    console.print(table)
    console.print(f"largest: {visits[-1].element}; {len(visits)} visits")
    return shift_holds and paint_holds
