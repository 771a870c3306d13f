using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Certificates;

/// <summary>Which names are the same, beside what OpenSSL says of a chain over such names.</summary>
public sealed class DistinguishedNamesTests
{
    [Theory]
    [InlineData("Corp Root", "CORP root", UniversalTagNumber.UTF8String)]
    [InlineData("Corp Root", "Corp   Root", UniversalTagNumber.UTF8String)]
    [InlineData("Corp Root", " Corp Root ", UniversalTagNumber.UTF8String)]
    [InlineData("Corp, Root", " Corp,  Root", UniversalTagNumber.UTF8String)]
    [InlineData("Corp Root", "Corp Root", UniversalTagNumber.PrintableString)]
    [InlineData("Corp Root", "corp root", UniversalTagNumber.IA5String)]
    [InlineData("Corp Root", "Corp Root", UniversalTagNumber.T61String)]
    [InlineData("Käse", "Käse", UniversalTagNumber.BMPString)]
    public async Task MatchKey_NamesThatClientsTakeForTheSame_AreTheSame(string subject, string issuer, UniversalTagNumber type)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var self = Named(subject, UniversalTagNumber.UTF8String, Name(subject, UniversalTagNumber.UTF8String), key);
        using var below = Named("below", UniversalTagNumber.UTF8String, Name(issuer, type), key);

        Assert.True(await ChainClients.OpenSslAcceptsAsync([below], [self]));
        Assert.Equal(Inspection.Facts(self).SubjectKey, Inspection.Facts(below).IssuerKey);
    }

    [Theory]
    [InlineData("CN=Corp Root", "CN=CORP ROOT")]
    [InlineData("CN=\"Corp, Root\", O=A", "CN=\"CORP, ROOT\", O=A")]
    [InlineData("CN=\"a \"\"b\"\" \"", "CN=\"A \"\"B\"\"\"")]
    [InlineData("CN=\" \"", "CN=\"\"")]
    [InlineData("CN=\" open", "CN=OPEN")]
    [InlineData("CN=e\u0301", "CN=\u00C9")]
    [InlineData("CN=\uD800", "CN=\uD800")]
    public void MatchKey_Name_IsAsKeptAndStaysWhatItIs(string name, string key)
    {
        Assert.Equal(key, DistinguishedNames.MatchKey(name));
        Assert.Equal(key, DistinguishedNames.MatchKey(key));
    }

    private static X509Certificate2 Named(string subject, UniversalTagNumber type, X500DistinguishedName issuer, ECDsa key)
    {
        var request = new CertificateRequest(Name(subject, type), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.Create(issuer, X509SignatureGenerator.CreateForECDsa(key), TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1), [2]);
    }

    private static X500DistinguishedName Name(string value, UniversalTagNumber type)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("2.5.4.3");
            writer.WriteCharacterString(type, value);
        }

        return new X500DistinguishedName(writer.Encode());
    }
}
