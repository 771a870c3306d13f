using CaPortal.Core.Certificates;

namespace CaPortal.Components.Shared;

/// <summary>How soon a certificate expires, in words.</summary>
/// <param name="Text">Relative to now: <c>in 3 years</c>, <c>expired 2 days ago</c>.</param>
/// <param name="Level">How urgent it is.</param>
public sealed record ExpiryText(string Text, ExpiryLevel Level)
{
    /// <summary>The text for a certificate at <paramref name="now"/>.</summary>
    public static ExpiryText For(CertificateFacts facts, DateTimeOffset now)
    {
        if (facts.NotBefore > now.UtcDateTime)
            return new($"starts {RelativeTime.Until(facts.NotBefore - now.UtcDateTime)}", ExpiryLevel.Soon);
        return For(facts.NotAfter, now);
    }

    /// <summary>The text for an end of validity, UTC, at <paramref name="now"/>.</summary>
    public static ExpiryText For(DateTime notAfter, DateTimeOffset now)
    {
        var left = notAfter - now.UtcDateTime;
        if (left < TimeSpan.Zero)
            return new($"expired {RelativeTime.Ago(-left)}", ExpiryLevel.Expired);
        return new(RelativeTime.Until(left), left.TotalDays < CertificateFacts.ExpiresSoonDays ? ExpiryLevel.Soon : ExpiryLevel.Fine);
    }
}

/// <summary>How urgent an expiry is.</summary>
public enum ExpiryLevel
{
    /// <summary>More than 60 days.</summary>
    Fine,

    /// <summary>Within 60 days, or not valid yet.</summary>
    Soon,

    /// <summary>Past.</summary>
    Expired,
}
