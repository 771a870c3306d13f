using System.Globalization;
using Bunit;
using Bunit.Rendering;
using CaPortal.Components.Changes;
using CaPortal.Components.Layout;
using CaPortal.Core.Activity;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

/// <summary>What is left of an open page when its session has ended.</summary>
public sealed class SignedOutLayoutTests : ComponentTest
{
    [Fact]
    public async Task OpenDialog_SessionEnded_CannotSaveAnyMore()
    {
        JSInterop.SetupModule("./js/shell.js").Mode = JSRuntimeMode.Loose;
        using var root = TestCertificates.Root();
        await Core.AddAsync(root);
        var layout = Render<MainLayout>(parameters => parameters.Add(l => l.Body, "<h1>A page</h1>"));
        Assert.Equal(["A page"], Texts(layout, "h1"));
        _ = layout.InvokeAsync(() => ChangeDialog.ShowAsync(Dialogs, ChangeKind.Delete, [TestCore.KeyOf(root)], Actor));
        layout.WaitForState(() => layout.FindAll(".mud-dialog button[form]:not([disabled])").Count == 1);
        var save = ulong.Parse(layout.Find(".mud-dialog form").GetAttribute("blazor:onsubmit")!, CultureInfo.InvariantCulture);

        SignOut();

        layout.WaitForState(() => layout.FindAll(".mud-dialog").Count == 0);
        // A page that does not leave when it is told to still knows what the button was for.
#pragma warning disable BL0006 // bUnit asks for it.
        await Assert.ThrowsAsync<UnknownEventHandlerIdException>(() =>
            Renderer.DispatchEventAsync(save, new Microsoft.AspNetCore.Components.RenderTree.EventFieldInfo(), EventArgs.Empty));
#pragma warning restore BL0006
        Assert.Single(await Core.ListAsync());
        Assert.Equal(["Your session has ended"], Texts(layout, "h1"));
    }
}
