// Files that are dropped anywhere, and certificates that are pasted anywhere, go to the dialog that adds them.

const mostFiles = 1000;
const input = () => document.querySelector("input[data-takes-files]:not(:disabled)");
const opener = () => document.querySelector("button[data-adds-files]:not(:disabled)");
let over;

export function takeFiles() {
  document.addEventListener("dragover", dragOver);
  document.addEventListener("drop", drop);
  document.addEventListener("paste", paste);
}

// A file that misses its place would replace the page.
function dragOver(event) {
  if (!event.dataTransfer.types.includes("Files"))
    return;
  event.preventDefault();
  const target = isWanted();
  event.dataTransfer.dropEffect = target ? "copy" : "none";
  document.documentElement.toggleAttribute("data-dragging", target);
  // The browser says this again and again for as long as it is true.
  clearTimeout(over);
  over = setTimeout(() => document.documentElement.removeAttribute("data-dragging"), 500);
}

async function drop(event) {
  if (!event.dataTransfer.types.includes("Files"))
    return;
  event.preventDefault();
  document.documentElement.removeAttribute("data-dragging");
  if (!isWanted())
    return;
  // Folders are known by their entries, which are gone once this event has ended.
  const entries = [...event.dataTransfer.items].map(item => item.webkitGetAsEntry?.());
  const files = entries.some(entry => entry?.isDirectory) ? await filesIn(entries) : [...event.dataTransfer.files];
  await handOver(files);
}

async function paste(event) {
  if (event.target.closest?.("input, textarea, [contenteditable]") || !isWanted())
    return;
  const files = [...event.clipboardData.files];
  const text = event.clipboardData.getData("text");
  if (files.length === 0 && looksLikeCertificates(text))
    files.push(new File([text], "Pasted text", { type: "text/plain" }));
  if (files.length === 0)
    return;
  event.preventDefault();
  await handOver(files);
}

// A word that somebody has copied opens nothing.
function looksLikeCertificates(text) {
  return text.includes("-----BEGIN ") || /^[\sA-Za-z0-9+/=]{200,}$/.test(text);
}

// In another dialog files have no place.
function isWanted() {
  return input() !== null || (document.querySelector(".mud-dialog") === null && opener() !== null);
}

async function handOver(files) {
  if (files.length === 0)
    return;
  const transfer = new DataTransfer();
  for (const file of files)
    transfer.items.add(file);
  if (!input())
    opener()?.click();
  // The dialog is opened by the portal, a round trip later.
  for (let frames = 0; frames < 600; frames++) {
    const target = input();
    if (target) {
      target.files = transfer.files;
      target.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    await new Promise(requestAnimationFrame);
  }
}

async function filesIn(entries) {
  const files = [];
  const rest = entries.filter(entry => entry);
  while (rest.length > 0 && files.length < mostFiles) {
    const entry = rest.shift();
    if (entry.isFile) {
      files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
      continue;
    }
    const reader = entry.createReader();
    // It gives a part of the folder each time, and nothing once all is given.
    for (let part; (part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))).length > 0;)
      rest.push(...part);
  }
  return files;
}
