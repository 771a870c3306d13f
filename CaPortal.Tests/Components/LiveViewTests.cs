using Bunit;
using CaPortal.Components.Shared;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Components.Web;

namespace CaPortal.Tests.Components;

public sealed class LiveViewTests : ComponentTest
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

    [Fact]
    public async Task Changes_WhileAnotherIsLoaded_AreLoadedTogether()
    {
        var source = new Source(Time);
        var page = Render<Shows>(p => p.Add(c => c.Source, source));
        var blocked = source.Block();
        await ChangeAsync(page, source, 1);
        Assert.Equal(2, source.Loads);

        await ChangeAsync(page, source, 3);
        blocked.SetResult();
        Eventually(() => Assert.Equal("2", page.Markup));
        await page.InvokeAsync(() => { });
        Time.Advance(LiveView.Interval);

        Eventually(() => Assert.Equal("3", page.Markup));
        Time.Advance(LiveView.Interval);
        await page.InvokeAsync(() => { });
        Assert.Equal("3", page.Markup);
    }

    [Fact]
    public async Task Changes_ThatFollowEachOther_AreLoadedOnceInAnInterval()
    {
        var source = new Source(Time);
        var page = Render<Shows>(p => p.Add(c => c.Source, source));

        await ChangeAsync(page, source, 1);
        Assert.Equal("2", page.Markup);

        await ChangeAsync(page, source, 5);
        Time.Advance(LiveView.Interval - TimeSpan.FromMilliseconds(1));
        await page.InvokeAsync(() => { });
        Assert.Equal("2", page.Markup);

        Time.Advance(TimeSpan.FromMilliseconds(1));
        Eventually(() => Assert.Equal("3", page.Markup));
    }

    [Fact]
    public async Task ClosedComponent_LoadsNothing()
    {
        var source = new Source(Time);
        var page = Render<Shows>(p => p.Add(c => c.Source, source));
        var view = page.Instance.Live;
        await ChangeAsync(page, source, 2);
        Assert.Equal(2, source.Loads);

        await DisposeComponentsAsync();
        Assert.False(source.IsWatched);
        Time.Advance(LiveView.Interval);
        await view.ReloadAsync();

        Assert.Equal(2, source.Loads);
    }

    [Fact]
    public async Task ClosedComponent_CancelsWhatItLoads()
    {
        var source = new Source(Time);
        var page = Render<ErrorBoundary>(p => p.AddChildContent<Shows>(c => c.Add(s => s.Source, source)));
        var view = page.FindComponent<Shows>().Instance.Live;
        Assert.False(view.Lifetime.IsCancellationRequested);
        source.Block();
        var loading = page.InvokeAsync(view.ReloadAsync);
        var reading = page.InvokeAsync(() => view.TryAsync(source.ReadAsync));
        Assert.False(loading.IsCompleted);

        await DisposeComponentsAsync();

        Assert.True(view.Lifetime.IsCancellationRequested);
        await loading;
        Assert.Null(await reading);
        Assert.Null(view.Problem);
    }

    [Fact]
    public async Task Failure_OfTheDatabase_IsTriedAgainUntilItIsOver()
    {
        var source = new Source(Time) { Failure = new DatabaseException("It is away.", "Wait.") };
        var page = Render<Shows>(p => p.Add(c => c.Source, source));
        Assert.Equal("1 It is away. Wait.", page.Markup);

        await PassAsync(page, LiveView.RetryInterval);
        Assert.Equal("2 It is away. Wait.", page.Markup);
        await PassAsync(page, LiveView.Interval);
        await PassAsync(page, LiveView.RetryInterval - TimeSpan.FromMilliseconds(1));
        Assert.Equal("2 It is away. Wait.", page.Markup);

        source.Failure = null;
        await PassAsync(page, TimeSpan.FromMilliseconds(1));
        Assert.Equal("3", page.Markup);
        await PassAsync(page, LiveView.Interval);
        await PassAsync(page, LiveView.RetryInterval);
        Assert.Equal("3", page.Markup);
    }

    [Fact]
    public async Task Failure_WhileItIsTriedAgain_StaysShownAndIsNotTriedTwice()
    {
        var source = new Source(Time) { Failure = new DatabaseException("It is away.", "Wait.") };
        var page = Render<Shows>(p => p.Add(c => c.Source, source));
        var blocked = source.Block();

        await PassAsync(page, LiveView.RetryInterval);
        await PassAsync(page, LiveView.RetryInterval);
        await page.InvokeAsync(page.Instance.Live.Draw);

        Assert.Equal("2 It is away. Wait.", page.Markup);
        source.Failure = null;
        blocked.SetResult();
        Eventually(() => Assert.Equal("2", page.Markup));
    }

    [Fact]
    public async Task Problem_ThatIsNotOfTheDatabase_IsNotTriedAgain()
    {
        var source = new Source(Time);
        var page = Render<Shows>(p => p.Add(c => c.Source, source));

        await page.InvokeAsync(() => page.Instance.Live.Problem = "It is not in the list any more.");
        await PassAsync(page, LiveView.RetryInterval);

        Assert.Equal(1, source.Loads);
    }

    [Fact]
    public async Task ClosedComponent_WhoseDatabaseIsAway_TriesNothingAgain()
    {
        var source = new Source(Time) { Failure = new DatabaseException("It is away.", "Wait.") };
        Render<Shows>(p => p.Add(c => c.Source, source));

        await DisposeComponentsAsync();
        Time.Advance(LiveView.RetryInterval);

        Assert.Equal(1, source.Loads);
    }

    private Task PassAsync(IRenderedComponent<Shows> page, TimeSpan time)
    {
        Time.Advance(time);
        return page.InvokeAsync(() => { });
    }

    private static Task ChangeAsync(IRenderedComponent<Shows> page, Source source, int times) => page.InvokeAsync(() =>
    {
        for (var i = 0; i < times; i++)
            source.Change();
    });

    /// <summary>What is shown: how often it was loaded.</summary>
    private sealed class Source(TimeProvider time)
    {
        private Task _blocked = Task.CompletedTask;

        public event Action? Changed;

        public TimeProvider Time => time;

        public int Loads { get; private set; }

        public DatabaseException? Failure { get; set; }

        public bool IsWatched => Changed is not null;

        public void Change() => Changed?.Invoke();

        /// <summary>Loads wait for the result.</summary>
        public TaskCompletionSource Block()
        {
            var block = new TaskCompletionSource();
            _blocked = block.Task;
            return block;
        }

        public async Task LoadAsync(CancellationToken cancellationToken)
        {
            Loads++;
            await _blocked.WaitAsync(cancellationToken);
            if (Failure is not null)
                throw Failure;
        }

        public async Task<string> ReadAsync(CancellationToken cancellationToken)
        {
            await _blocked.WaitAsync(cancellationToken);
            return "";
        }
    }

    private sealed class Shows : ComponentBase, IDisposable
    {
        [Parameter, EditorRequired]
        public required Source Source { get; set; }

        public LiveView Live { get; private set; } = null!;

        protected override Task OnInitializedAsync()
        {
            Live = new LiveView(Source.LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync, Source.Time)
                .Watch(h => Source.Changed += h, h => Source.Changed -= h);
            return Live.ReloadAsync();
        }

        public void Dispose() => Live.Dispose();

        protected override void BuildRenderTree(RenderTreeBuilder builder) => builder.AddContent(0, $"{Source.Loads} {Live.Problem}".TrimEnd());
    }

    private sealed class FailsOnChange : ComponentBase, IDisposable
    {
        private LiveView _live = null!;
        private bool _isLoaded;

        [Inject]
        public required LiveUpdates Updates { get; init; }

        protected override Task OnInitializedAsync()
        {
            _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync);
            return _live.ReloadAsync();
        }

        public void Dispose() => _live.Dispose();

        protected override void BuildRenderTree(RenderTreeBuilder builder) => builder.AddContent(0, _isLoaded ? "loaded" : "");

        private Task LoadAsync(CancellationToken cancellationToken)
        {
            if (_isLoaded)
                throw new InvalidOperationException("A bug.");
            _isLoaded = true;
            return Task.CompletedTask;
        }
    }
}
