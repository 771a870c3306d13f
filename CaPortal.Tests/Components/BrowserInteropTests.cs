using CaPortal.Components.Shared;
using Microsoft.JSInterop;

namespace CaPortal.Tests.Components;

public sealed class BrowserInteropTests
{
    [Fact]
    public async Task IsAtTop_BrowserThatDoesNotAnswer_IsFalseAndTheNextCallTriesAgain()
    {
        var script = new Script();
        var browser = new BrowserInterop(script);

        Assert.False(await browser.IsAtTopAsync());
        script.IsThere = true;
        Assert.True(await browser.IsAtTopAsync());
    }

    /// <summary>A browser whose connection is away at first. It is its own module.</summary>
    private sealed class Script : IJSRuntime, IJSObjectReference
    {
        public bool IsThere { get; set; }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args) => InvokeAsync<TValue>(identifier, CancellationToken.None, args);

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args) =>
            !IsThere ? ValueTask.FromException<TValue>(new TaskCanceledException())
            : ValueTask.FromResult((TValue)(identifier == "import" ? this : (object)true));
    }
}
