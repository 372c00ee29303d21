// Where a part of the page is replaced, the focus that was in it goes on in its place: on the same
// control, else on the same row, else on the row beside it, else at the top of the content. Without
// this, whoever works by keyboard would begin at the top of the page after each deed.

const byId = (id) => (id ? document.getElementById(id) : null);
const isNowhere = () => document.activeElement === document.body || !document.activeElement;

// What tells a control without an id from those around it.
const MARKS = ["hx-get", "hx-post", "href", "name", "data-open"];

function markOf(control) {
  const name = MARKS.find((one) => control.getAttribute(one));
  return name && `${control.localName}[${name}="${CSS.escape(control.getAttribute(name))}"]`;
}

function neighbourOf(row) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.indexOf(row);
  return (rows[at + 1] ?? rows[at - 1])?.id;
}

function placeOf(control, part) {
  const row = control.closest("[data-row]");
  return { partId: part.id, mark: markOf(control), rowId: row?.id, besideId: row && neighbourOf(row) };
}

const editOf = (id) => byId(id)?.querySelector("[data-row-edit]");

function goOn({ partId, mark, rowId, besideId }) {
  const same = mark && byId(partId)?.querySelector(mark);
  const found = same ?? editOf(rowId) ?? editOf(besideId);
  if (found) found.focus();
  else byId("main")?.focus({ preventScroll: true });
}

// Request → what had the focus when it was sent: a button that is pressed is disabled meanwhile.
const before = new WeakMap();
let left = null;
let undone = null;

function leave({ detail }) {
  const control = isNowhere() ? before.get(detail.xhr) : document.activeElement;
  const isIn = control && control !== document.body && detail.target?.contains?.(control);
  left = isIn ? placeOf(control, detail.target) : null;
  if (detail.target?.id !== "transaction-list") return;
  // A message goes away with its button; what it brings back is where the person is.
  if (!left && undone) left = { rowId: undone };
  undone = null;
}

function arrive() {
  if (left && isNowhere()) goOn(left);
  left = null;
}

function noteUndo({ target }) {
  const id = target.closest?.("[data-undo]")?.dataset.undo.match(/^\/transactions\/(\d+)\//)?.[1];
  if (id) undone = `t${id}`;
}

export function setUpKeepFocus() {
  document.addEventListener("htmx:beforeRequest", ({ detail }) => before.set(detail.xhr, document.activeElement));
  document.addEventListener("htmx:beforeSwap", leave);
  document.addEventListener("htmx:afterOnLoad", arrive);
  document.addEventListener("click", noteUndo, { capture: true });
}
