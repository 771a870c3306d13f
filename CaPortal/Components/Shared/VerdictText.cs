using CaPortal.Core.Probing;
using MudBlazor;

namespace CaPortal.Components.Shared;

/// <summary>A verdict as a list shows it: a few words, an icon, a colour.</summary>
/// <param name="Word">The words.</param>
/// <param name="Icon">The icon.</param>
/// <param name="Level">How bad it is.</param>
public sealed record VerdictText(string Word, string Icon, VerdictLevel Level)
{
    /// <summary>The text of a verdict; null is a back-end that was never tested.</summary>
    public static VerdictText For(TrustVerdict? verdict) => verdict switch
    {
        null => new("Not tested", Icons.Material.Outlined.RadioButtonUnchecked, VerdictLevel.Unknown),
        TrustVerdict.Trusted => new("Trusted", Icons.Material.Filled.CheckCircle, VerdictLevel.Trusted),
        TrustVerdict.ClientCertificateRequired => new("Asks for a client certificate", Icons.Material.Filled.Key, VerdictLevel.Trusted),
        TrustVerdict.DependsOnClient => new("Depends on the client", Icons.Material.Filled.Warning, VerdictLevel.Partly),
        TrustVerdict.UnknownIssuer => Untrusted("Unknown issuer"),
        TrustVerdict.UntrustedRoot => Untrusted("Untrusted root"),
        TrustVerdict.NameMismatch => Untrusted("Wrong name"),
        TrustVerdict.Expired => Untrusted("Expired"),
        TrustVerdict.NotYetValid => Untrusted("Not valid yet"),
        TrustVerdict.NotForServerAuth => Untrusted("Not for servers"),
        TrustVerdict.NameConstraint => Untrusted("Name not permitted"),
        TrustVerdict.PathLength => Untrusted("Path too long"),
        TrustVerdict.WeakSignature => Untrusted("Bad signature"),
        TrustVerdict.WeakKey => Untrusted("Weak key"),
        TrustVerdict.UnusableCertificate => Untrusted("Cannot be used"),
        TrustVerdict.HandshakeFailed => Unreachable("No TLS"),
        TrustVerdict.Refused => Unreachable("Refused"),
        TrustVerdict.TimedOut => Unreachable("No answer"),
        TrustVerdict.NameNotFound => Unreachable("Name not found"),
        TrustVerdict.Blocked => new("Not allowed", Icons.Material.Filled.Block, VerdictLevel.Unreachable),
        _ => Untrusted("Not trusted"),
    };

    private static VerdictText Untrusted(string word) => new(word, Icons.Material.Filled.Error, VerdictLevel.Untrusted);

    private static VerdictText Unreachable(string word) => new(word, Icons.Material.Filled.LinkOff, VerdictLevel.Unreachable);
}

/// <summary>How bad a verdict is.</summary>
public enum VerdictLevel
{
    /// <summary>The chain is trusted.</summary>
    Trusted,

    /// <summary>Some clients that count trust it, and others do not.</summary>
    Partly,

    /// <summary>A chain was judged, and it is not trusted.</summary>
    Untrusted,

    /// <summary>No chain came.</summary>
    Unreachable,

    /// <summary>It was never tested.</summary>
    Unknown,
}
