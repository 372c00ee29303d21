// The person's choice of colours: as the system, light, or dark. Kept in this browser, as a cookie:
// the server writes it into the page, so that no script holds the first paint up.

const root = document.documentElement;
const CHOICES = ["system", "light", "dark"];
const YEAR_SECONDS = 365 * 24 * 60 * 60;

const current = () => root.dataset.theme ?? "system";

function choose(choice) {
  if (choice === "system") delete root.dataset.theme;
  else root.dataset.theme = choice;
  const seconds = choice === "system" ? 0 : YEAR_SECONDS;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `pfh_theme=${choice}; Path=/; Max-Age=${seconds}; SameSite=Lax${secure}`;
  show();
  document.dispatchEvent(new CustomEvent("theme-changed"));
}

function show() {
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === current()));
  }
  for (const label of document.querySelectorAll("[data-theme-label]")) {
    label.textContent = { system: "As the system", light: "Light", dark: "Dark" }[current()];
  }
}

export function chooseNextTheme() {
  choose(CHOICES[(CHOICES.indexOf(current()) + 1) % CHOICES.length]);
}

export function setUpThemeSwitch() {
  show();
  document.addEventListener("click", ({ target }) => {
    const choice = target.closest("[data-theme-choice]");
    if (choice) choose(choice.dataset.themeChoice);
  });
  // Paper has colours of its own, in which charts are drawn anew.
  for (const query of ["(prefers-color-scheme: dark)", "print"]) {
    matchMedia(query).addEventListener("change", () => {
      document.dispatchEvent(new CustomEvent("theme-changed"));
    });
  }
}
