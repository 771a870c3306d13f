using System.Formats.Asn1;
using System.Globalization;
using System.Text;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>One object of p11-kit's persistence format, as a <c>.p11-kit</c> file has them: lines of attributes, and PEM blocks among them.</summary>
/// <param name="Start">Where its lines start in the text.</param>
/// <param name="End">Where they end.</param>
/// <param name="Attributes">Its attributes, decoded. Untrusted text.</param>
internal sealed record P11KitObject(int Start, int End, IReadOnlyDictionary<string, string> Attributes)
{
    private const int MaxLine = 8192;
    private const string ExtendedKeyUsage = "2.5.29.37";
    private const string Rejected = "1.3.6.1.4.1.3319.6.10.1";

    private static ReadOnlySpan<byte> Header => "[p11-kit-object-v1]"u8;

    /// <summary>It is no certificate, but a rule for one, which it names by its public key.</summary>
    public bool IsRule => Attributes.GetValueOrDefault("class") == "x-certificate-extension";

    /// <summary>It is a certificate, or a reference to one.</summary>
    public bool IsCertificate => Attributes.GetValueOrDefault("class") == "certificate";

    /// <summary>Its certificate is distrusted.</summary>
    public bool IsDistrusted => Attributes.GetValueOrDefault("x-distrusted") == "true";

    /// <summary>The objects in the order of the text; none where it is of another format.</summary>
    public static List<P11KitObject> ReadAll(ReadOnlySpan<byte> text, CancellationToken cancellationToken)
    {
        var objects = new List<P11KitObject>();
        for (var start = text.IndexOf(Header); start >= 0 && start < text.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var next = text[(start + Header.Length)..].IndexOf(Header);
            var end = next < 0 ? text.Length : start + Header.Length + next;
            objects.Add(new(start, end, ReadAttributes(text[(start + Header.Length)..end])));
            start = end;
        }

        return objects;
    }

    /// <summary>The item of the certificate in it with its name and what it says of it.</summary>
    public ReadItem AppliedTo(ReadItem item) => item.Facts is null ? item : item with
    {
        FriendlyName = item.FriendlyName ?? (Attributes.TryGetValue("label", out var label) ? Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(label)) : null),
        Findings = [.. item.Findings, .. Marks()],
    };

    /// <summary>What it says of the certificate in it.</summary>
    public IEnumerable<Finding> Marks()
    {
        if (IsDistrusted)
            yield return TrustMarks.Distrusted("x-distrusted");
        else if (Attributes.GetValueOrDefault("trusted") == "false")
            yield return TrustMarks.NotTrusted("trusted: false");
        if (Date(Attributes.GetValueOrDefault("nss-server-distrust-after")) is { } date)
            yield return TrustMarks.DistrustedAfter(date);
    }

    /// <summary>What it, as a rule, says of the certificate that it is for.</summary>
    public Finding? RuleMark() => Attributes.GetValueOrDefault("object-id") switch
    {
        ExtendedKeyUsage when Purposes() is { } purposes => TrustMarks.LimitedTo(purposes, "p11-kit"),
        Rejected when Purposes() is { } purposes && TrustMarks.HasServers(purposes) => TrustMarks.Distrusted("p11-kit"),
        _ => null,
    };

    private static Dictionary<string, string> ReadAttributes(ReadOnlySpan<byte> lines)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        var isInBlock = false;
        foreach (var range in lines.Split((byte)'\n'))
        {
            var line = lines[range].Trim(" \t\r"u8);
            if (line.StartsWith("-----"u8))
                isInBlock = line.StartsWith("-----BEGIN "u8);
            var colon = isInBlock || line.StartsWith((byte)'#') || line.Length > MaxLine ? -1 : line.IndexOf((byte)':');
            if (colon > 0)
                attributes.TryAdd(Encoding.UTF8.GetString(line[..colon]).Trim(), Value(line[(colon + 1)..].Trim(" \t"u8)));
        }

        return attributes;
    }

    /// <summary>Quoted values have <c>%</c> and two digits for each byte that is not plain; here each byte is one character.</summary>
    private static string Value(ReadOnlySpan<byte> value)
    {
        if (value is not [(byte)'"', .. var quoted, (byte)'"'])
            return Encoding.Latin1.GetString(value);
        var decoded = new StringBuilder(quoted.Length);
        for (var i = 0; i < quoted.Length; i++)
        {
            byte code = 0;
            var isEscape = quoted[i] == '%' && i + 2 < quoted.Length && byte.TryParse(quoted.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, null, out code);
            decoded.Append((char)(isEscape ? code : quoted[i]));
            i += isEscape ? 2 : 0;
        }

        return decoded.ToString();
    }

    private static DateTimeOffset? Date(string? value) =>
        DateTimeOffset.TryParseExact(
            value,
            ["yyMMddHHmmss'Z'", "yyyyMMddHHmmss'Z'"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var date)
            ? date
            : null;

    /// <summary>The purposes in the value, which is a whole extension; null where it is something else.</summary>
    private List<string>? Purposes()
    {
        try
        {
            var extension = new AsnReader(Encoding.Latin1.GetBytes(Attributes.GetValueOrDefault("value") ?? ""), AsnEncodingRules.BER).ReadSequence();
            extension.ReadObjectIdentifier();
            if (extension.PeekTag() == Asn1Tag.Boolean)
                extension.ReadBoolean();
            var list = new AsnReader(extension.ReadOctetString(), AsnEncodingRules.BER).ReadSequence();
            var purposes = new List<string>();
            while (list.HasData)
                purposes.Add(list.ReadObjectIdentifier());
            return purposes;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }
}
