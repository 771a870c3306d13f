using CaPortal.Tests.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>What a person does on the page of CA certificates, in a person's terms.</summary>
internal sealed class CertificatesScreen(BrowserSession session)
{
    public IPage Page => session.Page;

    public ILocator List => Page.GetByRole(AriaRole.Table, new() { Name = "CA certificates" });

    public ILocator Dialog => Page.GetByRole(AriaRole.Dialog).Filter(new() { Has = Page.Locator(".mud-dialog-title") });

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator InDialog(string button) => Dialog.GetByRole(AriaRole.Button, new() { Name = button, Exact = true });

    /// <summary>The button of the dialog that adds certificates, which says how many.</summary>
    public ILocator AddCertificates => Dialog.GetByRole(AriaRole.Button, new() { NameRegex = new("^Add [0-9,]+ certificates?$") });

    /// <summary>A certificate's name in the list, which opens it.</summary>
    public ILocator Name(string name) => List.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Choice(string name) => Dialog.Locator(".choice").Filter(new() { Has = Page.Locator(".choice-name", new() { HasTextString = name }) });

    public async Task OpenAddAsync()
    {
        await Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Button, new() { NameRegex = new("^Add( the first certificate)?$") }).First.ClickAsync();
        await Expect(Dialog).ToBeVisibleAsync();
    }

    public Task ChooseAsync(params (string Name, byte[] Content)[] files) => Dialog.Locator("input[type=file]").SetInputFilesAsync(
        files.Select(f => new FilePayload { Name = f.Name, MimeType = "application/octet-stream", Buffer = f.Content }));

    public async Task OpenMenuAsync(string name) => await Button($"Actions for {name}").ClickAsync();

    public async Task FromMenuAsync(string name, string action)
    {
        await OpenMenuAsync(name);
        await Page.GetByRole(AriaRole.Menuitem, new() { Name = action, Exact = true }).ClickAsync();
    }

    /// <summary>Presses a button that makes a change, and waits until it has ended well.</summary>
    public async Task ApplyAsync(string button, string ending)
    {
        await InDialog(button).ClickAsync();
        await Expect(Dialog.GetByRole(AriaRole.Status)).ToContainTextAsync(ending);
    }

    /// <summary>Adds what is chosen, and waits until that has ended well.</summary>
    public async Task AddAsync(string ending)
    {
        await AddCertificates.ClickAsync();
        await Expect(Dialog.GetByRole(AriaRole.Status)).ToContainTextAsync(ending);
    }

    public async Task CloseAsync()
    {
        await InDialog("Close").Last.ClickAsync();
        await session.ExpectGoneAsync(Dialog);
    }

    public async Task ExpectListAsync(params string[] names)
    {
        if (names.Length == 0)
            await Expect(Page.GetByRole(AriaRole.Heading, new() { Name = "No CA certificates yet" })).ToBeVisibleAsync();
        else
            await Expect(List.Locator(".link-button")).ToHaveTextAsync(names);
    }

    /// <summary>The name or text of what has the focus.</summary>
    public Task<string> FocusAsync() =>
        Page.EvaluateAsync<string>("() => (e => e.getAttribute('aria-label') ?? (e.labels?.[0]?.textContent ?? e.textContent).trim())(document.activeElement)");
}
