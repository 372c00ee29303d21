// A part of the page that comes after it (data-awaited) and does not: a link offers it instead. Which
// request failed does not matter, for one that is still under way replaces the link with the part.

function offerLinks() {
  for (const part of document.querySelectorAll("[data-awaited]")) part.hidden = true;
  for (const link of document.querySelectorAll("[data-awaited-link]")) link.hidden = false;
}

export function setUpAwaitedParts() {
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, offerLinks);
  }
}
