using System.Net;
using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;

namespace CaPortal.Tests.Probing;

public sealed class NameConstraintsTests
{
    [Theory]
    [InlineData("corp.example", "corp.example", true)]
    [InlineData("corp.example", "a.b.corp.example", true)]
    [InlineData("corp.example", "A.CORP.Example", true)]
    [InlineData("corp.example", "evilcorp.example", false)]
    [InlineData("corp.example", "example", false)]
    [InlineData(".corp.example", "a.corp.example", true)]
    [InlineData(".corp.example", "corp.example", false)]
    [InlineData("", "anything", true)]
    [InlineData("10.1.0.0/255.255.0.0", "10.1.2.3", true)]
    [InlineData("10.1.0.0/255.255.0.0", "10.2.0.1", false)]
    [InlineData("10.1.0.0/255.255.0.0", "2001:db8::1", false)]
    public void FirstForbidden_Tree_HoldsWhatIsBelowIt(string tree, string name, bool isInside)
    {
        var names = IPAddress.TryParse(name, out var address) ? new SubjectNames([], [address], []) : new SubjectNames([name], [], []);

        Assert.Equal(isInside ? null : name, Constraints([Tree(tree)], []).FirstForbidden(names));
        Assert.Equal(isInside ? name : null, Constraints([], [Tree(tree)]).FirstForbidden(names));
    }

    [Fact]
    public void FirstForbidden_OtherKindOfName_IsFree()
    {
        Assert.Null(Constraints([Tree("corp.example")], []).FirstForbidden(new SubjectNames([], [IPAddress.Loopback], [])));
        Assert.Null(Constraints([Tree("10.1.0.0/255.255.0.0")], []).FirstForbidden(new SubjectNames(["a.other"], [], [])));
    }

    private static GeneralSubtree Tree(string text) => new(text.Contains('/', StringComparison.Ordinal)
        ? new GeneralName(GeneralName.IPAddress, new DerOctetString([.. text.Split('/').SelectMany(part => IPAddress.Parse(part).GetAddressBytes())]))
        : new GeneralName(GeneralName.DnsName, new DerIA5String(text)));

    private static CaPortal.Core.Probing.NameConstraints Constraints(GeneralSubtree[] permitted, GeneralSubtree[] excluded)
    {
        var value = new Org.BouncyCastle.Asn1.X509.NameConstraints(
            permitted.Length > 0 ? new GeneralSubtrees(permitted) : null,
            excluded.Length > 0 ? new GeneralSubtrees(excluded) : null
        ).GetDerEncoded();
        using var certificate = (CertificateTemplate.Ca("Constrained") with { More = [new("2.5.29.30", value, true)] }).Create();
        return CaPortal.Core.Probing.NameConstraints.Read(EncodedCertificate.Read(certificate.RawData))!;
    }
}
