// A session that ended while its page was open. Whoever only looks is led to the sign-in; whoever has
// typed something stays with it, signs in in another tab, and sends the same form again. What the
// page asks by itself (suggestions, polls, pages of rows) never takes it away from its reader.

import { removeToasts, showToast } from "./toasts.js";

const WRITING = "form[hx-post]";
const TOLD = "session-end";
const isTyped = () => document.querySelector(`${WRITING}[data-typed]`) !== null;

export function tellThatTheSessionEnded({ verb, triggeringEvent }) {
  const address = `/signin?next=${encodeURIComponent(location.pathname + location.search)}`;
  const isSent = verb !== "get";
  const isAsked = isSent || triggeringEvent?.type === "click";
  if (isAsked && !isSent && !isTyped()) {
    location.assign(address);
    return;
  }
  if (!isAsked && document.querySelector(`.toast[data-topic="${TOLD}"]`)) return;
  removeToasts(TOLD);
  const rest = isTyped() ? "What you typed is still here: sign in, then try again." : "Sign in to go on.";
  showToast({
    message: `Your session has ended. ${rest}`,
    link: { address, label: "Sign in, in a new tab" },
    tone: "error",
    topic: TOLD,
  });
}

export function setUpSessionEnd() {
  document.addEventListener("input", ({ target }) => {
    if (target.form?.matches(WRITING)) target.form.dataset.typed = "";
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!detail.successful) return;
    removeToasts(TOLD);
    if (detail.elt.matches?.(WRITING)) delete detail.elt.dataset.typed;
  });
}
