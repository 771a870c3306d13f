using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;
using CaPortal.Core.Inventory;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Inspection;

/// <summary>
/// A certificate that this machine trusts although it is not under management. Two are equal if they are the same certificate
/// as part of the same store, regardless of where it was found: a list that is read again has the same rows.
/// </summary>
public sealed record UnmanagedCertificate
{
    /// <summary>Its identity: its content, and the store that it acts as part of.</summary>
    public required CaCertificateKey Key { get; init; }

    /// <summary>What was read from it.</summary>
    public required CertificateFacts Facts { get; init; }

    /// <summary>Its DER encoding.</summary>
    public required ReadOnlyMemory<byte> Der { get; init; }

    /// <summary>Where it is.</summary>
    public required IReadOnlyList<UnmanagedPlace> Places { get; init; }

    /// <summary>What holds for it in its store and does not change with time.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>One sentence: why it cannot be removed; null if it can.</summary>
    public string? Fixed => Places.Select(p => p.Fixed).FirstOrDefault(f => f is not null);

    /// <inheritdoc/>
    public bool Equals(UnmanagedCertificate? other) => Key == other?.Key;

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode();

    /// <summary>What a search looks in.</summary>
    internal string SearchText =>
        field ??= CertificateSearch.TextOf(Facts, "", string.Join('\n', Places.SelectMany(p => new[] { p.Title, p.Location })));

    /// <summary>Whether it is in this trust store.</summary>
    internal bool IsIn(ITrustStore store) => Places.Any(p => p.TrustStore == store.Name);
}

/// <summary>A place in which a certificate was found.</summary>
/// <param name="TrustStore">The trust store's name; null for the operating system's own list.</param>
/// <param name="Title">What it is, for people.</param>
/// <param name="Location">The file or entry.</param>
/// <param name="Fixed">One sentence: why it cannot be removed from there; null if it can.</param>
public sealed record UnmanagedPlace(string? TrustStore, string Title, string Location, string? Fixed);

/// <summary>What this machine trusts without its being under management, by name.</summary>
/// <param name="Certificates">The certificates.</param>
/// <param name="Unread">What could not be read, so that the list may not be complete.</param>
public sealed record UnmanagedList(IReadOnlyList<UnmanagedCertificate> Certificates, IReadOnlyList<UnreadTrustStore> Unread)
{
    /// <summary>What of it has all words of a search.</summary>
    internal UnmanagedList Matching(string? search)
    {
        var words = CertificateSearch.WordsOf(search).ToList();
        return words.Count == 0
            ? this
            : this with
            {
                Certificates = [.. Certificates.Where(c => words.All(w => c.SearchText.Contains(w, StringComparison.Ordinal)))],
            };
    }
}

/// <summary>A trust store that could not be read, or not all of it.</summary>
/// <param name="Name">Its name; null for the operating system's own list.</param>
/// <param name="Title">Its title.</param>
/// <param name="Reason">One sentence: why.</param>
/// <param name="Advice">One sentence: what to do.</param>
public sealed record UnreadTrustStore(string? Name, string Title, string Reason, string? Advice);

/// <summary>A certificate that is not under management, in full.</summary>
/// <param name="Certificate">The certificate.</param>
/// <param name="Details">What it says.</param>
/// <param name="Path">Itself, its issuer, and so on, as far as they are known here.</param>
public sealed record UnmanagedView(UnmanagedCertificate Certificate, CertificateDetails Details, IReadOnlyList<IssuerPathStep> Path);
