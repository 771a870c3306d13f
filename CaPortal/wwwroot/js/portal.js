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
    return new Blob([textArea.value]);
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
