using System.Globalization;
using System.Net;
using System.Text;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;

namespace CaPortal.Core.Certificates;

/// <summary>What the values of extensions say, in lines that people can read.</summary>
internal static class ExtensionText
{
    private const int MaxLines = 200;
    private const int MaxLineLength = 500;
    private const int MaxDumpedBytes = 512;
    private const int BytesPerLine = 16;

    /// <summary>QcEuLimitValue (ETSI EN 319 412-5): currency, amount and exponent.</summary>
    private const string TransactionLimitOid = "0.4.0.1862.1.2";

    private static readonly Dictionary<string, Func<Asn1Object, IEnumerable<string>>> Formats = new()
    {
        ["2.5.29.9"] = DirectoryAttributeLines,
        ["2.5.29.14"] = value => [Hex(Asn1OctetString.GetInstance(value).GetOctets())],
        ["2.5.29.15"] = value => KeyUsageNames(DerBitString.GetInstance(value)),
        ["2.5.29.16"] = KeyPeriodLines,
        ["2.5.29.17"] = GeneralNameLines,
        ["2.5.29.18"] = GeneralNameLines,
        ["2.5.29.19"] = BasicConstraintsLines,
        ["2.5.29.30"] = NameConstraintsLines,
        ["2.5.29.31"] = DistributionPointLines,
        ["2.5.29.32"] = PolicyLines,
        ["2.5.29.33"] = PolicyMappingLines,
        ["2.5.29.35"] = AuthorityKeyLines,
        ["2.5.29.36"] = PolicyConstraintsLines,
        ["2.5.29.37"] = value => ExtendedKeyUsage.GetInstance(value).GetAllUsages().Select(usage => Named(usage.Id, OidNames.ExtendedKeyUsage(usage.Id))),
        ["2.5.29.46"] = DistributionPointLines,
        ["2.5.29.54"] = value => [$"After {DerInteger.GetInstance(value).Value} more certificates"],
        ["1.3.6.1.5.5.7.1.1"] = AccessLines,
        ["1.3.6.1.5.5.7.1.3"] = QualifiedStatementLines,
        ["1.3.6.1.5.5.7.1.11"] = AccessLines,
        ["1.3.6.1.5.5.7.1.24"] = TlsFeatureLines,
        ["1.3.6.1.5.5.7.48.1.5"] = _ => ["OCSP responses signed with this certificate need no check of its own revocation"],
        ["1.3.6.1.4.1.311.20.2"] = StringLines,
        ["1.3.6.1.4.1.311.21.1"] = CaVersionLines,
        ["1.3.6.1.4.1.311.21.2"] = value => [Hex(Asn1OctetString.GetInstance(value).GetOctets())],
        ["1.3.6.1.4.1.311.21.7"] = TemplateLines,
        ["1.3.6.1.4.1.311.21.10"] = PolicyLines,
        ["1.3.6.1.4.1.11129.2.4.2"] = value => SignedTimestamps.Lines(Asn1OctetString.GetInstance(value).GetOctets()),
        ["1.3.6.1.4.1.11129.2.4.3"] = _ => ["A draft that a CA sends to certificate transparency logs. No client takes it"],
        ["2.16.840.1.113730.1.1"] = value => NetscapeTypeNames(DerBitString.GetInstance(value)),
        ["2.16.840.1.113730.1.2"] = StringLines,
        ["2.16.840.1.113730.1.3"] = StringLines,
        ["2.16.840.1.113730.1.4"] = StringLines,
        ["2.16.840.1.113730.1.8"] = StringLines,
        ["2.16.840.1.113730.1.13"] = StringLines,
    };

    private static readonly string[] KeyUsages =
    [
        "Digital signature", "Non-repudiation", "Key encipherment", "Data encipherment", "Key agreement",
        "Certificate signing", "CRL signing", "Encipher only", "Decipher only",
    ];

    private static readonly string[] NetscapeTypes =
        ["TLS client", "TLS server", "S/MIME", "Object signing", "Reserved", "TLS CA", "S/MIME CA", "Object signing CA"];

    /// <summary>The value as text; as hexadecimal digits where it is not known or cannot be decoded.</summary>
    public static string Format(EncodedExtension extension)
    {
        // BouncyCastle recurses, and a stack overflow cannot be caught.
        if (!Formats.TryGetValue(extension.Oid, out var format) || !StrictDer.IsSafeToParse(extension.Value))
            return Dump(extension.Value.Span);

        try
        {
            return Join(format(Asn1Object.FromByteArray(extension.Value.ToArray())));
        }
        catch (Exception)
        {
            // BouncyCastle throws all kinds of exceptions for hostile input.
            return Dump(extension.Value.Span);
        }
    }

    private static IEnumerable<string> StringLines(Asn1Object value) => [((IAsn1String)value).GetString()];

    private static IEnumerable<string> BasicConstraintsLines(Asn1Object value)
    {
        var constraints = BasicConstraints.GetInstance(value);
        yield return constraints.IsCA() ? "CA: yes" : "CA: no";
        if (constraints.PathLenConstraintInteger is { } length)
            yield return $"Intermediates that may follow: {length.Value}";
        else if (constraints.IsCA())
            yield return "Intermediates that may follow: any number";
    }

    private static IEnumerable<string> KeyUsageNames(DerBitString bits) => Bits(bits, KeyUsages);

    private static IEnumerable<string> NetscapeTypeNames(DerBitString bits) => Bits(bits, NetscapeTypes);

    private static IEnumerable<string> Bits(DerBitString bits, string[] names)
    {
        var octets = bits.GetBytes();
        return names.Where((_, bit) => bit / 8 < octets.Length && (octets[bit / 8] & (0x80 >> (bit % 8))) != 0);
    }

    private static IEnumerable<string> GeneralNameLines(Asn1Object value) => GeneralNames.GetInstance(value).GetNames().Select(Text);

    private static IEnumerable<string> NameConstraintsLines(Asn1Object value)
    {
        var constraints = NameConstraints.GetInstance(value);
        return [.. Subtrees("Permitted", constraints.PermittedSubtreesValue), .. Subtrees("Excluded", constraints.ExcludedSubtreesValue)];
    }

    private static IEnumerable<string> Subtrees(string kind, Asn1Encodable? subtrees) =>
        subtrees is null
            ? []
            : Asn1Sequence.GetInstance(subtrees.ToAsn1Object()).Select(subtree => $"{kind}: {Text(GeneralSubtree.GetInstance(subtree).Base)}");

    private static IEnumerable<string> DistributionPointLines(Asn1Object value)
    {
        foreach (var point in CrlDistPoint.GetInstance(value).GetDistributionPoints())
        {
            if (point.DistributionPointName is { Type: DistributionPointName.FullName } name)
            {
                foreach (var address in GeneralNames.GetInstance(name.Name).GetNames())
                    yield return Text(address);
            }

            if (point.CrlIssuer is { } issuer)
                yield return $"CRL issuer: {string.Join(", ", issuer.GetNames().Select(Text))}";
        }
    }

    private static IEnumerable<string> PolicyLines(Asn1Object value)
    {
        foreach (var policy in CertificatePolicies.GetInstance(value).GetPolicyInformation())
        {
            yield return Named(policy.PolicyIdentifier.Id, PolicyNameOf(policy.PolicyIdentifier.Id));
            foreach (var qualifier in policy.PolicyQualifiers?.Select(q => PolicyQualifierInfo.GetInstance(q)) ?? [])
            {
                yield return qualifier.Qualifier is IAsn1String text
                    ? $"  Statement: {text.GetString()}"
                    : $"  Notice: {UserNotice.GetInstance(qualifier.Qualifier).ExplicitText?.GetString()}";
            }
        }
    }

    /// <summary>Microsoft's application policies have the form of policies and are purposes.</summary>
    private static string PolicyNameOf(string oid) => OidNames.Policy(oid) is var name && name != oid ? name : OidNames.ExtendedKeyUsage(oid);

    private static IEnumerable<string> PolicyMappingLines(Asn1Object value) =>
        Asn1Sequence.GetInstance(value)
            .Select(Asn1Sequence.GetInstance)
            .Select(mapping => $"{mapping[0]} is taken as {mapping[1]}");

    private static IEnumerable<string> PolicyConstraintsLines(Asn1Object value)
    {
        foreach (var constraint in Asn1Sequence.GetInstance(value).Select(element => Asn1TaggedObject.GetInstance(element)))
        {
            var count = DerInteger.GetInstance(constraint, false).Value;
            yield return constraint.TagNo == 0
                ? $"Explicit policy needed after {count} more certificates"
                : $"Policy mapping inhibited after {count} more certificates";
        }
    }

    private static IEnumerable<string> AuthorityKeyLines(Asn1Object value)
    {
        var authority = AuthorityKeyIdentifier.GetInstance(value);
        if (authority.KeyIdentifier is { } identifier)
            yield return $"Key: {Hex(identifier.GetOctets())}";
        if (authority.AuthorityCertIssuer is { } issuer)
            yield return $"Issuer: {string.Join(", ", issuer.GetNames().Select(Text))}";
        if (authority.AuthorityCertSerialNumber is { } serialNumber)
            yield return $"Serial number: {Hex(serialNumber.ToByteArray())}";
    }

    private static IEnumerable<string> AccessLines(Asn1Object value) =>
        AuthorityInformationAccess.GetInstance(value).GetAccessDescriptions().Select(access => access.AccessMethod.Id switch
        {
            "1.3.6.1.5.5.7.48.1" => $"OCSP: {Text(access.AccessLocation)}",
            "1.3.6.1.5.5.7.48.2" => $"Issuer: {Text(access.AccessLocation)}",
            "1.3.6.1.5.5.7.48.5" => $"Repository: {Text(access.AccessLocation)}",
            var method => $"{method}: {Text(access.AccessLocation)}",
        });

    /// <summary>notBefore and notAfter (RFC 3280 §4.2.1.4).</summary>
    private static IEnumerable<string> KeyPeriodLines(Asn1Object value) =>
        Asn1Sequence.GetInstance(value).Select(element => Asn1TaggedObject.GetInstance(element)).Select(time =>
            $"{(time.TagNo == 0 ? "From" : "To")} {Asn1GeneralizedTime.GetInstance(time, false).ToDateTime():yyyy-MM-dd HH:mm:ss} UTC");

    /// <summary>TLS extensions that a server must answer with; in a CA certificate, that what it issues must demand (RFC 7633 §4).</summary>
    private static IEnumerable<string> TlsFeatureLines(Asn1Object value) =>
        Asn1Sequence.GetInstance(value).Select(element => DerInteger.GetInstance(element).IntValueExact).Select(feature => feature switch
        {
            5 => "status_request: a stapled OCSP response",
            17 => "status_request_v2: stapled OCSP responses for the chain",
            var other => string.Create(CultureInfo.InvariantCulture, $"TLS extension {other}"),
        });

    private static IEnumerable<string> QualifiedStatementLines(Asn1Object value) =>
        Asn1Sequence.GetInstance(value).Select(Asn1Sequence.GetInstance).Select(statement =>
        {
            var oid = DerObjectIdentifier.GetInstance(statement[0]).Id;
            var parts = statement.Count > 1 ? StatementParts(statement[1].ToAsn1Object()).ToList() : [];
            var about = (oid, parts) is (TransactionLimitOid, [var currency, var amount, var exponent])
                ? $"{amount} × 10^{exponent} {currency}"
                : string.Join(", ", parts);
            return about.Length == 0 ? Named(oid, OidNames.QualifiedStatement(oid)) : $"{Named(oid, OidNames.QualifiedStatement(oid))}: {about}";
        });

    private static IEnumerable<string> StatementParts(Asn1Object value) => value switch
    {
        DerObjectIdentifier oid => [OidNames.QualifiedStatement(oid.Id)],
        DerInteger number => [number.Value.ToString()],
        IAsn1String text => [text.GetString()],
        Asn1Sequence parts => parts.SelectMany(part => StatementParts(part.ToAsn1Object())),
        _ => [Hex(value.GetEncoded())],
    };

    private static IEnumerable<string> DirectoryAttributeLines(Asn1Object value) =>
        Asn1Sequence.GetInstance(value).Select(Asn1Sequence.GetInstance).Select(attribute =>
        {
            var oid = DerObjectIdentifier.GetInstance(attribute[0]).Id;
            var values = Asn1Set.GetInstance(attribute[1]).Select(v => v.ToAsn1Object() switch
            {
                IAsn1String text => text.GetString(),
                Asn1GeneralizedTime time => time.ToDateTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                var other => Hex(other.GetEncoded()),
            });
            return $"{OidNames.Any(oid) ?? oid}: {string.Join(", ", values)}";
        });

    /// <summary>Microsoft's CA version: the certificate's index in the upper half, the key's in the lower.</summary>
    private static IEnumerable<string> CaVersionLines(Asn1Object value)
    {
        var version = DerInteger.GetInstance(value).IntValueExact;
        return [$"Certificate {version & 0xFFFF}, key {version >> 16}"];
    }

    private static IEnumerable<string> TemplateLines(Asn1Object value)
    {
        var template = Asn1Sequence.GetInstance(value);
        yield return $"Template: {template[0]}";
        if (template.Count > 2)
            yield return $"Version: {template[1]}.{template[2]}";
    }

    private static string Text(GeneralName name) => name.TagNo switch
    {
        GeneralName.DnsName => $"DNS: {((IAsn1String)name.Name).GetString()}",
        GeneralName.Rfc822Name => $"E-mail: {((IAsn1String)name.Name).GetString()}",
        GeneralName.UniformResourceIdentifier => ((IAsn1String)name.Name).GetString(),
        GeneralName.DirectoryName => $"Name: {X509Name.GetInstance(name.Name).ToString(true, X509Name.DefaultSymbols)}",
        GeneralName.IPAddress => $"IP: {Address(Asn1OctetString.GetInstance(name.Name).GetOctets())}",
        GeneralName.RegisteredID => $"Registered ID: {name.Name}",
        _ => $"Other name: {Hex(name.Name.ToAsn1Object().GetEncoded())}",
    };

    /// <summary>An address, or an address and its mask (RFC 5280 §4.2.1.10).</summary>
    private static string Address(byte[] octets) => octets.Length switch
    {
        4 or 16 => new IPAddress(octets).ToString(),
        8 or 32 => $"{new IPAddress(octets.AsSpan(0, octets.Length / 2))} mask {new IPAddress(octets.AsSpan(octets.Length / 2))}",
        _ => Hex(octets),
    };

    private static string Named(string oid, string name) => name == oid ? oid : $"{name} ({oid})";

    private static string Hex(byte[] octets) => Convert.ToHexString(octets.AsSpan(0, Math.Min(octets.Length, MaxDumpedBytes)));

    private static string Join(IEnumerable<string> lines)
    {
        var shown = lines.Take(MaxLines + 1).Select(line => DisplayText.Shorten(line, MaxLineLength)).ToList();
        if (shown.Count > MaxLines)
            shown[MaxLines] = "…";
        return string.Join('\n', shown);
    }

    private static string Dump(ReadOnlySpan<byte> value)
    {
        var dump = new StringBuilder();
        for (var i = 0; i < value.Length && i < MaxDumpedBytes; i += BytesPerLine)
        {
            if (i > 0)
                dump.Append('\n');
            dump.AppendJoin(
                ' ',
                value[i..Math.Min(i + BytesPerLine, value.Length)].ToArray().Select(octet => octet.ToString("X2", CultureInfo.InvariantCulture)));
        }

        if (value.Length > MaxDumpedBytes)
            dump.Append(CultureInfo.InvariantCulture, $"\n… ({value.Length:N0} bytes in all)");
        return dump.ToString();
    }
}
