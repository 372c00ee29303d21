// Dialogs without any inline script: one for fragments from the server, one that asks before a
// deed (hx-confirm), and those in the page, opened by data-open and closed by data-close.

const byId = (id) => document.getElementById(id);

function openFragmentDialog(event) {
  if (event.detail.target?.id !== "dialog-content") return;
  const dialog = byId("dialog");
  if (!dialog.open && byId("dialog-content").childElementCount > 0) dialog.showModal();
  byId("dialog-content").querySelector("[autofocus]")?.focus();
}

function askBefore(event) {
  const { question, elt, issueRequest } = event.detail;
  if (!question) return;
  event.preventDefault();
  const dialog = byId("confirm");
  byId("confirm-question").textContent = question;
  byId("confirm-detail").textContent = elt.dataset.confirmDetail ?? "";
  const yes = byId("confirm-yes");
  yes.textContent = elt.dataset.confirmLabel ?? "Continue";
  yes.className = `btn ${elt.dataset.confirmTone === "danger" ? "btn-danger" : "btn-primary"}`;
  dialog.returnValue = "";
  dialog.addEventListener("close", () => dialog.returnValue === "yes" && issueRequest(true), {
    once: true,
  });
  dialog.showModal();
  yes.focus();
}

function onClick(event) {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    byId(opener.dataset.open)?.showModal();
    return;
  }
  const closer = event.target.closest("[data-close]");
  if (closer) {
    closer.closest("dialog")?.close(closer.dataset.close);
    return;
  }
  // The backdrop of a modal dialog is the dialog itself; its content never is. A text that was marked
  // with the mouse until outside ends there, too, and the second half of a double click comes upon a
  // dialog that the first half opened: neither means to leave.
  const isMeant = pressed === event.target && event.detail < 2;
  if (isMeant && event.target instanceof HTMLDialogElement && event.target.open) event.target.close();
}

let pressed = null;

export function setUpDialogs() {
  document.addEventListener("htmx:afterSwap", openFragmentDialog);
  document.addEventListener("htmx:confirm", askBefore);
  document.addEventListener("pointerdown", ({ target }) => {
    pressed = target;
  });
  document.addEventListener("click", onClick);
  document.body.addEventListener("close-dialog", () => byId("dialog")?.close());
  byId("dialog")?.addEventListener("close", ({ target }) => {
    byId("dialog-content").replaceChildren();
    byId("toasts").append(...target.querySelectorAll(".toast"));
  });
}
