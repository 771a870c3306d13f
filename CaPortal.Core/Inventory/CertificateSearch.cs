using CaPortal.Core.Certificates;

namespace CaPortal.Core.Inventory;

/// <summary>What a search looks in, and the words that it looks for.</summary>
internal static class CertificateSearch
{
    /// <summary>The text that is searched, upper-case.</summary>
    public static string TextOf(CertificateFacts facts, string addedBy, string? description) =>
        string.Join('\n', facts.Name, facts.Subject, facts.IssuerName, facts.Issuer, facts.Thumbprint, facts.Sha256, facts.SerialNumber, addedBy, description)
            .ToUpperInvariant();

    /// <summary>
    /// The words of a search. Each of them must occur. Hashes may be written with colons, as other tools show them.
    /// </summary>
    public static IEnumerable<string> WordsOf(string? search) =>
        (search ?? "").ToUpperInvariant()
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Contains(':') && word.All(c => c == ':' || char.IsAsciiHexDigit(c)) ? word.Replace(":", "", StringComparison.Ordinal) : word);
}
