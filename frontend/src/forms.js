// Small conveniences of forms: focus the first error, submit on change, split lines that count down.

import { formatMinor, parseMinor, plainDecimal } from "./money.js";

function focusFirstError({ detail }) {
  const scope = detail.elt ?? document;
  scope
    .querySelector?.(':is(input, select, textarea)[aria-invalid="true"]')
    ?.focus();
}

// Fields of a transaction that make sense for one direction only say so in data-for.
function showFieldsOf(form) {
  const kind = form.querySelector('[name="transactionType"]:checked')?.value;
  if (!kind) return;
  for (const part of form.querySelectorAll("[data-for]")) {
    const fits = part.dataset.for.split(" ").includes(kind);
    const isSplit = Boolean(form.querySelector("[data-split-row]"));
    const isOther = "singleCategory" in part.dataset ? isSplit : "splitEditor" in part.dataset && !isSplit;
    const wanted = fits && !isOther;
    part.hidden = !wanted;
    for (const field of part.querySelectorAll("input, select")) field.disabled = !wanted;
  }
  for (const group of form.querySelectorAll("optgroup[data-type]")) {
    group.hidden = group.dataset.type !== kind;
  }
}

// How many decimals the currency of an amount has: what arrives may be of another than what leaves.
function digitsOf(field) {
  const form = field.form;
  const arrives = field.closest("[data-other-currency]") && form.elements.namedItem("transferAccountId");
  return Number(arrives?.selectedOptions?.[0]?.dataset.digits ?? form?.dataset.digits ?? 2);
}

// "1.234,5" becomes "1234.50" when the field is left: the server takes plain decimals alone.
function normaliseAmount(field) {
  const digits = digitsOf(field);
  const minor = parseMinor(field.value, digits);
  if (minor !== null) field.value = plainDecimal(minor, digits);
}

function showDecimals(form) {
  for (const field of form.querySelectorAll("[data-amount]")) field.placeholder = (0).toFixed(digitsOf(field));
}

// A new account's currency is chosen in its own form, beside the balance that it starts with.
function showChosenCurrency(select) {
  const { sign, digits } = select.selectedOptions[0].dataset;
  select.form.dataset.digits = digits;
  const shown = select.form.querySelector("[data-currency-sign]");
  if (shown) shown.textContent = sign;
  showDecimals(select.form);
}

// The sign before the amount is that of the chosen account.
function showCurrency(form) {
  const option = form.elements.namedItem("accountId")?.selectedOptions?.[0];
  if (!option?.dataset.currency) return;
  form.dataset.digits = option.dataset.digits;
  for (const sign of form.querySelectorAll("[data-currency-sign]")) {
    if (!sign.closest("[data-other-currency]")) sign.textContent = option.dataset.sign;
  }
  const target = form.elements.namedItem("transferAccountId")?.selectedOptions?.[0];
  const arrives = form.querySelector("[data-other-currency] [data-currency-sign]");
  if (arrives && target?.dataset.sign) arrives.textContent = target.dataset.sign;
  showDecimals(form);
  const rest = form.querySelector("[data-split-rest]");
  if (rest) rest.dataset.currency = option.dataset.currency;
  updateRest(form);
}

// The address tells the filter, so that it can be kept as a bookmark and survives a reload.
function showFilterInAddress(form) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) query.append(name, value);
  const text = query.toString();
  history.replaceState(history.state, "", form.dataset.address + (text ? `?${text}` : ""));
}

// A list of a hundred choices costs a page six hundred nodes, so those that offer the same ones as
// another list of the page take them over when they are about to be opened.
function takeChoicesOver(select) {
  const source = document.getElementById(select.dataset.choicesOf);
  if (!source) return;
  const chosen = select.value;
  const own = select.options[0].value === "" ? [select.options[0]] : [];
  const others = [...source.children].filter((one) => one.value !== "");
  const choices = others.map((one) => one.cloneNode(true));
  for (const choice of choices) choice.hidden = false;
  select.replaceChildren(...own, ...choices);
  select.value = chosen;
  delete select.dataset.choicesOf;
}

function addSplitLine(form) {
  const template = form.querySelector("template[data-split-line]");
  const lines = form.querySelector("[data-split-lines]");
  if (!template || !lines) return;
  // Lines may have been removed between others, so the next number is one that none has.
  const index = lines.dataset.next ?? lines.children.length;
  lines.dataset.next = Number(index) + 1;
  const line = template.content.cloneNode(true);
  for (const element of line.querySelectorAll("[name], [id], [for]")) {
    for (const attribute of ["name", "id", "for"]) {
      const value = element.getAttribute(attribute);
      if (value) element.setAttribute(attribute, value.replace("__n__", String(index)));
    }
  }
  for (const label of line.querySelectorAll("label")) {
    label.textContent = label.textContent.replace("__n__", String(Number(index) + 1));
  }
  lines.append(line);
  lines.lastElementChild.querySelector("select, input")?.focus();
  showCurrency(form);
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
  const done = total === 0 ? "" : "All of it is assigned.";
  rest.textContent =
    left === 0 ? done : `${formatMinor(left, rest.dataset.currency, digits)} left to assign.`;
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
      showCurrency(form);
      updateRest(form);
    }
  });
  for (const event of ["pointerdown", "focusin"]) {
    document.addEventListener(event, ({ target }) => {
      if (target.matches?.("select[data-choices-of]")) takeChoicesOver(target);
    });
  }
  document.addEventListener("change", ({ target }) => {
    const form = target.closest?.("form[data-transaction]");
    if (form && target.name === "transactionType") showFieldsOf(form);
    if (form && /ccountId$/.test(target.name)) showCurrency(form);
    if (target.name === "currency" && target.selectedOptions?.[0]?.dataset.digits) showChosenCurrency(target);
    if (target.matches?.("[data-amount]")) normaliseAmount(target);
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
      if (!form.querySelector("[data-split-row]")) addSplitLine(form);
      addSplitLine(form);
      showFieldsOf(form);
    }
    const remove = target.closest("[data-split-remove]");
    if (remove) {
      const form = remove.closest("form");
      remove.closest("[data-split-row]").remove();
      showFieldsOf(form);
      updateRest(form);
    }
    const copy = target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy);
  });
  document.addEventListener("htmx:beforeRequest", ({ target }) => {
    if (target.matches?.("form[data-address]")) showFilterInAddress(target);
  });
}
