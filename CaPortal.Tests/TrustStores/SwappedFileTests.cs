using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Files;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Core.TrustStores.X509;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores;

/// <summary>Another file of the same size and time of writing in the place of a trust store's is seen all the same.</summary>
public sealed class SwappedFileTests : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);
    private static readonly DateTime LongAgo = new(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private static readonly string[] Kinds = ["pem-bundle", "java-truststore", "x509", "anchors"];

    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _ours = TestCertificates.Root("Our Root");
    private readonly X509Certificate2 _theirs = TestCertificates.Root("Odd Root");

    public SwappedFileTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere .NET does not tell when anything about a file was changed.");

    public static TheoryData<string, bool> Swaps => new(Kinds.SelectMany(kind => (IEnumerable<(string, bool)>)[(kind, true), (kind, false)]));

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Swaps))]
    public async Task Read_OtherContentOfTheSameSizeAndTime_IsSeen(string kind, bool inPlace)
    {
        var (file, read, contents) = await PrepareAsync(kind);
        var length = contents.Max(c => c.Length);
        Put(file, Padded(contents[0], length), inPlace: true);
        Settle(file);
        Assert.Equal([Sha256(_ours)], await read());
        Assert.Equal([Sha256(_ours)], await read());

        Put(file, Padded(contents[1], length), inPlace);

        Assert.Equal([Sha256(_theirs)], await read());
    }

    // Each kind reads on after the end of what it looks for: PEM may be followed by anything, and so may DER.
    private static byte[] Padded(byte[] content, int length) => [.. content, .. Enumerable.Repeat((byte)'\n', length - content.Length)];

    private async Task<(string File, Func<Task<IEnumerable<string>>> Read, byte[][] Contents)> PrepareAsync(string kind)
    {
        switch (kind)
        {
            case "pem-bundle":
                var pem = _folder["roots.pem"];
                return (pem, ReaderOf(TestTrustStores.Bundle(_folder.Path)), await WrittenByAsync(() => TestTrustStores.Bundle(_folder.Path), pem));
            case "java-truststore":
                var p12 = _folder["truststore.p12"];
                return (p12, ReaderOf(TestTrustStores.JavaTruststore(p12)), await WrittenByAsync(() => TestTrustStores.JavaTruststore(p12), p12));
            case "x509":
                var pfx = Path.Combine(Directory.CreateDirectory(_folder["root"]).FullName, "any.pfx");
                return (pfx,
                    ReaderOf(new X509TrustStore(StoreLocation.CurrentUser, _folder.Path)),
                    [X509StoreFile.Encode(_ours.RawData), X509StoreFile.Encode(_theirs.RawData)]);
            default:
                var reader = new AnchorsScan(new AnchorsLayout
                {
                    AnchorsFolder = _folder.Path,
                    Command = "/bin/true",
                    Bundle = _folder["bundle/all"],
                    SystemFolder = _folder["system"],
                });
                return (
                    _folder["any.crt"],
                    () => Task.FromResult(reader.Read().Local.SelectMany(f => f.Content.Certificates).Select(c => c.Sha256)),
                    [PemFile.Format(_ours.RawData), PemFile.Format(_theirs.RawData)]);
        }
    }

    private async Task<byte[][]> WrittenByAsync(Func<ITrustStore> create, string file)
    {
        var contents = new List<byte[]>();
        foreach (var certificate in (X509Certificate2[])[_ours, _theirs])
        {
            await create().AddAsync(TestTrustStores.Trusted(certificate));
            contents.Add(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
            File.Delete(file);
        }

        return [.. contents];
    }

    private static Func<Task<IEnumerable<string>>> ReaderOf(ITrustStore store) => async () => (await store.ReadAsync()).Certificates.Select(k => k.Sha256);

    private void Put(string file, byte[] content, bool inPlace)
    {
        var target = inPlace ? file : _folder["new"];
        File.WriteAllBytes(target, content);
        File.SetLastWriteTimeUtc(target, LongAgo);
        if (!inPlace)
            File.Move(target, file, overwrite: true);
    }

    /// <summary>Waits until the file is old enough: what was changed just before is read again in any case.</summary>
    internal static void Settle(string file) =>
        Assert.True(SpinWait.SpinUntil(() => FileIdentity.Of(file, followLinks: true)!.Value.IsSettledAt(TimeProvider.System.GetUtcNow()), Timeout));

    private static string Sha256(X509Certificate2 certificate) => Thumbprints.Sha256(certificate.RawData);
}
