// Ticking rows: the bar with the deeds for them appears while one is ticked.

const boxes = () => [...document.querySelectorAll("[data-select-row]")];

function refresh() {
  const bar = document.getElementById("bulk-bar");
  if (!bar) return;
  const ticked = boxes().filter((box) => box.checked);
  const hadFocus = bar.contains(document.activeElement);
  bar.hidden = ticked.length === 0;
  if (bar.hidden && hadFocus) document.querySelector("[data-select-all]")?.focus();
  bar.querySelector("[data-count]").textContent =
    ticked.length === 1 ? "1 selected" : `${ticked.length} selected`;
  const all = document.querySelector("[data-select-all]");
  if (all) {
    all.checked = ticked.length > 0 && ticked.length === boxes().length;
    all.indeterminate = ticked.length > 0 && !all.checked;
  }
}

let last = null;

export function setUpSelection() {
  document.addEventListener("click", ({ target, shiftKey }) => {
    if (target.matches?.("[data-select-row]")) {
      const list = boxes();
      if (shiftKey && last && list.includes(last)) {
        const [from, to] = [list.indexOf(last), list.indexOf(target)].sort((a, b) => a - b);
        for (const box of list.slice(from, to + 1)) box.checked = target.checked;
      }
      last = target;
      refresh();
    } else if (target.matches?.("[data-select-all]")) {
      for (const box of boxes()) box.checked = target.checked;
      refresh();
    } else if (target.closest?.("[data-select-none]")) {
      for (const box of boxes()) box.checked = false;
      refresh();
    }
  });
  document.addEventListener("htmx:afterSettle", refresh);
}
