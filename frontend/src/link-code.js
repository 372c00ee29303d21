// Puts the code of a letter's link into the form of its page.
//
// The code comes after the `#`, which a browser keeps to itself: it is in no log and no Referer. It
// is taken out of the address at once, so that it is in no history either.
// The field stays where it is, so that nothing on the page moves.

export function setUpLinkCode() {
  const form = document.querySelector("[data-link-code]");
  const code = window.location.hash.slice(1);
  const field = form?.querySelector("[name=code]");
  if (!field || !/^[\w-]{43}$/.test(code)) return;
  field.value = code;
  history.replaceState(null, "", window.location.pathname);
}
