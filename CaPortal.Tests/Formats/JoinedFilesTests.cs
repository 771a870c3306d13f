using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Formats;

/// <summary>Files that were appended to each other, as <c>cat</c> and <c>copy a+b</c> do: nothing is lost in silence.</summary>
public sealed class JoinedFilesTests : IDisposable
{
    private readonly X509Certificate2 _first = TestCertificates.Root("First");
    private readonly X509Certificate2 _second = TestCertificates.Root("Second");

    private static readonly Dictionary<string, Func<X509Certificate2, byte[]>> Texts = new()
    {
        ["UTF-8"] = c => Encoding.UTF8.GetBytes(Commented(c)),
        ["UTF-8 BOM"] = c => [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Commented(c))],
        ["Latin-1"] = c => Encoding.Latin1.GetBytes(Commented(c)),
        ["UTF-16 LE"] = c => Encoding.Unicode.GetBytes(Pem(c)),
        ["UTF-16 BE"] = c => Encoding.BigEndianUnicode.GetBytes(Pem(c)),
        ["UTF-16 LE BOM"] = c => [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Commented(c))],
        ["UTF-16 BE BOM"] = c => [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(Commented(c))],
        ["base64"] = c => Encoding.ASCII.GetBytes(Convert.ToBase64String(c.RawData, Base64FormattingOptions.InsertLineBreaks) + "\r\n"),
        ["base64 in UTF-16"] = c => Encoding.Unicode.GetBytes(Convert.ToBase64String(c.RawData, Base64FormattingOptions.InsertLineBreaks) + "\r\n"),
    };

    private static readonly Dictionary<string, Func<X509Certificate2, byte[]>> Binaries = new()
    {
        ["DER"] = c => c.RawData,
        ["PKCS#7"] = c => new X509Certificate2Collection { c }.Export(X509ContentType.Pkcs7)!,
        ["PKCS#12"] = Pkcs12,
        ["JKS"] = Jks,
    };

    public static TheoryData<string, string, bool> Pairs
    {
        get
        {
            var data = new TheoryData<string, string, bool>();
            string[] all = [.. Texts.Keys, .. Binaries.Keys];
            foreach (var first in all)
            {
                foreach (var second in all)
                    data.Add(first, second, Texts.ContainsKey(first) && Texts.ContainsKey(second));
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Read_OneFileBehindAnother_GivesBothOrSaysWhatItDidNotRead(string first, string second, bool isText)
    {
        byte[] file = [.. Content(first, _first), .. Content(second, _second)];

        var result = await Reader.ReadAsync(file);

        var found = result.Certificates();
        if (found.Length == 2)
            Assert.Equal([_first.RawData, _second.RawData], found);
        else
            Assert.False(isText, $"{found.Length} certificates, {string.Join(" ", result.Items.SelectMany(i => i.Findings).Select(f => f.Message))}");
        Assert.True(
            found.Length == 2
                || result.Items.Any(i => i.Facts is null && i.Has(FindingCode.NotACertificate, FindingSeverity.Warning))
                || result.Items.Any(i => i.Has(FindingCode.NotACertificate)));
    }

    [Theory]
    [InlineData("UTF-16 LE BOM", "UTF-8")]
    [InlineData("UTF-8", "UTF-16 LE BOM")]
    public async Task Read_MixedEncodings_GiveEachPartItsLine(string first, string second)
    {
        var result = await Reader.ReadAsync((byte[])[.. Texts[first](_first), .. Texts[second](_second), .. Texts[first](_first)]);

        Assert.Equal([_first.RawData, _second.RawData, _first.RawData], result.Certificates());
        var lines = Pem(_first).Count(c => c == '\n') + 1;
        Assert.Equal($"block 2, line {lines + 2}", result.Items[1].Position);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("secret", false)]
    public async Task Read_IntegrityCheck_IsMissedWhereNoPasswordIsGiven(string? password, bool isTold)
    {
        var builder = new Pkcs12Builder();
        builder.AddSafeContentsUnencrypted(Contents(_first));
        builder.SealWithMac("secret", System.Security.Cryptography.HashAlgorithmName.SHA256, 1000);

        foreach (var file in (byte[][])[builder.Encode(), Jks(_first)])
            Assert.Equal(isTold, Assert.Single((await Reader.ReadAsync(file, password)).Items).Has(FindingCode.IntegrityUnknown, FindingSeverity.Information));
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    private static byte[] Content(string form, X509Certificate2 certificate) => (Texts.GetValueOrDefault(form) ?? Binaries[form])(certificate);

    private static string Pem(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n";

    private static string Commented(X509Certificate2 certificate) => $"# Müller\n{Pem(certificate)}";

    private static byte[] Pkcs12(X509Certificate2 certificate)
    {
        var builder = new Pkcs12Builder();
        builder.AddSafeContentsUnencrypted(Contents(certificate));
        builder.SealWithoutIntegrity();
        return builder.Encode();
    }

    private static Pkcs12SafeContents Contents(X509Certificate2 certificate)
    {
        using var alone = X509CertificateLoader.LoadCertificate(certificate.RawData);
        var contents = new Pkcs12SafeContents();
        contents.AddCertificate(alone);
        return contents;
    }

    private static byte[] Jks(X509Certificate2 certificate)
    {
        var store = new Org.BouncyCastle.Security.JksStore();
        store.SetCertificateEntry("a", new Org.BouncyCastle.X509.X509Certificate(certificate.RawData));
        using var saved = new MemoryStream();
        store.Save(saved, "secret".ToCharArray());
        return saved.ToArray();
    }
}
