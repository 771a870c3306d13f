using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;

namespace CaPortal.Components.Shared;

/// <summary>The few things that need the browser's own script; see <c>wwwroot/js/portal.js</c>. One for each circuit.</summary>
public sealed class BrowserInterop(IJSRuntime script)
{
    private Task<IJSObjectReference>? _module;

    /// <summary>Copies a text to the clipboard.</summary>
    /// <returns>Whether the browser allowed it.</returns>
    public async Task<bool> CopyAsync(string text) => await (await ModuleAsync()).InvokeAsync<bool>("copy", text);

    /// <summary>The text of a text area, as a UTF-8 stream of any length.</summary>
    public async Task<IJSStreamReference> TextOfAsync(ElementReference textArea) =>
        await (await ModuleAsync()).InvokeAsync<IJSStreamReference>("textOf", textArea);

    /// <summary>Has <c>ReadAsync</c> of <paramref name="reader"/> called a moment after the text of a text area was changed.</summary>
    public async Task WatchTextAsync<T>(ElementReference textArea, DotNetObjectReference<T> reader)
        where T : class => await (await ModuleAsync()).InvokeVoidAsync("watchText", textArea, reader);

    /// <summary>Has a file input that is listened to from now on report files that were chosen before.</summary>
    public async Task AnnounceFilesAsync(string id)
    {
        try
        {
            await (await ModuleAsync()).InvokeVoidAsync("announceFiles", id);
        }
        catch (Exception e) when (IsUnanswered(e))
        {
            // The browser still reports a file that is chosen later.
        }
    }

    /// <summary>A click at the element that has the focus, where its menu belongs.</summary>
    public async Task<MouseEventArgs?> PlaceOfFocusAsync() => await (await ModuleAsync()).InvokeAsync<MouseEventArgs?>("placeOfFocus");

    /// <summary>Moves the focus into the menu that is being opened, so that the keyboard works in it.</summary>
    public async Task EnterMenuAsync(string selector) => await (await ModuleAsync()).InvokeVoidAsync("enterMenu", selector);

    /// <summary>Gives the focus back to what opened the menu.</summary>
    public async Task LeaveMenuAsync() => await (await ModuleAsync()).InvokeVoidAsync("leaveMenu");

    /// <summary>Whether the top of the page is in view; false where the browser does not answer.</summary>
    public async Task<bool> IsAtTopAsync()
    {
        try
        {
            return await (await ModuleAsync()).InvokeAsync<bool>("isAtTop");
        }
        catch (Exception e) when (IsUnanswered(e))
        {
            // The page asks this by itself, also while its connection is away for a moment.
            return false;
        }
    }

    /// <summary>Scrolls to the top of the page.</summary>
    public async Task ToTopAsync() => await (await ModuleAsync()).InvokeVoidAsync("toTop");

    /// <summary>Opens the browser's own dialog to print the page.</summary>
    public async Task PrintAsync() => await (await ModuleAsync()).InvokeVoidAsync("printPage");

    /// <summary>Changes the address of the page that is shown, without a navigation; nothing where another page is shown by now.</summary>
    public async Task ShowAddressAsync(string address, bool isStep)
    {
        try
        {
            await (await ModuleAsync()).InvokeVoidAsync("showAddress", address, isStep);
        }
        catch (Exception e) when (IsUnanswered(e))
        {
            // The page works on with the address that it has.
        }
    }

    /// <summary>Something that the browser remembers for this site; null where it does not.</summary>
    public async Task<string?> RecallAsync(string name) => await (await ModuleAsync()).InvokeAsync<string?>("recall", name);

    /// <summary>Lets the browser remember something for this site.</summary>
    public async Task RememberAsync(string name, string value) => await (await ModuleAsync()).InvokeVoidAsync("remember", name, value);

    private static bool IsUnanswered(Exception e) => e is JSException or JSDisconnectedException or OperationCanceledException;

    // Never disposed of: it ends with the page. Where it could not be loaded, the next call tries again.
    private Task<IJSObjectReference> ModuleAsync() => _module is null or { IsFaulted: true } or { IsCanceled: true }
        ? _module = script.InvokeAsync<IJSObjectReference>("import", "./js/portal.js").AsTask()
        : _module;
}
