// Small conveniences of forms: focus the first error, submit on change, split lines that count down.

import htmx from "htmx.org";
import { formatMinor, parseMinor } from "./money.js";

function focusFirstError({ detail }) {
  const scope = detail.elt ?? document;
  scope.querySelector?.('[aria-invalid="true"]')?.focus();
}

// Fields of a transaction that make sense for one direction only say so in data-for.
function showFieldsOf(form) {
  const kind = form.querySelector('[name="transactionType"]:checked')?.value;
  if (!kind) return;
  for (const part of form.querySelectorAll("[data-for]")) {
    const wanted = part.dataset.for.split(" ").includes(kind);
    part.hidden = !wanted;
    for (const field of part.querySelectorAll("input, select")) field.disabled = !wanted;
  }
  for (const group of form.querySelectorAll("optgroup[data-type]")) {
    group.hidden = group.dataset.type !== kind;
  }
}

function addSplitLine(form) {
  const template = form.querySelector("template[data-split-line]");
  const lines = form.querySelector("[data-split-lines]");
  if (!template || !lines) return;
  const index = lines.children.length;
  const line = template.content.cloneNode(true);
  for (const element of line.querySelectorAll("[name], [id], [for]")) {
    for (const attribute of ["name", "id", "for"]) {
      const value = element.getAttribute(attribute);
      if (value) element.setAttribute(attribute, value.replace("__n__", String(index)));
    }
  }
  lines.append(line);
  lines.lastElementChild.querySelector("select, input")?.focus();
  updateRest(form);
}

function updateRest(form) {
  const rest = form.querySelector("[data-split-rest]");
  if (!rest) return;
  const digits = Number(form.dataset.digits ?? 2);
  const total = parseMinor(form.querySelector('[name="amount"]')?.value, digits) ?? 0;
  let used = 0;
  for (const field of form.querySelectorAll("[data-split-lines] [data-split-amount]")) {
    used += parseMinor(field.value, digits) ?? 0;
  }
  const left = total - used;
  rest.textContent =
    left === 0 ? "All of it is assigned." : `${formatMinor(left, rest.dataset.currency, digits)} left to assign.`;
  rest.classList.toggle("text-error", left !== 0);
}

export function setUpForms() {
  document.addEventListener("htmx:afterSwap", focusFirstError);
  document.addEventListener("htmx:load", ({ detail }) => {
    const root = detail.elt;
    const forms = root.matches?.("form[data-transaction]")
      ? [root]
      : (root.querySelectorAll?.("form[data-transaction]") ?? []);
    for (const form of forms) {
      showFieldsOf(form);
      updateRest(form);
    }
  });
  document.addEventListener("change", ({ target }) => {
    const form = target.closest?.("form[data-transaction]");
    if (form && target.name === "transactionType") showFieldsOf(form);
    const own = target.closest?.("form[data-submit-on-change]");
    if (own) own.requestSubmit();
    const checks = target.closest?.("[data-reveal]");
    if (checks) document.getElementById(checks.dataset.reveal)?.toggleAttribute("hidden", !target.checked);
  });
  document.addEventListener("input", ({ target }) => {
    const form = target.closest?.("form[data-transaction]");
    if (form && (target.name === "amount" || "splitAmount" in target.dataset)) updateRest(form);
  });
  document.addEventListener("click", ({ target }) => {
    const add = target.closest("[data-split-add]");
    if (add) {
      const form = add.closest("form");
      form.querySelector("[data-split-editor]")?.removeAttribute("hidden");
      form.querySelector("[data-single-category]")?.setAttribute("hidden", "");
      addSplitLine(form);
      if (form.querySelector("[data-split-lines]").children.length === 1) addSplitLine(form);
    }
    const remove = target.closest("[data-split-remove]");
    if (remove) {
      const form = remove.closest("form");
      remove.closest("[data-split-row]").remove();
      updateRest(form);
    }
    const copy = target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy);
    const clear = target.closest("[data-clear-form]");
    if (clear) {
      const form = document.getElementById(clear.dataset.clearForm);
      for (const field of form.elements) if (field.name && field.type !== "hidden") field.value = "";
      htmx.trigger(form, "submit");
    }
  });
}
