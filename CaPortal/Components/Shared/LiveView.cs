using CaPortal.Core.Data;

namespace CaPortal.Components.Shared;

/// <summary>
/// Keeps one component up to date. It loads what the component shows, and loads it again when something that it watches changes.
/// Except for the events, it is used only on the component's dispatcher.
/// </summary>
public sealed class LiveView : IDisposable
{
    /// <summary>The shortest time between two loads that follow changes.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>The time between two loads while the database cannot be used.</summary>
    public static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _closed = new();
    private readonly List<Action> _unsubscribe = [];
    private readonly Func<CancellationToken, Task> _load;
    private readonly Action _render;
    private readonly Func<Func<Task>, Task> _dispatch;
    private readonly Func<Exception, Task> _fail;
    private readonly TimeProvider _time;
    private string? _problem;
    private string? _lastFailure;
    private bool _isFailing;
    private bool _isRetrying;
    private bool _isCatchingUp;
    private bool _isOutdated;

    /// <summary>Creates it.</summary>
    /// <param name="load">Loads what the component shows.</param>
    /// <param name="render">The component's <c>StateHasChanged</c>.</param>
    /// <param name="dispatch">The component's <c>InvokeAsync</c>.</param>
    /// <param name="fail">The component's <c>DispatchExceptionAsync</c>.</param>
    /// <param name="time">Measures the time between two loads.</param>
    public LiveView(
        Func<CancellationToken, Task> load, Action render, Func<Func<Task>, Task> dispatch, Func<Exception, Task> fail, TimeProvider time)
    {
        (_load, _render, _dispatch, _fail, _time) = (load, render, dispatch, fail, time);
        Lifetime = _closed.Token;
    }

    /// <summary>
    /// Cancelled when the component is closed. It is for what only reads: a change that somebody has asked for runs to its end.
    /// </summary>
    public CancellationToken Lifetime { get; }

    /// <summary>Why there is nothing to show; null when there is.</summary>
    public string? Problem
    {
        get => _problem ?? _lastFailure;
        set => (_problem, _isFailing) = (value, false);
    }

    /// <summary>Loads again after each such change, until the component is closed.</summary>
    /// <param name="subscribe">Adds the handler to an event, which any thread may raise.</param>
    /// <param name="unsubscribe">Removes the handler from that event.</param>
    /// <returns>This view.</returns>
    public LiveView Watch(Action<Action> subscribe, Action<Action> unsubscribe)
    {
        subscribe(OnChanged);
        _unsubscribe.Add(() => unsubscribe(OnChanged));
        return this;
    }

    /// <summary>Shows that the database cannot be used. As long as that is shown, the view loads again every few seconds.</summary>
    public void Fail(DatabaseException failure)
    {
        (_problem, _isFailing) = (ProblemText.Of(failure), true);
        if (_isRetrying || Lifetime.IsCancellationRequested)
            return;
        _isRetrying = true;
        Dispatch(RetryAsync);
    }

    /// <summary>Loads and draws. A database that cannot be used becomes <see cref="Problem"/>.</summary>
    public async Task ReloadAsync()
    {
        if (Lifetime.IsCancellationRequested)
            return;

        // What could not be read stays shown until everything is loaded: otherwise the page would flicker at each try.
        if (_isFailing)
            (_lastFailure, Problem) = (_problem, null);
        try
        {
            await _load(Lifetime);
        }
        catch (DatabaseException e)
        {
            Fail(e);
        }
        catch (OperationCanceledException) when (Lifetime.IsCancellationRequested)
        {
            return;
        }
        finally
        {
            _lastFailure = null;
        }

        _render();
    }

    /// <summary>
    /// What a read returns. It returns null when the database cannot be used, which becomes <see cref="Problem"/>,
    /// and when the component is closed.
    /// </summary>
    public async Task<T?> TryAsync<T>(Func<CancellationToken, Task<T>> read)
        where T : class
    {
        try
        {
            return await read(Lifetime);
        }
        catch (DatabaseException e)
        {
            Fail(e);
            return null;
        }
        catch (OperationCanceledException) when (Lifetime.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Draws the component soon, without loading.</summary>
    public void Draw() => _ = _dispatch(() =>
    {
        _render();
        return Task.CompletedTask;
    });

    public void Dispose()
    {
        if (Lifetime.IsCancellationRequested)
            return;
        _unsubscribe.ForEach(static unsubscribe => unsubscribe());
        _closed.Cancel();
        _closed.Dispose();
    }

    private void OnChanged() => Dispatch(CatchUpAsync);

    private void Dispatch(Func<Task> work) => _ = _dispatch(() => RunAsync(work));

    /// <summary>Nothing awaits it, so it passes an error on to the page itself.</summary>
    private async Task RunAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (Lifetime.IsCancellationRequested)
        {
            // The component is closed.
        }
        catch (Exception e)
        {
            await _fail(e);
        }
    }

    /// <summary>Loads again in the same way as after a change, so that no two loads run at once.</summary>
    private async Task RetryAsync()
    {
        while (_isFailing)
        {
            await Task.Delay(RetryInterval, _time, Lifetime);
            if (_isFailing)
                await CatchUpAsync();
        }

        _isRetrying = false;
    }

    /// <summary>Shows the first change at once. Changes that follow closely, as when all back-ends are tested, are loaded together.</summary>
    private async Task CatchUpAsync()
    {
        _isOutdated = true;
        if (_isCatchingUp)
            return;
        _isCatchingUp = true;
        try
        {
            while (_isOutdated)
            {
                _isOutdated = false;
                await ReloadAsync();
                await Task.Delay(Interval, _time, Lifetime);
            }
        }
        finally
        {
            _isCatchingUp = false;
        }
    }
}
