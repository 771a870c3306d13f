using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace CaPortal.Authentication;

/// <summary>The token of the sign-in link: random, usable once and for a short time, or fixed by a setting and reusable.</summary>
internal sealed class BrowserLink(IOptions<SignInOptions> options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private string? _token;
    private DateTimeOffset _expires;

    private string? Fixed { get; } = options.Value.BrowserToken is { Length: > 0 } token ? token : null;

    /// <summary>
    /// The token that works now: a new one if the last was used or has expired. A valid one stays, so that nobody can take
    /// the link away from a person who is about to use it.
    /// </summary>
    /// <returns>The token and, for people, how long and how often it works. A fixed token is no one's to print: null.</returns>
    public (string? Token, string Validity) Issue()
    {
        if (Fixed is not null)
            return (null, $"put the value of {SignInOptions.Section}:{nameof(SignInOptions.BrowserToken)} in place of TOKEN; it works any number of times");
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (_token is null || now >= _expires)
            {
                _token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
                _expires = now + options.Value.LinkLifetime;
            }
            return (_token, $"works once, until {TimeZoneInfo.ConvertTime(_expires, time.LocalTimeZone):HH:mm:ss}");
        }
    }

    /// <summary>Until when the token works.</summary>
    public DateTimeOffset Expires
    {
        get
        {
            lock (_lock)
                return _expires;
        }
    }

    /// <summary>Whether the token would work, without using it up.</summary>
    public bool IsValid(string? token)
    {
        lock (_lock)
            return Matches(token);
    }

    /// <summary>Uses the token up.</summary>
    /// <returns>Whether it worked.</returns>
    public bool TryRedeem(string? token)
    {
        lock (_lock)
        {
            if (!Matches(token))
                return false;
            _token = null;
            return true;
        }
    }

    private bool Matches(string? token)
    {
        var expected = Fixed ?? (time.GetUtcNow() < _expires ? _token : null);
        return expected is not null && token is not null && Secrets.AreEqual(expected, token);
    }
}

internal static class Secrets
{
    /// <summary>Compares in a time that reveals neither content nor length.</summary>
    public static bool AreEqual(string expected, string actual) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(expected)), SHA256.HashData(Encoding.UTF8.GetBytes(actual)));
}
