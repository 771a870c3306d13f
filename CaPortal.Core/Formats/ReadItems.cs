using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>Makes the items that formats return, so that the same thing has the same words wherever it is found.</summary>
internal static class ReadItems
{
    public const string PrivateKeyKind = "Private key";

    private const int ParallelFrom = 64;

    private static readonly Finding UnknownIntegrity = new(
        FindingCode.IntegrityUnknown,
        FindingSeverity.Information,
        "Nothing proves that the file with this certificate is unchanged: its integrity check needs the password of the file.",
        "Enter the password of the file, or compare the SHA-256 fingerprint with the one that the CA publishes.");

    /// <summary>The certificate that <paramref name="der"/> holds, or why it is none.</summary>
    public static ReadItem Certificate(ReadOnlyMemory<byte> der, ReadLimits limits, string? position = null, string? friendlyName = null)
    {
        if (der.Length > limits.MaxCertificateBytes)
        {
            return Other(
                "Certificate too large",
                $"The certificate has {der.Length:N0} bytes, more than the {limits.MaxCertificateBytes:N0} that are read.",
                "Check that this is the right file; the setting CaPortal:Limits:MaxCertificateBytes raises the limit.",
                position,
                friendlyName);
        }

        var reading = CertificateFactsReader.Read(der);
        return new()
        {
            Kind = reading.Facts is null ? "Damaged certificate" : "Certificate",
            Position = position,
            FriendlyName = friendlyName,
            Facts = reading.Facts,
            Der = reading.Facts is null ? default : der,
            Findings = reading.Findings,
        };
    }

    /// <summary>What one DER element of any kind is: a certificate is read, everything else is named.</summary>
    public static ReadItem Element(ReadOnlyMemory<byte> der, ReadLimits limits, string? position = null, string? friendlyName = null) =>
        DerSniffer.Sniff(der) switch
        {
            DerKind.Certificate => Certificate(der, limits, position, friendlyName),
            DerKind.PrivateKey => PrivateKey(position, friendlyName),
            var kind => NotCertificates.Name(kind, position, friendlyName),
        };

    /// <summary>A private key. Its bytes are not looked at, kept or shown.</summary>
    public static ReadItem PrivateKey(string? position, string? friendlyName = null) => new()
    {
        Kind = PrivateKeyKind,
        Position = position,
        FriendlyName = friendlyName,
        Findings =
        [
            new(
                FindingCode.PrivateKeyInUpload,
                FindingSeverity.Warning,
                "The upload had a private key in it; it was discarded and is neither stored nor logged.",
                "If the file was shared with anyone, treat the key as exposed and replace it."),
        ],
    };

    /// <summary>A secret that is no certificate, such as a symmetric key in a Java keystore. It is skipped unread.</summary>
    public static ReadItem Secret(string position, string? friendlyName) =>
        Other(
            "Secret key",
            "This is a secret key and no certificate; it was left out and is neither stored nor logged.",
            "If the file was shared with anyone, treat the key as exposed and replace it.",
            position,
            friendlyName,
            FindingSeverity.Information);

    /// <summary>Something that cannot be used as a certificate.</summary>
    public static ReadItem Other(
        string kind,
        string message,
        string? advice,
        string? position = null,
        string? friendlyName = null,
        FindingSeverity severity = FindingSeverity.Error) =>
        new()
        {
            Kind = kind,
            Position = position,
            FriendlyName = friendlyName,
            Findings = [new(FindingCode.NotACertificate, severity, message, advice)],
        };

    /// <summary>The same, where nobody gave the password that the file's integrity check needs.</summary>
    public static IReadOnlyList<ReadItem> WithUnknownIntegrity(IEnumerable<ReadItem> items) =>
        [.. items.Select(i => i.Facts is null ? i : i with { Findings = [.. i.Findings, UnknownIntegrity] })];

    /// <summary>A part of the file that was not read, though something else in it was.</summary>
    public static ReadItem Unread(int bytes, string position) => Other(
        "Other data",
        $"The file goes on with {bytes:N0} bytes of another kind, which were not read: certificates in them are not in this list.",
        "Save that part as a file of its own and add it.",
        position,
        null,
        FindingSeverity.Warning);

    /// <summary>The same, with an item that says so where the file goes on behind what was read.</summary>
    public static ReadOutcome WithRest(ReadOutcome outcome, ReadOnlyMemory<byte> content, int end) =>
        outcome is ReadOutcome.Items items && content.Span[end..].IndexOfAnyExcept(" \t\r\n\0"u8) >= 0
            ? new ReadOutcome.Items([.. items.All, Unread(content.Length - end, $"byte {end}")])
            : outcome;

    /// <summary>The file holds more than may be read.</summary>
    public static ReadOutcome.Broken TooMany(ReadLimits limits) => new(
        "File with too many items",
        $"The file holds more than {limits.MaxCertificates:N0} items, which is the most that is read from one file.",
        "Split the file; the setting CaPortal:Limits:MaxCertificates raises the limit.");

    /// <summary>Reads many parts of a file at once on all cores, and keeps their order.</summary>
    public static List<ReadItem> InOrder<T>(IReadOnlyList<T> parts, Func<T, IReadOnlyList<ReadItem>> read, CancellationToken cancellationToken)
    {
        var results = new IReadOnlyList<ReadItem>[parts.Count];
        var options = new ParallelOptions
        {
            CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = parts.Count < ParallelFrom ? 1 : Environment.ProcessorCount,
        };
        Parallel.For(0, parts.Count, options, i => results[i] = read(parts[i]));
        return [.. results.SelectMany(r => r)];
    }

    /// <summary>A parser's reason in one short clause; such texts may quote the file, so only plain printable characters stay.</summary>
    public static string Reason(Exception exception)
    {
        const int longest = 120;
        var text = new string([
            .. exception.GetBaseException().Message.Take(longest).TakeWhile(c => c is not ('\r' or '\n')).Select(c => c is >= ' ' and < '\x7f' ? c : '?'),
        ]);
        return text.Trim().TrimEnd('.') is { Length: > 0 } reason ? reason : exception.GetType().Name;
    }
}
