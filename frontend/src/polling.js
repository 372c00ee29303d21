// Parts of a page that fetch themselves again (data-polls): quietly, never under an open dialog,
// whose button they would take off the page, and never for a page that nobody sees. The attribute
// names the element that says so when no answer comes.

const polled = (detail) => detail.elt?.dataset?.polls;

function holdBack(event) {
  if (!polled(event.detail)) return;
  if (document.hidden || document.querySelector("dialog[open]")) event.preventDefault();
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
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.body.addEventListener(name, tell);
  }
  document.body.addEventListener("htmx:afterOnLoad", ({ detail }) => {
    if (polled(detail)) document.querySelector(polled(detail))?.toggleAttribute("hidden", true);
  });
}
