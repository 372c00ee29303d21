// Parts of a page that fetch themselves again (data-polls): quietly, never under an open dialog,
// whose button they would take off the page, and never for a page that nobody sees. The attribute
// names the element that says so when no answer comes.

// An element that its own answer replaced is told of by the request alone.
const polled = (detail) => (detail.requestConfig?.elt ?? detail.elt)?.dataset?.polls;

function holdBack(event) {
  if (!polled(event.detail)) return;
  if (document.hidden || document.querySelector("dialog[open]")) event.preventDefault();
}

// One that was asked for before the dialog opened takes nothing away either.
function leaveAsItIs(event) {
  if (polled(event.detail) && document.querySelector("dialog[open]")) event.detail.shouldSwap = false;
}

function tell(event) {
  const failed = polled(event.detail);
  // That the session has ended is told as on any other page.
  if (!failed || event.detail.xhr?.status === 401) return;
  event.stopPropagation();
  document.querySelector(failed)?.toggleAttribute("hidden", false);
}

export function setUpPolling() {
  document.body.addEventListener("htmx:beforeRequest", holdBack);
  document.body.addEventListener("htmx:beforeSwap", leaveAsItIs);
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.body.addEventListener(name, tell);
  }
  document.body.addEventListener("htmx:afterOnLoad", ({ detail }) => {
    if (polled(detail)) document.querySelector(polled(detail))?.toggleAttribute("hidden", true);
  });
}
