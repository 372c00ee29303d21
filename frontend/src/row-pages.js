// Endless lists with a bounded page: of the pages of rows (one <tbody data-page> each) only the
// nearest three stay in the document. One that leaves is replaced by a spacer of the same height,
// which fetches its rows again when it comes back into view.

import htmx from "htmx.org";

const KEPT = 3;

function fold(body) {
  const height = body.getBoundingClientRect().height;
  const spacer = document.createElement("tbody");
  spacer.dataset.page = body.dataset.page;
  spacer.dataset.folded = "";
  const row = spacer.insertRow();
  row.className = "no-hover";
  row.insertCell().colSpan = body.closest("table").tHead.rows[0].cells.length;
  row.style.height = `${height}px`;
  body.replaceWith(spacer);
  observer.observe(spacer);
}

function foldFar(near) {
  const all = [...document.querySelectorAll("tbody[data-page]")];
  const centre = all.indexOf(near);
  all.forEach((body, index) => {
    const far = Math.abs(index - centre) >= KEPT - 1;
    const isBusy = body.contains(document.activeElement) || body.querySelector("form, :checked");
    if (far && !("folded" in body.dataset) && !isBusy) fold(body);
  });
}

const observer = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || !target.isConnected) continue;
      if ("folded" in target.dataset) {
        observer.unobserve(target);
        htmx.ajax("GET", target.dataset.page, {
          target,
          swap: "outerHTML",
          select: "tbody[data-page]",
        });
      }
      foldFar(target);
    }
  },
  { rootMargin: "200px" },
);

function watch(root) {
  const bodies = root.matches?.("tbody[data-page]") ? [root] : root.querySelectorAll?.("tbody[data-page]");
  for (const body of bodies ?? []) observer.observe(body);
}

export function setUpPages() {
  watch(document);
  document.addEventListener("htmx:load", ({ detail }) => watch(detail.elt));
}
