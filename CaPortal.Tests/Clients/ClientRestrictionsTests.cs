using CaPortal.Core.Clients;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Clients;

/// <summary>The table of restrictions says of each chain what the clients say that are on this machine.</summary>
public sealed class ClientRestrictionsTests
{
    public static TheoryData<string> Chains => [.. RestrictedChains.All.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Chains))]
    public void Of_ChainOfEachKind_TellsTheOneRestrictionNamesClientsAndSaysWhatToDo(string name)
    {
        var chain = RestrictedChains.All.Single(c => c.Name == name);

        var restriction = Restrictions(chain).SingleOrDefault();

        Assert.Equal(chain.Restriction, restriction?.Id);
        if (restriction is null)
            return;
        Assert.NotEmpty(restriction.Clients);
        Assert.All(restriction.Clients, client => Assert.Contains(client, restriction.Message, StringComparison.Ordinal));
        Assert.StartsWith("Refused by ", restriction.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", restriction.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", restriction.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Ed25519", CertificateRole.Server, "key-ed25519")]
    [InlineData("DSA 2048", CertificateRole.Server, "key-dsa")]
    [InlineData("EC brainpoolP256r1", CertificateRole.Server, "curve")]
    public void Of_ServersKey_IsToldToo(string algorithm, CertificateRole role, string id) =>
        Assert.Equal(id, Assert.Single(Restrictions(new RestrictedChain(algorithm, id) { Role = role, Algorithm = algorithm })).Id);

    [Theory]
    [InlineData("negative serial number", "serial-negative")]
    [InlineData("zero serial number", null)]
    [InlineData("nothing odd", null)]
    public void Of_SerialNumber_NegativeIsTold(string oddity, string? id)
    {
        var der = MalformedCertificates.Harmless[oddity];

        Assert.Equal(id, ClientRestrictions.Of(Inspection.Facts(der), der, CertificateRole.Ca).SingleOrDefault()?.Id);
    }

    [Fact]
    public void Of_RsaKeyOver8192Bits_IsGos()
    {
        var modulus = new byte[1025];
        modulus[0] = modulus[^1] = 1;
        var der = BouncyRoots.WithPublicKey(new(new(1, modulus), Org.BouncyCastle.Math.BigInteger.ValueOf(65537)));

        Assert.Contains(ClientRestrictions.Of(Inspection.Facts(der), der, CertificateRole.Ca), r => r.Id == "key-rsa-8192");
    }

    [Theory]
    [InlineData(CertificateRole.Ca)]
    [InlineData(CertificateRole.Server)]
    public async Task Of_Sm2Key_IsRefusedByGnuTlsAndJava(CertificateRole role)
    {
        // What OpenSSL says depends on who is said to have signed, which no certificate holds.
        var chain = new RestrictedChain("SM2", "key-sm2") { Role = role, Algorithm = "SM2" };
        Assert.Equal(["Java", "Go", "GnuTLS", "Chrome and Edge"], Restrictions(chain).Single(r => r.Id == "key-sm2").Clients);

        Tool.Require("certtool");
        JavaValidator.Require();
        using var folder = new TemporaryDirectory();
        chain.Write(folder["chain"]);

        // The command does not look at the key of the server, with which GnuTLS cannot shake hands.
        Assert.True(
            role == CertificateRole.Server
                || 0 != (await Tool.TryRunAsync(folder["chain"], "certtool", "--verify", "--load-ca-certificate", "root.pem", "--infile", "chain.pem")).ExitCode
        );
        Assert.NotEqual(JavaValidator.Accepted, Assert.Single(await JavaValidator.ValidateAsync(folder, ["chain"])));
    }

    [Fact]
    public async Task Of_ServerWithACertificateOfACaThatIsTrustedItself_IsNotRefusedByJava()
    {
        using var ca = (CertificateTemplate.Ca("Own") with { Dns = ["localhost"] }).Create();
        Assert.Equal(
            ["Chrome and Edge"],
            ClientRestrictions.Of(Inspection.Facts(ca.RawData), ca.RawData, CertificateRole.Server).Single(r => r.Id == "no-digital-signature").Clients);

        JavaValidator.Require();
        using var folder = new TemporaryDirectory();
        Directory.CreateDirectory(folder["own"]);
        foreach (var file in (string[])["leaf.pem", "root.pem"])
            await File.WriteAllTextAsync(Path.Combine(folder["own"], file), ca.ExportCertificatePem(), TestContext.Current.CancellationToken);
        Assert.Equal(JavaValidator.Accepted, Assert.Single(await JavaValidator.ValidateAsync(folder, ["own"])));
    }

    [Fact]
    public void Of_DamagedCertificate_TellsNothing()
    {
        var facts = Inspection.Facts(new RawCertificate().Build());

        Assert.Empty(ClientRestrictions.Of(facts, new byte[] { 0x30, 2, 1 }, CertificateRole.Ca));
    }

    [Fact]
    public async Task Of_ChainOfEveryKind_AgreesWithOpenSsl()
    {
        Tool.Require("openssl");
        using var folder = Write();
        List<string> differences = [];
        foreach (var chain in RestrictedChains.All)
        {
            var loose = await OpenSslAsync(folder[chain.Name], "-auth_level", "2");
            var strict = await OpenSslAsync(folder[chain.Name], "-x509_strict", "-partial_chain", "-auth_level", "2");
            if (loose.IsRefused != Names(chain, "OpenSSL"))
                differences.Add($"{chain.Name}: OpenSSL {loose.Output}");
            if (strict.IsRefused != (Names(chain, "Python 3.13") || Names(chain, "OpenSSL")))
                differences.Add($"{chain.Name}: strict {strict.Output}");
        }

        Assert.Empty(differences);
    }

    [Fact]
    public async Task Of_ChainOfEveryKind_AgreesWithGnuTls()
    {
        Tool.Require("certtool");
        using var folder = Write();
        List<string> differences = [];
        foreach (var chain in RestrictedChains.All)
        {
            var (exitCode, output, errors) = await Tool.TryRunAsync(
                folder[chain.Name],
                "certtool",
                "--verify",
                "--load-ca-certificate",
                "root.pem",
                "--infile",
                "chain.pem");
            if (exitCode != 0 != Names(chain, "GnuTLS"))
                differences.Add($"{chain.Name}: {output}{errors}");
        }

        Assert.Empty(differences);
    }

    [Fact]
    public async Task Of_ChainOfEveryKind_AgreesWithJava()
    {
        JavaValidator.Require();
        using var folder = Write();

        var verdicts = await JavaValidator.ValidateAsync(folder, RestrictedChains.All.Select(chain => chain.Name));

        Assert.Empty(
            RestrictedChains
                .All.Zip(verdicts)
                .Where(pair => (pair.Second != JavaValidator.Accepted) != Names(pair.First, "Java"))
                .Select(pair => $"{pair.First.Name}: {pair.Second}"));
    }

    private static TemporaryDirectory Write()
    {
        var folder = new TemporaryDirectory();
        foreach (var chain in RestrictedChains.All)
            chain.Write(folder[chain.Name]);
        return folder;
    }

    private static async Task<(bool IsRefused, string Output)> OpenSslAsync(string folder, params string[] flags)
    {
        var (exitCode, output, errors) = await Tool.TryRunAsync(
            folder,
            "openssl",
            ["verify", .. flags, "-purpose", "sslserver", "-no-CApath", "-no-CAstore", "-CAfile", "root.pem", "-untrusted", "intermediate.pem", "leaf.pem"]);
        return (exitCode != 0, output + errors);
    }

    private static bool Names(RestrictedChain chain, string client) =>
        Restrictions(chain).Any(restriction => restriction.Clients.Any(c => c.StartsWith(client, StringComparison.Ordinal)));

    private static IReadOnlyList<ClientRestriction> Restrictions(RestrictedChain chain)
    {
        var (server, intermediate, root) = chain.Create();
        return
        [
            .. ClientRestrictions.Of(Inspection.Facts(server), server, CertificateRole.Server),
            .. ClientRestrictions.Of(Inspection.Facts(intermediate), intermediate, CertificateRole.Ca),
            .. ClientRestrictions.Of(Inspection.Facts(root), root, CertificateRole.Ca),
        ];
    }
}
