using System.Security.Claims;
using System.Threading.RateLimiting;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;

namespace CaPortal.Authentication;

/// <summary>
/// Records in the log and in the activity log who signs in and out, and who tried. The log reports strangers a few times a
/// minute and no more. The activity log counts each attempt that was refused, in a bounded number of entries: nobody can fill
/// the disk. No token is ever part of it.
/// </summary>
internal sealed partial class SignInRecord(ActivityRecorder activity, TimeProvider time, ILogger<SignInRecord> logger) : IDisposable
{
    /// <summary>How many lines of each kind one address can cause in a minute.</summary>
    public const int MaxPerAddress = 3;

    /// <summary>How many addresses have their refused attempts counted by themselves in a minute; those of all others are counted together.</summary>
    public const int MaxCountedAddresses = 10;

    /// <summary>In place of the address where those of many are counted together.</summary>
    public const string OtherAddresses = "other addresses";

    private const int MaxInAll = 30;
    private const string WrongKeyKind = "WrongKey";

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly PartitionedRateLimiter<(string Kind, string Address)> _perAddress = PerMinute(
        entry => entry,
        entry => entry.Kind == WrongKeyKind ? 1 : MaxPerAddress);
    private readonly PartitionedRateLimiter<(string Kind, string Address)> _inAll = PerMinute(entry => entry.Kind, _ => MaxInAll);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _counted = new(StringComparer.Ordinal);
    private DateTimeOffset _countedUntil;

    /// <summary>Somebody has signed in.</summary>
    /// <param name="principal">Who.</param>
    /// <param name="method">How: a link, or Microsoft Entra ID.</param>
    /// <param name="context">The request.</param>
    public Task SignedInAsync(ClaimsPrincipal principal, string method, HttpContext context)
    {
        var actor = ActorOf(principal, context);
        LogSignedIn(logger, DisplayText.Shorten(actor.Name), method, actor.Source);
        return activity.RecordAsync(actor, ActivityActions.SignIn, new { Method = method, HasRole = ActorFactory.RoleOf(principal) is not null });
    }

    /// <summary>Somebody could not sign in.</summary>
    /// <param name="why">One or two words.</param>
    /// <param name="method">How it was tried.</param>
    /// <param name="context">The request.</param>
    public Task RefusedAsync(string why, string method, HttpContext context)
    {
        var actor = Stranger(context);
        if (IsWithinLimits(ActivityActions.SignInRefused, actor))
            LogRefused(logger, method, actor.Source, why);
        return CountAsync(actor, method, why);
    }

    /// <summary>Somebody has signed out.</summary>
    public Task SignedOutAsync(HttpContext context)
    {
        var actor = ActorOf(context.User, context);
        LogSignedOut(logger, DisplayText.Shorten(actor.Name), actor.Source);
        return activity.RecordAsync(actor, ActivityActions.SignOut, new { });
    }

    /// <summary>Somebody has asked for a new sign-in link.</summary>
    /// <param name="by">By which means.</param>
    /// <param name="context">The request.</param>
    public Task NewLinkAsync(string by, HttpContext context)
    {
        var actor = Stranger(context);
        if (!IsWithinLimits(ActivityActions.NewSignInLink, actor))
            return Task.CompletedTask;
        LogNewLink(logger, by, actor.Source);
        return activity.RecordAsync(actor, ActivityActions.NewSignInLink, new { By = by });
    }

    /// <summary>Somebody uses a wrong API key. The log reports it once a minute, because programs try again and again.</summary>
    public Task WrongKeyAsync(HttpContext context)
    {
        var actor = Stranger(context);
        if (IsWithinLimits(WrongKeyKind, actor))
            LogWrongKey(logger, actor.Source);
        return CountAsync(actor, "an API key", "the API key is not known");
    }

    public void Dispose()
    {
        _perAddress.Dispose();
        _inAll.Dispose();
    }

    /// <summary>A person without a role can still sign in, but may do nothing.</summary>
    private static Actor ActorOf(ClaimsPrincipal principal, HttpContext context) => ActorFactory.RoleOf(principal) is null
        ? new Actor(ActorFactory.NameOf(principal), Role.Reader, AddressOf(context))
        : ActorFactory.Create(principal, ActorFactory.RemoteAddress(context));

    private static Actor Stranger(HttpContext context) => new("unknown", Role.Reader, AddressOf(context));

    private static string AddressOf(HttpContext context) => ActorFactory.RemoteAddress(context) ?? "unknown";

    private static PartitionedRateLimiter<(string Kind, string Address)> PerMinute<TKey>(
        Func<(string Kind, string Address), TKey> keyOf, Func<(string Kind, string Address), int> limitOf)
        where TKey : notnull =>
        PartitionedRateLimiter.Create<(string Kind, string Address), TKey>(entry => RateLimitPartition.GetFixedWindowLimiter(
            keyOf(entry), _ => new() { PermitLimit = limitOf(entry), Window = Minute }));

    /// <summary>Records it, or has it counted: the recorder does so for each source by itself, and strangers may have as many as they like.</summary>
    private Task CountAsync(Actor stranger, string method, string why) =>
        activity.RecordAsync(
            IsCountedByItself(stranger.Source) ? stranger : stranger with { Source = OtherAddresses },
            ActivityActions.SignInRefused,
            new { Method = method, Why = why });

    private bool IsCountedByItself(string address)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (now >= _countedUntil)
            {
                _counted.Clear();
                _countedUntil = now + Minute;
            }

            return _counted.Contains(address) || (_counted.Count < MaxCountedAddresses && _counted.Add(address));
        }
    }

    private bool IsWithinLimits(string kind, Actor actor)
    {
        using var ofAddress = _perAddress.AttemptAcquire((kind, actor.Source));
        if (!ofAddress.IsAcquired)
            return false;
        using var ofAll = _inAll.AttemptAcquire((kind, actor.Source));
        return ofAll.IsAcquired;
    }

    [LoggerMessage(2001, LogLevel.Warning, "Signing in with {Method} from {Address} was refused: {Why}")]
    private static partial void LogRefused(ILogger logger, string method, string address, string why);

    [LoggerMessage(2002, LogLevel.Information, "{Account} has signed in with {Method} from {Address}")]
    private static partial void LogSignedIn(ILogger logger, string account, string method, string address);

    [LoggerMessage(2003, LogLevel.Information, "{Account} has signed out from {Address}")]
    private static partial void LogSignedOut(ILogger logger, string account, string address);

    [LoggerMessage(2004, LogLevel.Information, "A sign-in link was asked for by {Means} from {Address}")]
    private static partial void LogNewLink(ILogger logger, string means, string address);

    [LoggerMessage(2005, LogLevel.Warning, "A wrong API key was used from {Address}")]
    private static partial void LogWrongKey(ILogger logger, string address);
}
