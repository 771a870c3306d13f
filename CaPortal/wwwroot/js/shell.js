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
  observer.observe(document.body, { childList: true, subtree: true });
}

const dialogs = document.getElementsByClassName("mud-dialog-container");
const observer = new MutationObserver(followDialogs);
let open = [];

// The browser knows at once that a dialog opens or closes. The server hears of it a round trip later, and a key pressed
// before that would move the focus on the page behind, where the dialog's end would then leave it.
function followDialogs() {
  const closed = open.filter(({ dialog }) => !dialog.isConnected);
  const opened = [...dialogs].filter(dialog => !open.some(known => known.dialog === dialog));
  if (closed.length === 0 && opened.length === 0)
    return;

  open = open.filter(({ dialog }) => dialog.isConnected);
  confine();
  for (const { opener } of closed.reverse()) {
    if (document.activeElement === document.body)
      (opener.isConnected ? opener : document.getElementById("content"))?.focus();
  }

  for (const dialog of opened) {
    open.push({ dialog, opener: document.activeElement });
    if (!dialog.contains(document.activeElement))
      dialog.querySelector(".mud-focus-trap-child-container")?.focus({ preventScroll: true });
  }
  confine();
}

// Nothing behind the dialog on top can be reached.
function confine() {
  const behind = [document.querySelector(".skip-link"), document.querySelector(".mud-layout"), ...open.map(({ dialog }) => dialog)];
  const top = open.at(-1)?.dialog;
  for (const part of behind)
    part?.toggleAttribute("inert", top !== undefined && part !== top);
}
