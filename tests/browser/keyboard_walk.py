"""Walking through a page by the Tab key alone, and everything that can be wrong on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from playwright.sync_api import Locator, Page

STOPS_MAX: Final = 400
# A line of text: what stands beside each other is rarely aligned to the pixel.
_LINE_PIXELS: Final = 24
# A script may give them the focus; nobody comes by them with Tab.
_HOLDERS: Final = frozenset({"RootWebArea", "dialog", "alertdialog", "main"})

# Run in each page before its own scripts. `stop` tells where the focus is; `missed` what can be
# seen and takes the focus, and where the walk did not come by.
_WALKER: Final = """
window.walker = (() => {
  const seen = new Set();
  let last = null, looked = "";
  const chain = (one) => [one, one.parentElement, one.parentElement?.parentElement].filter(Boolean);
  const look = (one) => chain(one).map((each) => {
    const style = getComputedStyle(each);
    return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow,
            style.borderColor, style.backgroundColor].join();
  }).join("|");
  // Of a hidden box the label is what a person sees.
  const shown = (one) => {
    const box = one.getBoundingClientRect();
    const label = one.closest("label") ?? one.labels?.[0];
    return label && box.width <= 1 ? label : one;
  };
  const isFixed = (one) => {
    for (let at = one; at && at !== document.body; at = at.parentElement) {
      if (["fixed", "sticky"].includes(getComputedStyle(at).position)) return true;
    }
    return false;
  };
  const opacity = (one) => {
    let product = 1;
    for (let at = one; at; at = at.parentElement) product *= Number(getComputedStyle(at).opacity);
    return product;
  };
  const isSeen = (one) => {
    const part = shown(one);
    return part.checkVisibility({visibilityProperty: true}) && part.getClientRects().length > 0;
  };
  const words = (one) => `${one.outerHTML.replace(/\\s+/g, " ").slice(0, 110)}`;
  return {
    start() {
      seen.clear();
      last = null;
      // A field that has the focus already is not where the walk begins.
      document.body.tabIndex = -1;
      document.body.focus();
      document.body.removeAttribute("tabindex");
    },
    stop() {
      const one = document.activeElement;
      // A date has several stops inside of one field.
      const isSame = one === last;
      const faded = !isSame && last?.isConnected && look(last) === looked ? words(last) : "";
      if (!one || one === document.body || one === document.documentElement) {
        last = null;
        return {end: true, faded};
      }
      const part = shown(one), box = part.getBoundingClientRect();
      const centre = [box.left + box.width / 2, box.top + Math.min(box.height / 2, 20)];
      const top = document.elementFromPoint(...centre);
      const isFirst = seen.values().next().value === one;
      const again = !isFirst && seen.has(one) && !(isSame && one.type === "date");
      if (isFirst && !isSame) {
        last = null;
        return {end: true, faded};
      }
      seen.add(one);
      last = one;
      looked = look(one);
      const fixed = isFixed(one);
      return {
        end: false, faded, again, words: words(one), tabindex: one.tabIndex,
        isSeen: isSeen(one) && opacity(part) > 0.5,
        isInside: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
        covered: top && !(part.contains(top) || top.contains(part)) ? words(top) : "",
        left: box.left, right: box.right, fixed,
        top: box.top + (fixed ? 0 : scrollY),
      };
    },
    missed() {
      const radios = new Set();
      for (const one of seen) if (one.type === "radio") radios.add(one.name + one.form?.id);
      return [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
        .filter((one) => !one.disabled && one.type !== "hidden" && one.tabIndex >= 0)
        .filter((one) => isSeen(one) && !seen.has(one) && !one.closest("dialog:not([open])"))
        .filter((one) => !(one.type === "radio" && radios.has(one.name + one.form?.id)))
        .map(words);
    },
  };
})();
"""


def prepare(page: Page) -> None:
    """Have the pages that are opened from now on tell of their focus."""
    page.add_init_script(_WALKER)


def walk(page: Page) -> Sequence[str]:
    """Press Tab from the top of the page to its end and return what was wrong."""
    page.evaluate("walker.start()")
    wrong: list[str] = []
    before: Mapping[str, Any] | None = None
    for _ in range(STOPS_MAX):
        page.keyboard.press("Tab")
        stop: Mapping[str, Any] = page.evaluate("walker.stop()")
        if stop["faded"]:
            wrong.append(f"looks the same without the focus: {stop['faded']}")
        if stop["end"]:
            break
        wrong += _wrong_at(stop)
        if before is not None and not _follows(before, stop):
            wrong.append(f"jumps back from {before['words']} to {stop['words']}")
        if stop["again"]:
            wrong.append(f"does not leave: {stop['words']}")
            break
        before = stop
    else:
        wrong.append(f"more than {STOPS_MAX} stops")
    wrong += [f"is never reached: {words}" for words in page.evaluate("walker.missed()")]
    return [*wrong, *_nameless(page)]


def open_and_leave(page: Page, opener: Locator, dialog: str = "#dialog") -> Sequence[str]:
    """Open a dialog by Enter, go round in it, leave it by Escape; return what was wrong."""
    opener.focus()
    page.keyboard.press("Enter")
    opened = page.locator(f"{dialog}[open]")
    opened.locator("button, input").first.wait_for()
    wrong = _wrong_inside(page, dialog)
    page.keyboard.press("Escape")
    opened.wait_for(state="detached")
    if not opener.evaluate("one => one === document.activeElement"):
        holder = page.evaluate("document.activeElement.outerHTML.slice(0, 90)")
        wrong.append(f"{dialog} gives the focus to {holder}")
    return wrong


def _wrong_inside(page: Page, dialog: str) -> list[str]:
    wrong = []
    inside = f"document.activeElement.closest('{dialog}') !== null"
    if not page.evaluate(inside):
        wrong.append(f"{dialog} does not take the focus")
    stops = page.locator(f"{dialog} :is(a[href], button, input, select)").count()
    for _ in range(stops + 4):
        page.keyboard.press("Tab")
        # Between the last field and the first one the browser itself has the focus.
        if not page.evaluate(f"document.activeElement === document.body || {inside}"):
            wrong.append(f"{dialog} lets the focus out")
    return wrong


def _wrong_at(stop: Mapping[str, Any]) -> Sequence[str]:
    checks = (
        (stop["isSeen"], "cannot be seen"),
        (stop["isInside"], "is outside of the screen"),
        (not stop["covered"], f"is covered by {stop['covered']}"),
        (stop["tabindex"] == 0, "has an order of its own"),
    )
    return [f"{words}: {stop['words']}" for good, words in checks if not good]


def _follows(before: Mapping[str, Any], stop: Mapping[str, Any]) -> bool:
    """Tell whether the eye goes on: further down, on the same line, or into the next column."""
    if before["fixed"] != stop["fixed"]:
        return True
    is_next_column = stop["left"] >= before["right"] - 1
    return bool(stop["top"] >= before["top"] - _LINE_PIXELS or is_next_column)


def _nameless(page: Page) -> Sequence[str]:
    """Return what takes the focus and has no name for who cannot see it."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [
        f"has no name: {node.get('role', {}).get('value')} {node.get('backendDOMNodeId')}"
        for node in nodes
        if not node.get("ignored")
        and node.get("role", {}).get("value") not in _HOLDERS
        and any(
            one["name"] == "focusable" and one["value"].get("value")
            for one in node.get("properties", ())
        )
        and not node.get("name", {}).get("value")
    ]
