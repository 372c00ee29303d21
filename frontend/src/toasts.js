// Short messages at the lower edge, announced politely, with an optional Undo.
// A server asks for one with the header HX-Trigger: {"toast": {"message", "undoUrl"?, "tone"?}}.

import htmx from "htmx.org";

const LIFETIME_MS = 8000;

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

function button(className, label) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = className;
  element.setAttribute("aria-label", label);
  return element;
}

// Under an open dialog nothing can be read or pressed, so it shows the messages itself.
const place = () => document.querySelector("dialog:modal > .toasts") ?? document.getElementById("toasts");

export function removeToasts(topic) {
  for (const toast of document.querySelectorAll(`.toast[data-topic="${topic}"]`)) toast.remove();
}

export function showToast({ message, undoUrl, actionLabel = "Undo", tone = "good", topic, link }) {
  const region = place();
  if (!region || !message) return;
  // What fails again says nothing new.
  if (tone === "error") for (const old of region.children) if (old.dataset.failure === message) old.remove();
  const toast = document.createElement("div");
  toast.className = "toast";
  if (topic) toast.dataset.topic = topic;
  if (tone === "error") toast.dataset.failure = message;
  const text = document.createElement("span");
  text.textContent = message;
  toast.append(icon(tone === "error" ? "circle-alert" : "check"), text);

  // One that leads into another tab waits until its reader is back.
  const leave = (after) => (link ? undefined : setTimeout(() => toast.remove(), after));
  let timer = leave(tone === "error" ? LIFETIME_MS * 2 : LIFETIME_MS);
  const hold = () => clearTimeout(timer);
  const release = () => {
    timer = leave(LIFETIME_MS);
  };
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("pointerleave", release);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("focusout", release);

  if (undoUrl) {
    const undo = button("toast-action", `${actionLabel}: ${message}`);
    undo.textContent = actionLabel;
    undo.dataset.undo = undoUrl;
    undo.addEventListener("click", () => {
      toast.remove();
      htmx.ajax("POST", undoUrl, { source: document.body, swap: "none" });
    });
    toast.append(undo);
  }
  if (link) {
    const other = document.createElement("a");
    Object.assign(other, { className: "toast-link", href: link.address, target: "_blank", rel: "noopener" });
    other.textContent = link.label;
    text.append(" ", other);
  }
  const close = button("btn btn-ghost btn-sm btn-icon text-inherit", "Close this message");
  close.append(icon("x"));
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  region.append(toast);
  while (region.children.length > 3) region.firstElementChild.remove();
}

export function setUpToasts() {
  document.body.addEventListener("toast", ({ detail }) => showToast(detail));
  // A full page may carry one message of the request before it.
  const flash = document.querySelector("[data-flash]");
  if (flash) {
    showToast({
      message: flash.dataset.flash,
      undoUrl: flash.dataset.undoUrl,
      tone: flash.dataset.tone,
    });
  }
}
