using Bunit;
using CaPortal.Components.Shared;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Components.Web;

namespace CaPortal.Tests.Components;

public sealed class LiveComponentTests : ComponentTest
{
    [Fact]
    public async Task Change_ThatCannotBeShownByAnErrorOfOurOwn_IsShownByThePageAndNotLost()
    {
        using var root = TestCertificates.Root();
        var page = Render<ErrorBoundary>(p => p.AddChildContent<FailsOnChange>().Add(b => b.ErrorContent, e => $"It failed: {e.Message}"));
        Eventually(() => Assert.Contains("loaded", page.Markup, StringComparison.Ordinal));

        await Core.AddAsync(root);

        Eventually(() => Assert.Equal("It failed: A bug.", page.Markup));
    }

    private sealed class FailsOnChange : LiveComponent
    {
        private bool _isLoaded;

        protected override Task LoadAsync()
        {
            if (_isLoaded)
                throw new InvalidOperationException("A bug.");
            _isLoaded = true;
            return Task.CompletedTask;
        }

        protected override void BuildRenderTree(RenderTreeBuilder builder) => builder.AddContent(0, _isLoaded ? "loaded" : "");
    }
}
