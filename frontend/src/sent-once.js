// A form with data-once books once, however often it is sent: it carries an Idempotency-Key, which
// stays the same until an answer came or a field was changed. A lost answer is no lost or second
// booking then.

const sent = new WeakMap();

// Browsers offer randomUUID to encrypted pages only, and a hub at home may have none.
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function keyOf(form, body) {
  if (sent.get(form)?.body !== body) sent.set(form, { body, key: randomKey() });
  return sent.get(form).key;
}

export function setUpSentOnce() {
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (!detail.elt.matches?.("form[data-once]")) return;
    const body = new URLSearchParams(detail.formData).toString();
    detail.headers["Idempotency-Key"] = keyOf(detail.elt, body);
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful) sent.delete(detail.elt);
  });
}
