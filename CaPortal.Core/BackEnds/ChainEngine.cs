using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;
using CaPortal.Core.Reading;

namespace CaPortal.Core.BackEnds;

/// <summary>
/// .NET's word on one path: what its clients find wrong with it. Whatever the day: for time the facts are enough, and so
/// the answer can be kept.
/// </summary>
/// <param name="Statuses">What is wrong with each certificate of the path; empty where .NET took another path or cannot judge.</param>
/// <param name="Unsupported">Why .NET cannot judge it on this machine; null where it can.</param>
internal sealed record ChainEngine(IReadOnlyList<X509ChainStatusFlags> Statuses, string? Unsupported)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private const X509ChainStatusFlags Names = X509ChainStatusFlags.InvalidNameConstraints
        | X509ChainStatusFlags.HasNotSupportedNameConstraint
        | X509ChainStatusFlags.HasNotDefinedNameConstraint
        | X509ChainStatusFlags.HasNotPermittedNameConstraint
        | X509ChainStatusFlags.HasExcludedNameConstraint;

    /// <summary>Time is judged by facts, revocation not at all, and a path without its end was never given to .NET.</summary>
    private const X509ChainStatusFlags Ignored = X509ChainStatusFlags.NotTimeValid
        | X509ChainStatusFlags.NotTimeNested
        | X509ChainStatusFlags.CtlNotTimeValid
        | X509ChainStatusFlags.RevocationStatusUnknown
        | X509ChainStatusFlags.OfflineRevocation;

    private static readonly ChainEngine AnotherPath = new([], null);

    /// <summary>Asks .NET, as if the end of the path were a trusted root.</summary>
    public static ChainEngine Ask(ChainPath path, DateTimeOffset at)
    {
        var certificates = new List<X509Certificate2>();
        try
        {
            foreach (var link in path.Links)
                certificates.Add(X509CertificateLoader.LoadCertificate(link.Certificate.Der.Span));
            using var chain = new X509Chain();
            var policy = chain.ChainPolicy;
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.Add(certificates[^1]);
            policy.ExtraStore.AddRange(certificates.Skip(1).ToArray());
            policy.RevocationMode = X509RevocationMode.NoCheck;
            policy.DisableCertificateDownloads = true;
            policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
            policy.VerificationTime = at.LocalDateTime;
            chain.Build(certificates[0]);
            return Read(chain, path);
        }
        catch (Exception exception) when (exception is CryptographicException or PlatformNotSupportedException or ArgumentException)
        {
            return new ChainEngine([], ReadItems.Reason(exception));
        }
        finally
        {
            certificates.ForEach(c => c.Dispose());
        }
    }

    /// <summary>What is wrong, beyond what is known already.</summary>
    public IEnumerable<PathProblem> Problems(ChainPath path, IReadOnlyList<PathProblem> known)
    {
        // Some algorithms it does not refuse, but takes for wrong.
        const X509ChainStatusFlags notVerified = X509ChainStatusFlags.NotSignatureValid | X509ChainStatusFlags.PartialChain;
        if (Unsupported is not null || (Statuses.Any(s => (s & notVerified) != 0) && path.Links.Any(IsExotic)))
        {
            yield return CannotJudge(path);
            yield break;
        }

        for (var i = 0; i < Statuses.Count; i++)
        {
            var name = Texts.Quote(path.Links[i].Facts.Name);
            foreach (var (rank, what) in Reasons(Statuses[i] & ~Ignored))
            {
                // Which certificate a rule is broken at, .NET sees differently; the sentence that says more stays.
                if (known.All(k => k.Rank != rank && !(rank == PathProblemRank.Purpose && k.Rank == PathProblemRank.PathLength)))
                    yield return new PathProblem(rank, i, $".NET refuses it: {what}.", $".NET refuses {name}: {what}.", "Ask its issuer for a certificate that follows RFC 5280.");
            }
        }
    }

    private static ChainEngine Read(X509Chain chain, ChainPath path)
    {
        try
        {
            // What this account's and this machine's own stores hold completes chains too, and says nothing of the set.
            var elements = chain.ChainElements;
            var isPrefix = elements.Count <= path.Links.Count
                && elements.Zip(path.Links).All(pair => pair.First.Certificate.RawDataMemory.Span.SequenceEqual(pair.Second.Certificate.Der.Span));
            return isPrefix && elements.Count > 0
                ? new ChainEngine([.. elements.Select(e => e.ChainElementStatus.Aggregate(X509ChainStatusFlags.NoError, (all, s) => all | s.Status))], null)
                : AnotherPath;
        }
        finally
        {
            foreach (var element in chain.ChainElements)
                element.Certificate.Dispose();
        }
    }

    private static IEnumerable<(PathProblemRank Rank, string What)> Reasons(X509ChainStatusFlags status)
    {
        if (status.HasFlag(X509ChainStatusFlags.PartialChain))
            yield return (PathProblemRank.UnknownIssuer, "it does not take the certificate above it for its issuer");
        if (status.HasFlag(X509ChainStatusFlags.UntrustedRoot))
            yield return (PathProblemRank.UntrustedRoot, "it does not take it for a root");
        if (status.HasFlag(X509ChainStatusFlags.NotSignatureValid))
            yield return (PathProblemRank.ForgedSignature, "its signature does not verify");
        if (status.HasFlag(X509ChainStatusFlags.HasWeakSignature))
            yield return (PathProblemRank.WeakDigest, "its signature is weak");
        if (status.HasFlag(X509ChainStatusFlags.NotValidForUsage))
            yield return (PathProblemRank.Purpose, "it is not for TLS servers");
        if (status.HasFlag(X509ChainStatusFlags.InvalidBasicConstraints))
            yield return (PathProblemRank.Purpose, "its basic constraints do not allow this chain");
        if ((status & Names) != 0)
            yield return (PathProblemRank.NameConstraint, "names in this chain may not be issued (name constraints)");

        var rest = status & ~(Names | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotSignatureValid
            | X509ChainStatusFlags.HasWeakSignature | X509ChainStatusFlags.NotValidForUsage | X509ChainStatusFlags.InvalidBasicConstraints);
        if (rest != 0)
            yield return (PathProblemRank.Other, $"{rest}");
    }

    private static PathProblem CannotJudge(ChainPath path)
    {
        var index = Math.Max(path.Links.ToList().FindIndex(IsExotic), 0);
        var facts = path.Links[index].Facts;
        var algorithm = DisplayText.Shorten(facts.KeyAlgorithm);
        return new PathProblem(
            PathProblemRank.NotVerifiable,
            index,
            $".NET cannot use its key ({algorithm}) on this machine.",
            $".NET cannot judge this chain on this machine, because of the key of {Texts.Quote(facts.Name)} ({algorithm}), and so its clients refuse the server here.",
            "Use certificates with RSA or EC keys, or update the system's cryptographic library.");
    }

    private static bool IsExotic(PathLink link) => link.Facts.KeyAlgorithm is not ("RSA" or "EC");
}
