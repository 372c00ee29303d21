"""Pages in Chromium: what a person waits for and what travels, on a first and on a repeat visit.

It exists because a fast API behind a heavy page is a slow product. First visit: a new browser
context with an empty cache, already signed in; repeat: a second tab of the same context. Bytes are
the `encodedDataLength` of the page's own requests, headers included, as sent (compressed).
"Drawn" is the first frame in which the page's signal holds: a chart and the rows of a table.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bench.figures import Figure, percentile
from bench.hub import EMAIL, PASSWORD, Hub
from bench.workbench import Workbench

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, StorageState, ViewportSize

VISITS: Final = 5
_MEASURED: Final = {"/dashboard": "dashboard", "/transactions": "transactions"}
_WINDOW_MS: Final = 800
_TIMEOUT_SECONDS: Final = 30
_POLL_MS: Final = 50
_VIEWPORT: Final[ViewportSize] = {"width": 1440, "height": 900}

# Path → what must hold in the page before it counts as drawn (JavaScript).
DRAWN: Final = {
    "/dashboard": (
        "(charts => charts.length > 0 && charts.every(chart => chart.querySelector('canvas, svg')))"
        "([...document.querySelectorAll('[data-chart-canvas]')]"
        ".filter(chart => chart.getBoundingClientRect().top < innerHeight))"
        " && document.querySelectorAll('tbody tr').length > 3"
    ),
    "/transactions": "document.querySelectorAll('tbody tr').length >= 20",
    "/accounts": "document.querySelectorAll('main a, main tr, main li').length > 7",
    "/import": "document.querySelector('input[type=file]') !== null",
    "/settings": "document.querySelector('main form') !== null",
}
_PROBE: Final = """(() => {
  const seen = window.__seen = {fcp: 0, drawn: 0, shift: 0, task: 0, tasks: 0};
  const watch = (type, each) => new PerformanceObserver(
    list => list.getEntries().forEach(each)).observe({type, buffered: true});
  watch('paint', e => { if (e.name === 'first-contentful-paint') seen.fcp = e.startTime; });
  watch('layout-shift', e => { if (!e.hadRecentInput) seen.shift += e.value; });
  watch('longtask', e => { seen.task = Math.max(seen.task, e.duration); seen.tasks += 1; });
  const frame = () => {
    if (document.body && (SIGNAL)) {
      requestAnimationFrame(() => setTimeout(() => { seen.drawn = performance.now(); }, 0));
    } else { requestAnimationFrame(frame); }
  };
  requestAnimationFrame(frame);
})();"""


@dataclass
class Visit:
    """What one load of one page took: milliseconds, bytes, nodes, shift."""

    fcp: float = 0.0
    drawn: float = 0.0
    shift: float = 0.0
    task: float = 0.0
    nodes: float = 0.0
    bytes: float = 0.0
    problems: list[str] = field(default_factory=list)


def measure_pages(bench: Workbench) -> list[Figure]:
    """Visit the two heavy pages five times for the first time and five times again; medians."""
    with Hub(bench.book()) as hub, _chromium() as browser:
        state = _sign_in(browser, hub)
        visits = {path: _visits(browser, hub, path, state) for path in DRAWN}
    figures: list[Figure] = []
    for path, name in _MEASURED.items():
        first, repeat = visits[path]
        figures += _figures(bench.size, name, first, repeat)
    worst = max(visit.shift for both in visits.values() for visits_ in both for visit in visits_)
    figures.append(Figure("page_worst_shift", bench.size, worst))
    problems = [
        text for both in visits.values() for some in both for v in some for text in v.problems
    ]
    for problem in dict.fromkeys(problems):
        print(f"  page error: {problem}")
    return figures


def _figures(size: int, name: str, first: list[Visit], repeat: list[Visit]) -> list[Figure]:
    def median(visits: list[Visit], attribute: str) -> float:
        return percentile([getattr(visit, attribute) for visit in visits], 50)

    drawn = sorted(visit.drawn for visit in first)
    return [
        Figure(f"page_{name}_fcp", size, median(first, "fcp")),
        Figure(
            f"page_{name}_drawn", size, median(first, "drawn"), f"{drawn[0]:.0f}-{drawn[-1]:.0f} ms"
        ),
        Figure(f"page_{name}_bytes", size, median(first, "bytes") / 1000),
        Figure(f"page_{name}_repeat_bytes", size, median(repeat, "bytes") / 1000),
        Figure(f"page_{name}_repeat_drawn", size, median(repeat, "drawn")),
        Figure(f"page_{name}_nodes", size, median(first, "nodes")),
        Figure(f"page_{name}_task", size, max(visit.task for visit in first)),
        Figure(f"page_{name}_shift", size, max(visit.shift for visit in first)),
    ]


def _visits(
    browser: Browser, hub: Hub, path: str, state: StorageState
) -> tuple[list[Visit], list[Visit]]:
    """Return the first visits, each in a context of its own, and the repeat visits."""
    first, repeat = [], []
    # Of the other pages only the layout shift is told.
    for _ in range(VISITS if path in _MEASURED else 1):
        context = browser.new_context(viewport=_VIEWPORT, storage_state=state)
        try:
            first.append(_visit(context, hub, path))
            repeat.append(_visit(context, hub, path))
        finally:
            context.close()
    return first, repeat


def _sign_in(browser: Browser, hub: Hub) -> StorageState:
    """Sign in once through the form's address and return the cookies for the other contexts."""
    context = browser.new_context()
    answer = context.request.post(
        f"http://127.0.0.1:{hub.port}/signin",
        form={"email": EMAIL, "password": PASSWORD},
        headers={"Origin": f"http://127.0.0.1:{hub.port}", "Sec-Fetch-Site": "same-origin"},
        max_redirects=0,
    )
    if answer.status >= 400:
        message = f"sign-in answered {answer.status}"
        raise RuntimeError(message)
    state = context.storage_state()
    context.close()
    return state


def _visit(context: BrowserContext, hub: Hub, path: str) -> Visit:
    """Load a page in a new tab and wait until it is drawn and a moment longer."""
    page = context.new_page()
    visit = Visit()
    page.on("pageerror", lambda error: visit.problems.append(f"{path}: {error}"))
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Performance.enable")

    def finished(event: dict[str, Any]) -> None:
        visit.bytes += event["encodedDataLength"]

    session.on("Network.loadingFinished", finished)
    page.add_init_script(_PROBE.replace("SIGNAL", DRAWN[path]))
    page.goto(f"http://127.0.0.1:{hub.port}{path}", wait_until="commit")
    # Playwright's own waiting evaluates text in the page, which the content policy forbids.
    deadline = time.perf_counter() + _TIMEOUT_SECONDS
    while not page.evaluate("() => window.__seen ? window.__seen.drawn : 0"):
        if time.perf_counter() > deadline:
            message = f"{path} was not drawn within {_TIMEOUT_SECONDS} s"
            raise TimeoutError(message)
        page.wait_for_timeout(_POLL_MS)
    page.wait_for_timeout(_WINDOW_MS)
    seen = page.evaluate("() => window.__seen")
    visit.fcp, visit.drawn = seen["fcp"], seen["drawn"]
    visit.shift, visit.task = seen["shift"], seen["task"]
    metrics = session.send("Performance.getMetrics")["metrics"]
    visit.nodes = next(item["value"] for item in metrics if item["name"] == "Nodes")
    page.close()
    return visit


@contextmanager
def _chromium() -> Iterator[Browser]:
    """Start the system's Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("PFH_BENCH_CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        try:
            yield browser
        finally:
            browser.close()
