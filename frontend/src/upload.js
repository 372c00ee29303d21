// Dropping a bank file anywhere on the drop zone, and a bar that tells how much has arrived.

function take(zone, files) {
  const input = zone.querySelector('input[type="file"]');
  if (!files.length || !input) return;
  input.files = files;
  zone.closest("form").requestSubmit();
}

// The preview's tabs: all, new, known, errors.
function showOutcome(button) {
  const scope = button.closest("[data-row-filter]");
  for (const other of scope.querySelectorAll("[data-show]")) {
    other.setAttribute("aria-pressed", String(other === button));
  }
  for (const row of scope.querySelectorAll("[data-outcome]")) {
    row.hidden = button.dataset.show !== "all" && row.dataset.outcome !== button.dataset.show;
  }
}

export function setUpUpload() {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-row-filter] [data-show]");
    if (button) showOutcome(button);
  });
  const zone = document.querySelector("[data-drop-zone]");
  if (!zone) return;
  const form = zone.closest("form");
  const progress = form.querySelector("progress");
  const status = form.querySelector("[data-upload-status]");
  const setOver = (over) => zone.toggleAttribute("data-over", over);

  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      setOver(true);
    });
  }
  zone.addEventListener("dragleave", (event) => {
    if (!zone.contains(event.relatedTarget)) setOver(false);
  });
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    setOver(false);
    take(zone, event.dataTransfer.files);
  });
  zone.querySelector('input[type="file"]').addEventListener("change", ({ target }) => {
    if (target.files.length) form.requestSubmit();
  });

  form.addEventListener("htmx:beforeRequest", () => {
    const names = [...form.querySelector('input[type="file"]').files].map((file) => file.name);
    progress.closest("[data-upload]").hidden = false;
    status.textContent = `Sending ${names.join(", ")}\u2026`;
  });
  form.addEventListener("htmx:xhr:progress", ({ detail }) => {
    if (!detail.lengthComputable) return;
    progress.value = Math.round((detail.loaded / detail.total) * 100);
    if (detail.loaded === detail.total) {
      progress.removeAttribute("value");
      status.textContent = "Reading the file\u2026";
    }
  });
  form.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful) return;
    progress.closest("[data-upload]").hidden = true;
    // A field that holds the file already would not notice that it is chosen again.
    form.querySelector('input[type="file"]').value = "";
  });
}
