using System.Formats.Asn1;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>OpenSSL's trust settings, which follow the certificate in a <c>TRUSTED CERTIFICATE</c> (its structure <c>X509_CERT_AUX</c>).</summary>
/// <param name="Trusted">The purposes that it is trusted for; null where it has no such list.</param>
/// <param name="Rejected">The purposes that it is rejected for.</param>
/// <param name="Alias">The name that the file gives to it. Untrusted text.</param>
internal sealed record OpenSslTrust(IReadOnlyList<string>? Trusted, IReadOnlyList<string> Rejected, string? Alias)
{
    private const int MaxPurposes = 100;
    private const string Mark = "OpenSSL trust settings";

    private static readonly Asn1Tag RejectedTag = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <summary>OpenSSL takes it for TLS servers: it looks at what is rejected first, and takes a list of trusted purposes for a complete one.</summary>
    public bool IsForServers => !TrustMarks.HasServers(Rejected) && (Trusted is null || TrustMarks.HasServers(Trusted));

    /// <summary>The settings that <paramref name="content"/> begins with; null where it begins with something else.</summary>
    public static OpenSslTrust? Read(ReadOnlyMemory<byte> content)
    {
        try
        {
            var settings = new AsnReader(content, AsnEncodingRules.BER).ReadSequence();
            var trusted = settings.HasData && settings.PeekTag() == Asn1Tag.Sequence ? Purposes(settings.ReadSequence()) : null;
            var rejected = settings.HasData && settings.PeekTag() == RejectedTag ? Purposes(settings.ReadSequence(RejectedTag)) : [];
            var hasAlias = settings.HasData && settings.PeekTag().HasSameClassAndValue(new Asn1Tag(UniversalTagNumber.UTF8String));
            return new(trusted, rejected, hasAlias ? settings.ReadCharacterString(UniversalTagNumber.UTF8String) : null);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>The item of the certificate with what the settings say of it.</summary>
    public ReadItem AppliedTo(ReadItem item) =>
        item.Facts is null ? item : item with { FriendlyName = item.FriendlyName ?? Alias, Findings = [.. item.Findings, Finding] };

    private Finding Finding =>
        TrustMarks.HasServers(Rejected)
            ? TrustMarks.Distrusted(Mark)
            : (Trusted is null ? null : TrustMarks.LimitedTo(Trusted, Mark))
                ?? new(
                    FindingCode.Unusual,
                    FindingSeverity.Information,
                    "OpenSSL's own trust settings, which follow the certificate, were left out; they do not limit it for TLS servers.");

    private static List<string> Purposes(AsnReader list)
    {
        var purposes = new List<string>();
        while (list.HasData && purposes.Count < MaxPurposes)
            purposes.Add(list.ReadObjectIdentifier());
        return purposes;
    }
}
