using System.Security.Cryptography;
using System.Text;
using CaPortal.Core.Certificates;
using CaPortal.Core.Clients;

namespace CaPortal.Core.Probing;

/// <summary>
/// A question to clients, cut down to what can have a part in the answer: of the list only the certificates that the names
/// lead to. What no name leads to, no client takes.
/// </summary>
/// <param name="Question">The question, with the list in the order in which it is written.</param>
/// <param name="Key">What the answers are kept under: the same on each day on which the same certificates are valid.</param>
/// <param name="HasNamesakes">Several certificates of the list have one name: which one a client takes first may count.</param>
internal sealed record ClientCase(ClientQuestion Question, string Key, bool HasNamesakes)
{
    /// <summary>Lists with more certificates of the names in question are made up.</summary>
    private const int MaxListed = 500;

    /// <summary>Whether the names lead to a trusted root. Where they do not, no client can accept.</summary>
    public bool HasRoots => Question.Roots.Count > 0;

    /// <summary>Makes it.</summary>
    /// <param name="chain">What the server sent, its own certificate first.</param>
    /// <param name="name">The name that its certificate must be for.</param>
    /// <param name="set">The list.</param>
    /// <param name="at">The time to judge for.</param>
    /// <param name="isReadable">Whether a certificate may be given to other parsers.</param>
    public static ClientCase Of(
        IReadOnlyList<PresentedCertificate> chain, string name, TrustSet set, DateTimeOffset at, Func<CertificateFacts, ReadOnlyMemory<byte>, bool> isReadable)
    {
        var sent = chain.Where(c => c.Facts is not null && isReadable(c.Facts, c.Der)).ToList();
        var listed = NamesOf(sent, set).SelectMany(set.WithSubject).DistinctBy(c => c.Key).Where(c => isReadable(c.Facts, c.Der)).Take(MaxListed).ToList();
        var key = new StringBuilder(name).Append('\n');
        foreach (var certificate in sent)
            key.Append(certificate.Sha256).Append(ValidityAt(certificate.Facts!, at));
        foreach (var certificate in listed)
            key.Append(certificate.Store == CaStore.Root ? '+' : '-').Append(certificate.Facts.Sha256).Append(ValidityAt(certificate.Facts, at));
        return new ClientCase(
            new ClientQuestion([.. sent.Select(c => c.Der)], name, DerOf(CaStore.Root), DerOf(CaStore.CertificateAuthority), at),
            Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key.ToString()))),
            listed.Select(c => c.Facts.SubjectKey).Distinct().Count() < listed.Count);

        List<ReadOnlyMemory<byte>> DerOf(CaStore store) => [.. listed.Where(c => c.Store == store).Select(c => c.Der)];
    }

    /// <summary>The same question with the list in the reverse order.</summary>
    public ClientCase Reversed() => this with
    {
        Question = Question with { Roots = [.. Question.Roots.Reverse()], Intermediates = [.. Question.Intermediates.Reverse()] },
        Key = $"{Key} reversed",
    };

    /// <summary>The same question to a client that was given the roots alone.</summary>
    public ClientCase WithRootsAlone() => this with { Question = Question with { Intermediates = [] }, Key = $"{Key} roots alone" };

    /// <summary>All names that a path can lead over, from the server's certificate upwards.</summary>
    public static HashSet<string> NamesOf(IReadOnlyList<PresentedCertificate> chain, params IReadOnlyList<TrustSet> sets)
    {
        var names = new HashSet<string>();
        if (chain is not [{ Facts: { } leaf }, ..])
            return names;
        names.UnionWith([leaf.SubjectKey, leaf.IssuerKey]);
        var left = new Queue<string>(names);
        while (left.TryDequeue(out var name))
        {
            var issuers = chain.Select(c => c.Facts).OfType<CertificateFacts>().Where(f => f.SubjectKey == name)
                .Concat(sets.SelectMany(s => s.WithSubject(name)).Take(MaxListed).Select(c => c.Facts));
            foreach (var issuer in issuers.Select(i => i.IssuerKey).Where(names.Add))
                left.Enqueue(issuer);
        }

        return names;
    }

    private static char ValidityAt(CertificateFacts facts, DateTimeOffset at) =>
        at.UtcDateTime < facts.NotBefore ? '<'
        : at.UtcDateTime > facts.NotAfter ? '>'
        : '=';
}
