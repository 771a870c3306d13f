using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Formats;

public sealed class BouncyCastleKeystoreFormatTests
{
    private static readonly Dictionary<string, byte[]> Stores = new()
    {
        ["BKS"] = BouncyCastleKeystores.Bks,
        ["BKS-V1"] = BouncyCastleKeystores.BksVersion1,
        ["UBER"] = BouncyCastleKeystores.Uber,
        ["BCFKS"] = BouncyCastleKeystores.Bcfks,
    };

    [Theory]
    [InlineData("BKS", null)]
    [InlineData("BKS", BouncyCastleKeystores.Password)]
    [InlineData("BKS-V1", null)]
    [InlineData("BKS-V1", BouncyCastleKeystores.Password)]
    public async Task Read_BksOfKeytool_GivesEveryCertificate(string type, string? password)
    {
        var result = await Reader.ReadAsync(Stores[type], password);

        Assert.Equal(("Bouncy Castle keystore", PasswordState.NotNeeded), (result.Format, result.Password));
        Assert.Equal(["corp a: Bouncy First", "corp b: Bouncy Second"], result.Items.Select(i => $"{i.FriendlyName}: {i.Facts?.Name}").Order());
        Assert.Equal(["entry \"corp a\"", "entry \"corp b\""], result.Items.Select(i => i.Position).Order());
        Assert.All(result.Items, i => Assert.Equal(password is null, i.Has(FindingCode.IntegrityUnknown, FindingSeverity.Information)));
    }

    [Theory]
    [InlineData("BKS")]
    [InlineData("BKS-V1")]
    public async Task Read_BksWithAnotherPassword_SaysThatItIsWrong(string type) =>
        Assert.Equal(PasswordState.Wrong, (await Reader.ReadAsync(Stores[type], "another")).Password);

    [Fact]
    public async Task Read_KeysOfBks_AreNamedAndTheirCertificatesRead()
    {
        var result = await Reader.ReadAsync(BouncyCastleKeystores.BksWithKeys, BouncyCastleKeystores.Password);

        Assert.Equal(["Certificate", "Certificate", "Private key", "Secret key"], result.Items.Select(i => i.Kind).Order());
        Assert.True(result.Items.Single(i => i.Kind == "Private key").Has(FindingCode.PrivateKeyInUpload, FindingSeverity.Warning));
        Assert.Contains(result.Items, i => i.Position == "entry \"mine\", certificate 1" && i.Facts is not null);
        Assert.DoesNotContain(result.Items, i => i.Findings.Any(f => f.Severity == FindingSeverity.Error));
    }

    [Theory]
    [InlineData("UBER")]
    [InlineData("BCFKS")]
    public async Task Read_EncryptedKeystore_IsNamedWithTheCommandThatConvertsIt(string type)
    {
        var item = Assert.Single((await Reader.ReadAsync(Stores[type], BouncyCastleKeystores.Password)).Items);

        Assert.Equal($"{type} keystore", item.Kind);
        Assert.True(item.Has(FindingCode.NotACertificate));
        Assert.Contains(
            $"keytool -importkeystore -srckeystore FILE -srcstoretype {type} -providerclass org.bouncycastle.jce.provider.BouncyCastleProvider "
                + "-providerpath bcprov.jar",
            item.Findings[0].Advice);
    }

    [Fact]
    public async Task Read_TooManyIterations_AreNotMade()
    {
        var file = BouncyCastleKeystores.Bks;
        file[28] = 0x7f;

        var item = Assert.Single((await Reader.ReadAsync(file, BouncyCastleKeystores.Password)).Items);

        Assert.Equal("BKS keystore with too many iterations", item.Kind);
    }

    [Theory]
    [InlineData("BKS")]
    [InlineData("UBER")]
    [InlineData("BCFKS")]
    public Task Read_CutAnywhere_LosesNothingInSilence(string type) => CutFiles.AssertSaidAsync(Stores[type], type == "BKS" ? 2 : 0);
}
