using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores.Programs;

/// <summary>
/// The part of a process that only says which certificates .NET trusts and ends. Every program plays it when its command line
/// begins with <see cref="Verb"/>.
/// </summary>
public static class TrustProbe
{
    internal const string Verb = "--caportal-trust-probe";
    internal const string Trusted = "trusted";
    internal const string Unknown = "unknown";
    private const string Untrusted = "untrusted";

    // A chain may have other problems too; only these are about trust.
    private const X509ChainStatusFlags NoTrust = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.ExplicitDistrust;

    /// <summary>Whether this process must play that part.</summary>
    public static bool IsAsked(string[] arguments) => arguments is [Verb, _];

    /// <summary>Plays it: reads the questions from the file and prints one answer for each.</summary>
    /// <returns>The exit code of the process.</returns>
    public static int Run(string[] arguments)
    {
        foreach (var question in File.ReadLines(arguments[1]))
            Console.WriteLine(Answer(question));
        return 0;
    }

    internal static string Question(TrustedCertificate certificate) => $"{certificate.Key.Store} {Convert.ToBase64String(certificate.Der.Span)}";

    private static string Answer(string question)
    {
        var parts = question.Split(' ');
        var store = Enum.Parse<CaStore>(parts[0]);
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(parts[1]));
            return (SelfIssued.IsAnchor(store, certificate) ? IsTrusted(certificate) : IsFound(store, certificate)) ? Trusted : Untrusted;
        }
        catch (CryptographicException)
        {
            return Unknown; // It cannot be loaded, or has an algorithm that this machine does not have.
        }
    }

    private static bool IsTrusted(X509Certificate2 certificate)
    {
        using var chain = new X509Chain
        {
            ChainPolicy = { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
        };
        chain.Build(certificate);
        return chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status) is var found && (found & NoTrust) == 0;
    }

    private static bool IsFound(CaStore store, X509Certificate2 certificate) =>
        Enum.GetValues<StoreLocation>().Any(location =>
        {
            using var place = new X509Store(store == CaStore.Root ? StoreName.Root : StoreName.CertificateAuthority, location, OpenFlags.ReadOnly);
            return place.Certificates.Any(c => c.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span));
        });
}
