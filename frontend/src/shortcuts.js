// Keys for people who live in the keyboard. "?" shows them all; none fires while a person types.

import { chooseNextTheme } from "./theme-switch.js";

const destinations = {
  d: "/dashboard",
  t: "/transactions",
  a: "/accounts",
  c: "/categories",
  i: "/import",
  s: "/settings",
};

let pending = "";
let pendingTimer = 0;

const isTyping = (target) =>
  target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

function moveRow(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (rows.length === 0) return;
  const now = rows.indexOf(document.activeElement?.closest("[data-row]"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, now + step))];
  const focusable = next.querySelector("[data-row-edit]") ?? next.querySelector("a, button, input");
  focusable?.focus();
  next.scrollIntoView({ block: "nearest" });
}

const click = (selector, scope = document) => scope.querySelector(selector)?.click();
const currentRow = () => document.activeElement?.closest("[data-row]");

const keys = {
  "?": () => document.getElementById("shortcuts")?.showModal(),
  n: () => {
    const field = document.querySelector("form[data-quick-add][data-inline] [data-first]");
    if (field?.offsetParent) field.focus();
    else click("[data-quick-add-open]");
  },
  "/": () => document.querySelector("[data-search]")?.focus(),
  t: chooseNextTheme,
  "[": () => click("[data-period-previous]"),
  "]": () => click("[data-period-next]"),
  j: () => moveRow(1),
  k: () => moveRow(-1),
  e: () => currentRow() && click("[data-row-edit]", currentRow()),
  x: () => currentRow() && click("[data-select-row]", currentRow()),
  z: () => [...document.querySelectorAll("#toasts [data-undo]")].at(-1)?.click(),
};

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && isTyping(event.target)) {
    const cancel = event.target.closest("form")?.querySelector("[data-cancel]");
    if (cancel) cancel.click();
    else event.target.blur();
    return;
  }
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const key = event.key;
  if (pending === "g" && destinations[key]) {
    pending = "";
    event.preventDefault();
    location.assign(destinations[key]);
    return;
  }
  pending = key === "g" ? "g" : "";
  clearTimeout(pendingTimer);
  pendingTimer = setTimeout(() => {
    pending = "";
  }, 1200);
  if (keys[key]) {
    event.preventDefault();
    keys[key]();
  }
}

export function setUpShortcuts() {
  document.addEventListener("keydown", onKey);
  // "More" of the bottom bar and other menus: close when something in them was chosen.
  document.addEventListener("click", ({ target }) => {
    const menu = target.closest?.("[popover]");
    if (menu && target.closest("a, button")) menu.hidePopover();
  });
}
