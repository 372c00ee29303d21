// Adding a transaction by keyboard: the payee brings its category back, Enter saves, and the next
// line is ready with the focus in it.

function fill(form, option) {
  const set = (name, value) => {
    const field = form.elements.namedItem(name);
    if (!field || !value) return;
    if (field instanceof RadioNodeList) {
      const radio = [...field].find((one) => one.value === value);
      if (radio && !radio.checked) {
        radio.checked = true;
        radio.dispatchEvent(new Event("change", { bubbles: true }));
      }
    } else if (!field.dataset.touched) {
      field.value = value;
    }
  };
  set("transactionType", option.dataset.type);
  set("categoryId", option.dataset.category);
  set("accountId", option.dataset.account);
}

function rememberPayee(input) {
  const list = document.getElementById(input.getAttribute("list"));
  const wanted = input.value.trim().toLowerCase();
  const option = [...(list?.options ?? [])].find((one) => one.value.toLowerCase() === wanted);
  if (option) fill(input.form, option);
}

// What was wrong with the last try is no longer so.
function forgetErrors(form) {
  for (const told of form.querySelectorAll(".field-error, [role=alert]")) told.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
}

function readyForTheNext(form) {
  forgetErrors(form);
  for (const name of ["amount", "payee", "notes", "tags"]) {
    const field = form.elements.namedItem(name);
    if (field) field.value = "";
  }
  const category = form.elements.namedItem("categoryId");
  if (category && !(category instanceof RadioNodeList)) {
    category.value = "";
    delete category.dataset.touched;
  }
  form.querySelector("[data-first]")?.focus();
}

export function setUpQuickAdd() {
  document.addEventListener("input", ({ target }) => {
    if (target.matches?.("[data-payee]")) rememberPayee(target);
  });
  document.addEventListener("change", ({ target }) => {
    if (target.matches?.("form[data-quick-add] select")) target.dataset.touched = "1";
    if (target.matches?.("[data-payee]")) rememberPayee(target);
  });
  // The suggestions come a moment after the last letter.
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target?.tagName !== "DATALIST") return;
    const input = document.querySelector(`input[list="${detail.target.id}"]`);
    if (input && input === document.activeElement) rememberPayee(input);
  });
  // The server says "transaction-saved" when a new one is durable; then the form that sent it is for
  // the next. What is half typed in another one stays.
  document.body.addEventListener("transaction-saved", ({ target }) => {
    const form = target.closest("form[data-quick-add]");
    if (form) readyForTheNext(form);
  });
}
