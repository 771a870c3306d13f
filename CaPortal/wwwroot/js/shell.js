import { takeFiles } from "./files.js";

// Remembers the choice of light or dark for a year; the server reads it before it draws a page.
export function remember(dark) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `caportal_theme=${dark ? "dark" : "light"}; path=${new URL(document.baseURI).pathname}; max-age=31536000; samesite=strict${secure}`;
  show(dark);
}

export function show(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

// From now on the page answers to clicks.
export function started() {
  document.documentElement.dataset.interactive = "";
  document.addEventListener("focusin", ({ target }) => last = target);
  document.addEventListener("keydown", escape);
  document.addEventListener("keydown", shortcut);
  document.addEventListener("click", skip, true);
  takeFiles();
  observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ["disabled", "aria-selected"] });
  // The address may have opened a drawer already.
  keepFocus();
}

const dialogs = document.getElementsByClassName("mud-dialog-container");
const observer = new MutationObserver(keepFocus);
let open = [];
let last;

// Sees to it that the keyboard works on, whatever has just been drawn or taken away. The browser knows of it at once; the
// server hears of it a round trip later, and a key pressed before that would go astray.
function keepFocus() {
  document.querySelector(".palette-item[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  const closed = open.filter(({ dialog }) => !dialog.isConnected);
  const opened = [...dialogs].filter(dialog => !open.some(known => known.dialog === dialog));
  if (closed.length > 0 || opened.length > 0) {
    open = open.filter(({ dialog }) => dialog.isConnected);
    confine();
    if (isLost())
      closed.findLast(({ opener }) => opener.isConnected)?.opener.focus();
    for (const dialog of opened) {
      open.push({ dialog, opener: document.activeElement });
      if (!dialog.contains(document.activeElement))
        insideOf(dialog)?.focus({ preventScroll: true });
    }
    confine();
  }

  // What had the focus is gone, as a button is with the step or the row that it was for.
  const top = open.at(-1)?.dialog;
  if (top ? isLost() : isLost() && last && !last.isConnected)
    (top ? insideOf(top) : document.getElementById("content"))?.focus({ preventScroll: true });
}

// What is disabled or made inert while it has the focus keeps it in name for a moment, but passes on no key.
function isLost() {
  return document.activeElement === document.body || document.activeElement?.matches(":disabled, [inert] *");
}

// Escape presses the button with which the dialog on top is left; while there is none, or it is disabled, it must stay.
function escape(event) {
  if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing)
    open.at(-1)?.dialog.querySelector("[data-escape], .mud-message-box__cancel-button")?.click();
}

// Ctrl+K works everywhere but in a dialog; keys without Ctrl only where nobody types, and not where somebody has turned them off.
function shortcut(event) {
  if (event.defaultPrevented || event.isComposing || event.repeat || event.altKey || open.length > 0)
    return;
  const withControl = event.ctrlKey || event.metaKey;
  if (withControl && !event.shiftKey && event.key.toLowerCase() === "k") {
    press("find");
    event.preventDefault();
  } else if (!withControl && (event.key === "/" || event.key === "?") && !event.target.closest("input, textarea, select") && areSingleKeysOn()) {
    const search = event.key === "/" && document.querySelector(".list-search input");
    if (search)
      search.focus();
    else
      press(event.key === "/" ? "find" : "keys");
    event.preventDefault();
  }
}

// Its address is one of the first page, as every relative one without a path.
function skip(event) {
  if (!event.target.closest?.(".skip-link"))
    return;
  document.getElementById("content")?.focus();
  event.preventDefault();
}

// What hangs over the page would hide what opens.
function press(id) {
  document.querySelector(":popover-open")?.hidePopover();
  document.getElementById(id)?.click();
}

function areSingleKeysOn() {
  try {
    return localStorage.getItem("keys.single") !== "off";
  } catch {
    return true;
  }
}

function insideOf(container) {
  const dialog = container.querySelector("[role=dialog]");
  if (dialog)
    dialog.tabIndex = -1;
  return dialog;
}

// Nothing behind the dialog on top can be reached.
function confine() {
  const behind = [document.querySelector(".skip-link"), document.querySelector(".mud-layout"), ...open.map(({ dialog }) => dialog)];
  const top = open.at(-1)?.dialog;
  for (const part of behind)
    part?.toggleAttribute("inert", top !== undefined && part !== top);
}
