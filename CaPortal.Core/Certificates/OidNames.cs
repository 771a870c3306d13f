using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Security;

namespace CaPortal.Core.Certificates;

/// <summary>The names of object identifiers as people know them; what is not known keeps its dotted form.</summary>
internal static class OidNames
{
    private static readonly Dictionary<string, string> ExtendedKeyUsages = new()
    {
        ["1.3.6.1.5.5.7.3.1"] = "TLS server authentication",
        ["1.3.6.1.5.5.7.3.2"] = "TLS client authentication",
        ["1.3.6.1.5.5.7.3.3"] = "Code signing",
        ["1.3.6.1.5.5.7.3.4"] = "E-mail protection",
        ["1.3.6.1.5.5.7.3.5"] = "IPsec end system",
        ["1.3.6.1.5.5.7.3.6"] = "IPsec tunnel",
        ["1.3.6.1.5.5.7.3.7"] = "IPsec user",
        ["1.3.6.1.5.5.7.3.8"] = "Time stamping",
        ["1.3.6.1.5.5.7.3.9"] = "OCSP signing",
        ["1.3.6.1.5.5.7.3.17"] = "IPsec IKE",
        ["1.3.6.1.5.5.7.3.21"] = "SSH client",
        ["1.3.6.1.5.5.7.3.22"] = "SSH server",
        ["1.3.6.1.5.5.7.3.36"] = "Document signing",
        ["1.3.6.1.5.2.3.4"] = "Kerberos client authentication",
        ["1.3.6.1.5.2.3.5"] = "Kerberos key distribution centre",
        ["1.3.6.1.4.1.311.10.3.1"] = "Microsoft trust list signing",
        ["1.3.6.1.4.1.311.10.3.4"] = "Encrypting file system",
        ["1.3.6.1.4.1.311.10.3.12"] = "Microsoft document signing",
        ["1.3.6.1.4.1.311.20.2.1"] = "Certificate request agent",
        ["1.3.6.1.4.1.311.20.2.2"] = "Smart card logon",
        ["2.5.29.37.0"] = "Any purpose",
    };

    private static readonly Dictionary<string, string> Extensions = new()
    {
        ["2.5.29.9"] = "Subject directory attributes",
        ["2.5.29.14"] = "Subject key identifier",
        ["2.5.29.15"] = "Key usage",
        ["2.5.29.16"] = "Private key usage period",
        ["2.5.29.17"] = "Subject alternative names",
        ["2.5.29.18"] = "Issuer alternative names",
        ["2.5.29.19"] = "Basic constraints",
        ["2.5.29.30"] = "Name constraints",
        ["2.5.29.31"] = "CRL distribution points",
        ["2.5.29.32"] = "Certificate policies",
        ["2.5.29.33"] = "Policy mappings",
        ["2.5.29.35"] = "Authority key identifier",
        ["2.5.29.36"] = "Policy constraints",
        ["2.5.29.37"] = "Extended key usage",
        ["2.5.29.46"] = "Freshest CRL",
        ["2.5.29.54"] = "Inhibit any policy",
        ["1.3.6.1.5.5.7.1.1"] = "Authority information access",
        ["1.3.6.1.5.5.7.1.3"] = "Qualified certificate statements",
        ["1.3.6.1.5.5.7.1.7"] = "IP address blocks",
        ["1.3.6.1.5.5.7.1.8"] = "Autonomous system numbers",
        ["1.3.6.1.5.5.7.1.11"] = "Subject information access",
        ["1.3.6.1.5.5.7.1.24"] = "TLS feature",
        ["1.3.6.1.5.5.7.48.1.5"] = "OCSP no check",
        ["1.3.6.1.4.1.311.20.2"] = "Certificate template name",
        ["1.3.6.1.4.1.311.21.1"] = "Microsoft CA version",
        ["1.3.6.1.4.1.311.21.2"] = "Previous CA certificate hash",
        ["1.3.6.1.4.1.311.21.7"] = "Certificate template",
        ["1.3.6.1.4.1.311.21.10"] = "Microsoft application policies",
        ["1.3.6.1.4.1.311.25.2"] = "Microsoft security identifier",
        ["1.3.6.1.4.1.11129.2.4.2"] = "Signed certificate timestamps",
        ["1.3.6.1.4.1.11129.2.4.3"] = "Certificate transparency poison",
        ["2.16.840.1.113730.1.1"] = "Netscape certificate type",
        ["2.16.840.1.113730.1.2"] = "Netscape base address",
        ["2.16.840.1.113730.1.3"] = "Netscape revocation address",
        ["2.16.840.1.113730.1.4"] = "Netscape CA revocation address",
        ["2.16.840.1.113730.1.8"] = "Netscape CA policy address",
        ["2.16.840.1.113730.1.13"] = "Netscape comment",
    };

    private static readonly Dictionary<string, string> Policies = new()
    {
        ["2.5.29.32.0"] = "Any policy",
        ["2.23.140.1.1"] = "Extended validation",
        ["2.23.140.1.2.1"] = "Domain validated",
        ["2.23.140.1.2.2"] = "Organization validated",
        ["2.23.140.1.2.3"] = "Individual validated",
    };

    private static readonly Dictionary<string, string> PersonalAttributes = new()
    {
        ["1.3.6.1.5.5.7.9.1"] = "Date of birth",
        ["1.3.6.1.5.5.7.9.2"] = "Place of birth",
        ["1.3.6.1.5.5.7.9.3"] = "Gender",
        ["1.3.6.1.5.5.7.9.4"] = "Country of citizenship",
        ["1.3.6.1.5.5.7.9.5"] = "Country of residence",
    };

    private static readonly Dictionary<string, string> Others = new()
    {
        ["1.2.840.113549.1.1.1"] = "RSA",
        ["1.2.840.10045.2.1"] = "EC public key",
        ["1.3.6.1.5.5.7.2.1"] = "Practice statement",
        ["1.3.6.1.5.5.7.2.2"] = "User notice",
        ["1.3.6.1.5.5.7.48.1"] = "OCSP",
        ["1.3.6.1.5.5.7.48.2"] = "CA issuers",
    };

    private static readonly Dictionary<string, string> QualifiedStatements = new()
    {
        ["0.4.0.1862.1.1"] = "Qualified certificate",
        ["0.4.0.1862.1.2"] = "Limit of the value of a transaction",
        ["0.4.0.1862.1.3"] = "Years for which the CA keeps its records",
        ["0.4.0.1862.1.4"] = "The key is in a qualified device",
        ["0.4.0.1862.1.5"] = "Where the CA's disclosure statements are",
        ["0.4.0.1862.1.6"] = "Type of certificate",
        ["0.4.0.1862.1.6.1"] = "Electronic signature",
        ["0.4.0.1862.1.6.2"] = "Electronic seal",
        ["0.4.0.1862.1.6.3"] = "Website authentication",
        ["0.4.0.1862.1.7"] = "Countries by whose law it is qualified",
        ["1.3.6.1.5.5.7.11.1"] = "RFC 3739, first syntax",
        ["1.3.6.1.5.5.7.11.2"] = "RFC 3739, second syntax",
    };

    /// <summary>A purpose of extendedKeyUsage.</summary>
    public static string ExtendedKeyUsage(string oid) => ExtendedKeyUsages.GetValueOrDefault(oid, oid);

    /// <summary>An extension.</summary>
    public static string Extension(string oid) => Extensions.GetValueOrDefault(oid, oid);

    /// <summary>A policy of certificatePolicies (RFC 5280 §4.2.1.4).</summary>
    public static string Policy(string oid) => Policies.GetValueOrDefault(oid, oid);

    /// <summary>A statement of qCStatements (RFC 3739 §3.2.6, ETSI EN 319 412-5).</summary>
    public static string QualifiedStatement(string oid) => QualifiedStatements.GetValueOrDefault(oid, oid);

    /// <summary>The name of what it may be, wherever it occurs; null where it is not known.</summary>
    public static string? Any(string oid) =>
        Extensions.GetValueOrDefault(oid)
        ?? ExtendedKeyUsages.GetValueOrDefault(oid)
        ?? Policies.GetValueOrDefault(oid)
        ?? QualifiedStatements.GetValueOrDefault(oid)
        ?? PersonalAttributes.GetValueOrDefault(oid)
        ?? Others.GetValueOrDefault(oid)
        ?? Library(oid);

    /// <summary>Attributes of names, curves and signatures. Not .NET's <c>Oid</c>: on Windows that asks the directory of the domain.</summary>
    private static string? Library(string oid)
    {
        if (!DerObjectIdentifier.TryFromID(oid, out var known))
            return null;
        return X509Name.DefaultSymbols.TryGetValue(known, out var symbol) ? symbol : ECNamedCurveTable.GetName(known) ?? SignerUtilities.GetEncodingName(known);
    }
}
