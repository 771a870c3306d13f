using System.Net;
using CaPortal.Core.Checks;

namespace CaPortal.Core.Probing;

/// <summary>What is said where a server's certificate is not for the name that it is asked for.</summary>
internal static class PathNames
{
    /// <summary>The problem.</summary>
    public static PathProblem Mismatch(SubjectNames names, string name)
    {
        var asked = Texts.ServerName(name);
        var isAddress = IPAddress.TryParse(name, out _);
        if (isAddress && names.Dns.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            return Problem(
                $"It has {asked} as a DNS name, which does not count for an IP address.",
                $"The certificate has {asked} as a DNS name: for an IP address, clients accept only an entry of the type IP address.",
                $"Have a certificate issued that has {asked} as an IP address, or connect by a DNS name that it has.");
        }

        var advice = $"Have a certificate issued for {asked}, or set the server name of this back-end to a name that the certificate has.";
        if (names.Shown() is not { } shown)
        {
            return names.CommonNames is [var common] && !isAddress
                ? Problem(
                    $"It is for {Texts.ServerName(common)}, its common name, not for {asked}.",
                    $"The certificate is not for {asked} but for {Texts.ServerName(common)}, its common name; it has no subject alternative names.",
                    advice)
                : Problem(
                    $"It has no names for {asked}: no subject alternative names.",
                    $"The certificate is not for {asked}: it has no subject alternative names.",
                    advice);
        }

        // Where there are no DNS names but addresses, clients differ: curl asks for a DNS name, the others take the common name.
        return names.HasCommonName(name)
            ? Problem(
                $"It has {asked} as its common name alone, beside subject alternative names.",
                $"The certificate has {asked} as its common name alone and is for {shown}: .NET, OpenSSL and Java still accept it, curl, "
                    + "Go and browsers do not.",
                $"Have a certificate issued that has {asked} as a DNS name among its subject alternative names.")
            : Problem($"It is for {shown}, not for {asked}.", $"The certificate is not for {asked} but for {shown}.", advice);
    }

    /// <summary>A chain that does not end well, and a name that does not match either: to trust the CA would not be enough, so both are said at once.</summary>
    public static PathProblem WithMismatch(PathProblem end, ChainPath path, string name)
    {
        var asked = Texts.ServerName(name);
        return end with
        {
            Message = $"{end.Message.TrimEnd('.')}, and the server's certificate is not for {asked}.",
            Advice = path.Links.Count == 1 && path.End == PathEnd.UntrustedRoot
                ? $"Have a certificate issued for {asked}: to trust this one does not make it match."
                : $"{end.Advice.TrimEnd('.')}; the server also needs a certificate for {asked}.",
        };
    }

    private static PathProblem Problem(string text, string message, string advice) => new(PathProblemRank.NameMismatch, 0, text, message, advice);
}
