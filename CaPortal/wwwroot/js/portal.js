// What Blazor has no call for.

export async function copy(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        return false;
    }
}

export function textOf(textArea) {
    return new TextEncoder().encode(textArea.value);
}

// The browser's own events would carry the text, and a long one does not fit into a message.
export function watchText(textArea, reader) {
    let timer;
    const readSoon = () => {
        clearTimeout(timer);
        timer = setTimeout(() => textArea.isConnected && reader.invokeMethodAsync("ReadAsync"), 150);
    };
    textArea.addEventListener("input", readSoon);
    // Over a slow connection somebody pastes before anybody listens.
    if (textArea.value)
        readSoon();
}

// Over a slow connection somebody chooses files before anybody listens.
// Blazor's own mark tells whether it has heard of the files: a second report would take back the first one's.
export function announceFiles(id) {
    const input = document.getElementById(id);
    if (input?.files.length > 0 && !input._blazorFilesById)
        input.dispatchEvent(new Event("change", { bubbles: true }));
}

export function recall(name) {
    try {
        return localStorage.getItem(name);
    } catch {
        return null;
    }
}

export function remember(name, value) {
    try {
        localStorage.setItem(name, value);
    } catch {
        // A browser that keeps nothing for sites still shows the page.
    }
}

// Not the framework's own navigation: by the time that arrives, a link may have led to another page, and it would lead back.
export function showAddress(address, isStep) {
    if (new URL(address).pathname !== location.pathname)
        return;
    if (isStep)
        history.pushState({ ...history.state, _index: (history.state?._index ?? 0) + 1 }, "", address);
    else
        history.replaceState(history.state, "", address);
}

export function placeOfFocus() {
    const { right, bottom } = document.activeElement.getBoundingClientRect();
    return { clientX: right, clientY: bottom, pageX: right + scrollX, pageY: bottom + scrollY };
}

const nextFrame = () => new Promise(requestAnimationFrame);
let opener;
let moveInMenu;

// In a menu the keys work as in any other program's: MudBlazor's own know no Home, no End and no letters, and stop at the ends.
function movesIn(selector) {
    return event => {
        const menu = event.target.closest?.(selector);
        const items = [...menu?.querySelectorAll('[role="menuitem"]') ?? []];
        if (items.length === 0 || event.ctrlKey || event.altKey || event.metaKey)
            return;
        const at = items.indexOf(document.activeElement);
        if (at >= 0 && (event.key === "Enter" || event.key === " ")) {
            // MudBlazor presses the item that it has moved to itself.
            event.preventDefault();
            event.stopPropagation();
            items[at].click();
            return;
        }
        const item = {
            ArrowDown: () => items[(at + 1) % items.length],
            ArrowUp: () => items.at(at <= 0 ? -1 : at - 1),
            Home: () => items[0],
            End: () => items.at(-1),
        }[event.key]?.() ?? (/^\S$/u.test(event.key) ? startingWith(event.key, [...items.slice(at + 1), ...items.slice(0, at + 1)]) : undefined);
        if (!item)
            return;
        item.focus();
        event.preventDefault();
        event.stopPropagation();
    };
}

function startingWith(letter, items) {
    return items.find(item => item.innerText.trim().toLowerCase().startsWith(letter.toLowerCase()));
}

export async function enterMenu(selector) {
    opener = document.activeElement;
    document.removeEventListener("keydown", moveInMenu, true);
    document.addEventListener("keydown", moveInMenu = movesIn(selector), true);
    // The menu takes the focus as soon as it is placed and visible.
    for (let frames = 0; frames < 60; frames++) {
        const item = document.querySelector(`${selector} [role="menuitem"]`);
        item?.focus();
        if (item && document.activeElement === item)
            return;
        await nextFrame();
    }
}

export function leaveMenu() {
    document.removeEventListener("keydown", moveInMenu, true);
    opener?.focus();
    opener = undefined;
}

// A moment later, as the browser stops everything while its dialog is open, also the answer to this call.
export function printPage() {
    setTimeout(print);
}

export function isAtTop() {
    return scrollY < 100;
}

export function toTop() {
    scrollTo(0, 0);
    document.getElementById("content")?.focus();
}
