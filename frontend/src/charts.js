// Finds the charts of a page and draws them when they come near the view, one per frame, with a
// library that is loaded only then. Each also has a table, which a button shows in its place.

let library;

function toggleTable(button) {
  const figure = button.closest("[data-chart]");
  const table = figure.querySelector("[data-chart-table]");
  const canvas = figure.querySelector("[data-chart-canvas]");
  const showTable = table.hidden;
  table.hidden = !showTable;
  canvas.hidden = showTable;
  button.setAttribute("aria-pressed", String(showTable));
}

function chooseRange(button) {
  const figure = button.closest("[data-chart]");
  for (const other of figure.querySelectorAll("[data-range]")) {
    other.setAttribute("aria-pressed", String(other === button));
  }
  library?.then(({ setRange }) => setRange(figure, Number(button.dataset.range)));
}

async function draw(figure) {
  library ??= import("./chart-library.js");
  const { drawChart } = await library;
  // A frame of its own for each, so that no task is long.
  await new Promise((resolve) => setTimeout(resolve, 0));
  drawChart(figure);
}

export function watchCharts() {
  const observer = new IntersectionObserver(
    (entries) => {
      let wait = Promise.resolve();
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        wait = wait.then(() => draw(target));
      }
    },
    { rootMargin: "300px" },
  );
  const watch = (root) => {
    for (const figure of root.querySelectorAll?.("[data-chart]") ?? []) observer.observe(figure);
  };
  watch(document);
  document.addEventListener("htmx:load", ({ detail }) => watch(detail.elt));
  document.addEventListener("theme-changed", () => library?.then(({ redrawAll }) => redrawAll()));
  document.addEventListener("click", ({ target }) => {
    const table = target.closest("[data-chart-toggle]");
    if (table) toggleTable(table);
    const range = target.closest("[data-range]");
    if (range) chooseRange(range);
  });
}
