using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>
/// What the properties before a certificate of a serialized store say of the trust in it: Windows distrusts by them
/// (<c>CERT_..._PROP_ID</c> of wincrypt.h).
/// </summary>
internal sealed class SerializedStoreMarks
{
    private const uint Purposes = 9;
    private const uint DisallowedFrom = 104;
    private const uint DisallowedPurposes = 122;
    private const uint IssuedBefore = 126;
    private const uint IssuedBeforePurposes = 127;
    private const string EnabledMark = "purposes enabled in Windows";
    private const string DisallowedMark = "disallowed in Windows";

    private readonly Dictionary<uint, ReadOnlyMemory<byte>> _properties = [];

    /// <summary>Remembers a property, where it is one of trust.</summary>
    public void Take(uint property, ReadOnlyMemory<byte> value)
    {
        if (property is Purposes or DisallowedFrom or DisallowedPurposes or IssuedBefore or IssuedBeforePurposes)
            _properties[property] = value;
    }

    /// <summary>The item of the certificate with what the properties say of it.</summary>
    public ReadItem AppliedTo(ReadItem item) =>
        item.Facts is null || _properties.Count == 0 ? item : item with { Findings = [.. item.Findings, .. Findings()] };

    private IEnumerable<Finding> Findings()
    {
        if (_properties.ContainsKey(DisallowedFrom) || AreServersIn(DisallowedPurposes, whenAbsent: false))
            yield return TrustMarks.Distrusted(DisallowedMark);
        else if (DateOf(IssuedBefore) is { } date && AreServersIn(IssuedBeforePurposes, whenAbsent: true))
            yield return TrustMarks.DistrustedAfter(date);
        if (PurposesOf(Purposes) is { } enabled && TrustMarks.LimitedTo(enabled, EnabledMark) is { } finding)
            yield return finding;
    }

    /// <summary>Whether TLS servers are among the purposes. A list that is empty or cannot be read means all of them.</summary>
    private bool AreServersIn(uint property, bool whenAbsent) =>
        PurposesOf(property) is { } purposes ? purposes.Count == 0 || TrustMarks.HasServers(purposes) : whenAbsent;

    /// <summary>A FILETIME; null if there is none that can be read.</summary>
    private DateTimeOffset? DateOf(uint property) =>
        _properties.TryGetValue(property, out var value) && value.Length >= sizeof(long)
        && BinaryPrimitives.ReadInt64LittleEndian(value.Span) is >= 0 and var ticks && ticks <= DateTime.MaxValue.ToFileTimeUtc()
            ? DateTimeOffset.FromFileTime(ticks).ToUniversalTime()
            : null;

    /// <summary>
    /// The purposes of a property, in the form of the extension extendedKeyUsage (RFC 5280 §4.2.1.12); null if there is no
    /// such property, empty if it cannot be read.
    /// </summary>
    private List<string>? PurposesOf(uint property)
    {
        if (!_properties.TryGetValue(property, out var value))
            return null;
        try
        {
            var usages = new X509EnhancedKeyUsageExtension(new AsnEncodedData(value.Span), critical: false).EnhancedKeyUsages;
            return [.. usages.Cast<Oid>().Select(o => o.Value).OfType<string>()];
        }
        catch (CryptographicException)
        {
            return [];
        }
    }
}
