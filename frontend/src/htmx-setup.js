// htmx under a strict Content-Security-Policy: no eval, no style element, no copy of a page in
// the browser's storage (pages show money). A 422 is a form with its errors, so it is swapped.

import htmx from "htmx.org";
import { tellThatTheSessionEnded } from "./session-end.js";
import { showToast } from "./toasts.js";

Object.assign(htmx.config, {
  allowEval: false,
  includeIndicatorStyles: false,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  selfRequestsOnly: true,
  defaultSwapStyle: "outerHTML",
  defaultSettleDelay: 0,
  scrollBehavior: "instant",
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true, error: false },
    { code: "[45]..", swap: false, error: true },
  ],
});

const words = {
  403: "You may not do that in this household.",
  404: "That is no longer there. Reload the page to see what is.",
  409: "It was changed elsewhere in the meantime. Reload the page and try again.",
  413: "That file is too large.",
  429: "Too many tries. Wait a moment, then try again.",
  503: "The hub is busy. Try again in a few seconds.",
};

function sentenceOf(xhr) {
  const type = xhr.getResponseHeader("Content-Type") ?? "";
  if (type.includes("json")) {
    try {
      const problem = JSON.parse(xhr.responseText);
      return [problem.detail, problem.fix].filter(Boolean).join(" ") || words[xhr.status];
    } catch {
      return words[xhr.status];
    }
  }
  return words[xhr.status];
}

// What the operator finds the failure by.
function unknownFailure(xhr) {
  const number = xhr.getResponseHeader("X-Correlation-Id");
  return `Something went wrong. Nothing was changed.${number ? ` Number: ${number}` : ""}`;
}

document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status === 401) {
    tellThatTheSessionEnded(detail.requestConfig);
    return;
  }
  showToast({ message: sentenceOf(detail.xhr) ?? unknownFailure(detail.xhr), tone: "error" });
});

document.addEventListener("htmx:sendError", () => {
  showToast({
    message: "The hub did not answer. Check the connection, then try again.",
    tone: "error",
  });
});

let running = 0;
function setBusy(step) {
  running = Math.max(0, running + step);
  document.body.classList.toggle("is-busy", running > 0);
}
// What the page asks by itself is no work of the person, so no bar moves for it.
const isAsked = ({ detail }) => !detail.elt?.dataset?.polls;
document.addEventListener("htmx:beforeRequest", (event) => isAsked(event) && setBusy(1));
document.addEventListener("htmx:afterRequest", (event) => isAsked(event) && setBusy(-1));

export { htmx };
