using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Clients.OpenSsl;
using CaPortal.Core.Processes;

namespace CaPortal.Core.Clients.DotNet;

/// <summary>
/// The part of a process that answers <see cref="DotNetEngine"/>. Every program plays it when its command line is
/// <see cref="Verb"/>.
/// </summary>
public static class DotNetWorker
{
    internal const string Verb = "--caportal-client-worker";

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private const X509ChainStatusFlags Names = X509ChainStatusFlags.InvalidNameConstraints
        | X509ChainStatusFlags.HasNotSupportedNameConstraint
        | X509ChainStatusFlags.HasNotDefinedNameConstraint
        | X509ChainStatusFlags.HasNotPermittedNameConstraint
        | X509ChainStatusFlags.HasExcludedNameConstraint;

    /// <summary>In the order in which they are solved: who issued it, then whether it counts today, then for what.</summary>
    private static readonly (X509ChainStatusFlags Status, ClientProblem Problem, string Reason)[] Reasons =
    [
        (X509ChainStatusFlags.PartialChain, ClientProblem.NoIssuer, "no chain to a trusted root"),
        (X509ChainStatusFlags.UntrustedRoot, ClientProblem.UntrustedRoot, "the chain ends at a root that is not trusted"),
        (X509ChainStatusFlags.NotSignatureValid, ClientProblem.Signature, "a signature cannot be verified"),
        (X509ChainStatusFlags.NotTimeValid, ClientProblem.Expired, "a certificate is not within its validity period"),
        (X509ChainStatusFlags.NotValidForUsage, ClientProblem.Purpose, "a certificate is not valid for this use"),
        (X509ChainStatusFlags.InvalidBasicConstraints, ClientProblem.Purpose, "the basic constraints do not allow this chain"),
        (Names, ClientProblem.NameConstraint, "name constraints do not allow a name"),
        (X509ChainStatusFlags.HasWeakSignature, ClientProblem.WeakSignature, "a signature is weak"),
        (X509ChainStatusFlags.HasNotSupportedCriticalExtension, ClientProblem.Unsupported, "unknown critical extension"),
        (X509ChainStatusFlags.InvalidExtension, ClientProblem.Malformed, "an extension is invalid"),
    ];

    /// <summary>Whether this process must play that part.</summary>
    public static bool IsAsked(string[] arguments) => arguments is [Verb];

    /// <summary>Plays it until its standard input ends.</summary>
    /// <returns>The exit code of the process.</returns>
    public static int Run()
    {
        PipeWorker.Answer(Console.OpenStandardInput(), Console.OpenStandardOutput(), question => WorkerFrames.Write(Ask(WorkerFrames.ReadQuestion(question))));
        return 0;
    }

    private static ClientAnswer Ask(ClientQuestion question)
    {
        var loaded = new List<X509Certificate2>();
        try
        {
            if (Load(question.Presented[0], loaded) is not { } leaf)
                return new ClientAnswer(ClientProblem.Malformed, "unreadable certificate", Thumbprints.Sha256(question.Presented[0].Span));

            // .NET first looks into the stores of the account and of the machine alone. What the server sent is added only where
            // they leave the chain open, and comes after what is in them.
            X509Certificate2[] roots = LoadAll(question.Roots, loaded), listed = LoadAll(question.Intermediates, loaded);
            return (listed.Length > 0 ? Build(leaf, roots, listed, question, mayBeOpen: false) : null)
                ?? Build(leaf, roots, [.. listed, .. LoadAll(question.Presented.Skip(1), loaded)], question, mayBeOpen: true)!;
        }
        catch (Exception exception) when (exception is CryptographicException or PlatformNotSupportedException or ArgumentException)
        {
            return new ClientAnswer(ClientProblem.Unsupported, "not supported on this machine", null);
        }
        finally
        {
            loaded.ForEach(c => c.Dispose());
        }
    }

    /// <returns>Null if the chain is open at its end and may not be.</returns>
    private static ClientAnswer? Build(X509Certificate2 leaf, X509Certificate2[] roots, X509Certificate2[] others, ClientQuestion question, bool mayBeOpen)
    {
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(roots);
        policy.ExtraStore.AddRange(others);
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        policy.VerificationTime = question.At.LocalDateTime;
        var isAccepted = chain.Build(leaf);
        var isOpen = chain.ChainStatus.Any(s => (s.Status & X509ChainStatusFlags.PartialChain) != 0);
        var answer = isOpen && !mayBeOpen ? null : isAccepted ? NameAnswer(leaf, question.ServerName) : Refusal(chain, question.At);
        foreach (var element in chain.ChainElements)
            element.Certificate.Dispose();
        return answer;
    }

    private static ClientAnswer NameAnswer(X509Certificate2 leaf, string? name) => name is null || IsFor(leaf, name)
        ? ClientAnswer.Accepted
        : new ClientAnswer(ClientProblem.Name, "the name does not match", Thumbprints.Sha256(leaf.RawDataMemory.Span));

    /// <summary>On Linux, TLS connections of .NET have OpenSSL compare DNS names, by other rules than those that .NET offers to programs.</summary>
    private static bool IsFor(X509Certificate2 leaf, string name)
    {
        if (LibCrypto.Version is null || IPAddress.TryParse(name, out _))
            return leaf.MatchesHostname(name);
        using var certificate = CertificateHandle.Read(leaf.RawDataMemory.Span);
        return !certificate.IsInvalid && LibCrypto.CheckHost(certificate, name, 0, OpenSslVerifier.NoPartialWildcards, 0) == 1;
    }

    private static ClientAnswer Refusal(X509Chain chain, DateTimeOffset at)
    {
        foreach (var (status, problem, reason) in Reasons)
        {
            // From the end of the chain: what is wrong above is the cause of what is wrong below. For the use .NET marks them all.
            var wrong = chain.ChainElements.Reverse().Where(e => e.ChainElementStatus.Any(s => (s.Status & status) != 0));
            foreach (var element in status == X509ChainStatusFlags.NotValidForUsage ? wrong.OrderBy(IsForServers) : wrong)
            {
                var isLater = problem == ClientProblem.Expired && element.Certificate.NotBefore > at.LocalDateTime;
                return new ClientAnswer(isLater ? ClientProblem.NotYetValid : problem, reason, Thumbprints.Sha256(element.Certificate.RawDataMemory.Span));
            }
        }

        return new ClientAnswer(ClientProblem.Other, "chain refused", null);
    }

    private static bool IsForServers(X509ChainElement element) =>
        element
            .Certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .All(e => e.EnhancedKeyUsages.Cast<Oid>().Any(o => o.Value == ServerAuthentication));

    private static X509Certificate2[] LoadAll(IEnumerable<ReadOnlyMemory<byte>> certificates, List<X509Certificate2> loaded) =>
        [.. certificates.Select(c => Load(c, loaded)).OfType<X509Certificate2>()];

    private static X509Certificate2? Load(ReadOnlyMemory<byte> der, List<X509Certificate2> loaded)
    {
        try
        {
            var certificate = X509CertificateLoader.LoadCertificate(der.Span);
            loaded.Add(certificate);
            return certificate;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
