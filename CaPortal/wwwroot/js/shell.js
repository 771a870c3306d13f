// Remembers the choice of light or dark for a year; the server reads it before it draws a page.
export function remember(dark) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `caportal_theme=${dark ? "dark" : "light"}; path=/; max-age=31536000; samesite=strict${secure}`;
  show(dark);
}

export function show(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

// From now on the page answers to clicks.
export function started() {
  document.documentElement.dataset.interactive = "";
}
