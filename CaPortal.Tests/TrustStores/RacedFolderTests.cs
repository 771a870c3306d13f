using System.Runtime.Versioning;
using CaPortal.Core.Files;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores;

/// <summary>Root works in a folder whose owner swaps names all the time: nothing outside may change, or be copied there.</summary>
[SupportedOSPlatform("linux")]
public sealed class RacedFolderTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(RacedFolder.Write)]
    [InlineData(RacedFolder.Lock)]
    [InlineData(RacedFolder.Read)]
    [InlineData(RacedFolder.ActivityFile)]
    [InlineData(RacedFolder.Bundle)]
    public async Task Race_NamesSwappedMeanwhile_ReachesNothingOutside(string race)
    {
        var (overtaken, faults) = await RacedFolder.StartAsync(race);

        Assert.Empty(faults);
        Assert.NotEqual(0, overtaken);
    }

    // On a machine with one processor the racer may come too late each time.
    [Fact]
    public async Task Race_NewFolderSwappedMeanwhile_OpensNothingOutside() => Assert.Empty((await RacedFolder.StartAsync(RacedFolder.CreateFolder)).Faults);

    [Fact]
    public void Create_LinkOfThatName_IsRefusedAndNotFollowed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "On Windows a link needs rights of its own.");
        File.CreateSymbolicLink(_folder["staged"], _folder["outside"]);
        using var folder = FolderHandle.Open(_folder.Path);

        Assert.ThrowsAny<IOException>(() => folder.Create("staged"));

        Assert.False(File.Exists(_folder["outside"]));
    }

    [Theory]
    [InlineData("pem-bundle")]
    [InlineData("java-truststore")]
    public async Task Apply_LinkToASecretInTheFilesPlace_IsRefusedAndNotCopied(string kind)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "On Windows a link needs rights of its own.");
        const string Secret = "-----BEGIN PRIVATE KEY-----\nnot for others\n-----END PRIVATE KEY-----\n";
        var trust = Directory.CreateDirectory(_folder["trust"]).FullName;
        var file = Path.Combine(trust, kind == "pem-bundle" ? "roots.pem" : "truststore.p12");
        await File.WriteAllTextAsync(_folder["secret"], Secret, TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(file, _folder["secret"]);
        ITrustStore store = kind == "pem-bundle" ? TestTrustStores.Bundle(trust) : TestTrustStores.JavaTruststore(file);
        using var root = TestCertificates.Root();

        var refusal = await Assert.ThrowsAsync<TrustStoreException>(() => store.AddAsync(TestTrustStores.Trusted(root)));

        Assert.Contains($"'{file}' is a link to '{_folder["secret"]}'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("set the setting", refusal.Advice, StringComparison.Ordinal);
        Assert.Equal([file], Directory.GetFiles(trust).Where(f => Path.GetFileName(f) != ".caportal.lock"));
        Assert.Equal(Secret, await File.ReadAllTextAsync(_folder["secret"], TestContext.Current.CancellationToken));
    }
}
