namespace CaPortal.Tests.Testing;

/// <summary>A clock that stands still until a test moves it.</summary>
public sealed class ManualTimeProvider(DateTimeOffset start) : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = start;
    private TimeSpan _passed;

    /// <summary>Starts at the real time, which cookies and certificates are compared with.</summary>
    public ManualTimeProvider() : this(System.GetUtcNow())
    {
    }

    /// <summary>Its timers and stopwatches stand still too; else the timers are real, and the stopwatches too, but for what it is advanced by.</summary>
    public bool MovesTimers { get; init; }

    public override DateTimeOffset GetUtcNow() => _now;

    public override long TimestampFrequency => MovesTimers ? TimeSpan.TicksPerSecond : base.TimestampFrequency;

    public override long GetTimestamp() => MovesTimers ? _passed.Ticks : base.GetTimestamp() + (long)(_passed.TotalSeconds * base.TimestampFrequency);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (!MovesTimers)
            return base.CreateTimer(callback, state, dueTime, period);
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        _timers.Add(timer);
        return timer;
    }

    /// <summary>Moves it on; timers that are due by then have run when this returns.</summary>
    public void Advance(TimeSpan by)
    {
        _now += by;
        _passed += by;
        foreach (var timer in _timers)
            timer.RunIfDue();
    }

    /// <summary>Sets the wall clock forward or back, while no time passes.</summary>
    public void Jump(TimeSpan by) => _now += by;

    /// <summary>Runs once when it is due.</summary>
    private sealed class ManualTimer(ManualTimeProvider clock, Action run) : ITimer
    {
        private TimeSpan? _due;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan)
                throw new NotSupportedException("No test has needed one that runs again and again.");
            _due = dueTime == Timeout.InfiniteTimeSpan ? null : clock._passed + dueTime;
            return true;
        }

        public void RunIfDue()
        {
            if (_due is not { } due || due > clock._passed)
                return;
            _due = null;
            run();
        }

        public void Dispose() => _due = null;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
