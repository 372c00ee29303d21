// Sets the colour scheme before the first paint: a person's choice, else the system's.
const stored = (() => {
  try {
    return localStorage.getItem("pfh-theme");
  } catch {
    return null;
  }
})();
if (stored === "light" || stored === "dark") {
  document.documentElement.dataset.theme = stored;
}
document.documentElement.classList.add("js");
