using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores.LinuxAnchors;

/// <summary>Files of others in Debian's folder that programs do not take as they are meant, beside the real tool and OpenSSL.</summary>
[SupportedOSPlatform("linux")]
public sealed class DebianNotesTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");
    private readonly DebianSandbox _debian;

    public DebianNotesTests() => _debian = new DebianSandbox(_folder.Path);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _debian.FillAsync();

    public ValueTask DisposeAsync()
    {
        _root.Dispose();
        _other.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("der.crt", "is in DER")]
    [InlineData("it's der.crt", "is in DER")]
    [InlineData("utf16.crt", "is in UTF-16.")]
    [InlineData("bigendian.crt", "is in UTF-16.")]
    [InlineData("pkcs7.crt", "is a PKCS#7 file")]
    [InlineData("name.pem", "does not end in .crt")]
    [InlineData("NAME.CRT", "does not end in .crt")]
    [InlineData("der.cer", "does not end in .crt")]
    public async Task File_ThatTheToolPassesOver_IsANoteAndWhatItAdvisesCuresIt(string name, string expected)
    {
        var path = await PutAsync(name);
        await _debian.RunToolAsync();
        Assert.False(await IsTrustedAsync(_other));

        var note = await OnlyNoteAsync();
        Assert.Equal((path, true), (note.File, note.HidesCertificates));
        Assert.Contains($"'{path}' ", note.Message, StringComparison.Ordinal);
        Assert.Contains(expected, note.Message, StringComparison.Ordinal);
        await AssertInstalledTwiceAsync();
        Assert.Equal([note], (await _debian.Store.ReadAsync()).Notes);

        Assert.EndsWith("run update-ca-certificates as root.", note.Advice, StringComparison.Ordinal);
        await Tool.RunAsync(
            _debian.Root,
            "/bin/sh",
            "-c",
            note.Advice[(note.Advice.IndexOf(": ", StringComparison.Ordinal) + 2)..note.Advice.IndexOf(". Then ", StringComparison.Ordinal)]);
        File.Delete(path);
        await _debian.RunToolAsync();
        Assert.True(await IsTrustedAsync(_other));
        Assert.Empty((await _debian.Store.ReadAsync()).Notes);
    }

    [Fact]
    public async Task File_WithATrustedCertificate_IsTakenByOpenSslAloneAndIsANote()
    {
        var path = await PutAsync("trusted.crt");
        await _debian.RunToolAsync();
        Assert.True(await IsTrustedAsync(_other));

        var note = await OnlyNoteAsync();

        Assert.Equal(path, note.File);
        Assert.Contains("TRUSTED CERTIFICATE", note.Message, StringComparison.Ordinal);
        await AssertInstalledTwiceAsync();
    }

    [Fact]
    public async Task File_WithSeveralCertificates_IsFoundInTheBundleAloneAndIsANote()
    {
        using var second = TestCertificates.Root("Second");
        var path = _debian.PutByHand("two.crt", _other, second);
        await _debian.RunToolAsync();
        Assert.True(await IsTrustedAsync(_other));
        Assert.True(await IsTrustedAsync(second));
        Assert.False(await IsTrustedAsync(_other, "-no-CAfile", "-CApath", _debian.Links));
        Assert.False(await IsTrustedAsync(second, "-no-CAfile", "-CApath", _debian.Links));

        var note = await OnlyNoteAsync();

        Assert.Equal((path, false), (note.File, note.HidesCertificates));
        Assert.Contains("holds 2 certificates", note.Message, StringComparison.Ordinal);
        await AssertInstalledTwiceAsync();
    }

    [Fact]
    public async Task File_WithAPartInUtf16_SaysThatThePartIsNotRead()
    {
        var path = _debian.PutByHand("mixed.crt", _root);
        await File.AppendAllBytesAsync(path, Encoding.Unicode.GetBytes(_other.ExportCertificatePem()), Cancellation);
        await _debian.RunToolAsync();
        Assert.True(await IsTrustedAsync(_root));
        Assert.False(await IsTrustedAsync(_other));

        var note = await OnlyNoteAsync();

        Assert.Contains("in UTF-16 in a part of it", note.Message, StringComparison.Ordinal);
        Assert.Contains("file of its own", note.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("  ", false)]
    [InlineData("x", false)]
    [InlineData("\uFEFF", true)]
    public async Task File_WithSomethingBeforeTheCertificate_CountsAsOpenSslReadsIt(string before, bool isRead)
    {
        await File.WriteAllTextAsync(Path.Combine(_debian.Local, "other.crt"), $"{before}{_other.ExportCertificatePem()}\n", Cancellation);
        await _debian.RunToolAsync();
        Assert.Equal(isRead, await IsTrustedAsync(_other));

        var found = await _debian.Store.ReadAsync();

        Assert.Equal(isRead, found.Certificates.Contains(TestTrustStores.KeyOf(_other)));
        Assert.Equal(isRead ? [] : ["Remove what stands there, blanks too."], found.Notes.Select(n => n.Advice));
        await AssertHoldsAsync();
    }

    [Theory]
    [InlineData("", "is empty", false)]
    [InlineData(" \r\n", "is empty", false)]
    [InlineData("garbage", "holds no certificate", false)]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "holds no certificate", false)]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read", true)]
    [InlineData("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", "cannot be read", true)]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA", "cannot be read", true)]
    public async Task File_WithoutACertificate_IsANoteAndNoDamage(string content, string expected, bool hides)
    {
        var path = Path.Combine(_debian.Local, "damaged.crt");
        await File.WriteAllTextAsync(path, content, Cancellation);

        var note = await OnlyNoteAsync();

        Assert.Equal((path, hides), (note.File, note.HidesCertificates));
        Assert.Contains(path, note.Message, StringComparison.Ordinal);
        Assert.Contains(expected, note.Message, StringComparison.Ordinal);
        Assert.NotEmpty(note.Advice);
    }

    [Fact]
    public async Task File_WithABlockThatCannotBeRead_StopsOpenSslAfterTheToolRanAsTheNoteSays()
    {
        using var system = X509CertificateLoader.LoadCertificateFromFile(_debian.SystemFile(0));
        Assert.True(await IsTrustedAsync(system));
        await File.WriteAllTextAsync(
            Path.Combine(_debian.Local, "damaged.crt"),
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            Cancellation);
        Assert.Contains("refuse all of it", (await OnlyNoteAsync()).Message, StringComparison.Ordinal);

        await _debian.RunToolAsync();

        Assert.False(await IsTrustedAsync(system));
    }

    [Theory]
    [InlineData("README", "any text")]
    [InlineData("notes.pem", "any text")]
    [InlineData("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    public async Task File_WithAnotherNameAndNoCertificate_IsNobodysBusiness(string name, string content)
    {
        await File.WriteAllTextAsync(Path.Combine(_debian.Local, name), content, Cancellation);

        Assert.Empty((await _debian.Store.ReadAsync()).Notes);
    }

    [Fact]
    public async Task File_WithAHostileName_IsShownAsItIs()
    {
        var path = Path.Combine(_debian.Local, "a\u202Eb\nforged.crt");
        await File.WriteAllTextAsync(path, "", Cancellation);

        var note = await OnlyNoteAsync();

        Assert.Equal(path, note.File);
        Assert.Contains("a\\u{202E}b\\u{000A}forged.crt", note.Message, StringComparison.Ordinal);
    }

    private async Task<TrustStoreNote> OnlyNoteAsync()
    {
        var found = await _debian.Store.ReadAsync();
        Assert.Empty(found.Damaged);
        return Assert.Single(found.Notes);
    }

    /// <summary>A certificate of the list is brought there, and nothing is left to repair although the file is there still.</summary>
    private async Task AssertInstalledTwiceAsync()
    {
        var reconciler = TestTrustStores.ReconcilerOf(_debian.Store);
        for (var round = 0; round < 2; round++)
        {
            var outcome = Assert.Single(await reconciler.ReconcileAsync(TestTrustStores.Desired([TestTrustStores.Trusted(_root)]), null, Cancellation));
            Assert.Equal((TrustStoreResult.Installed, 1 - round, 0), (outcome.Result, outcome.Added.Count, outcome.Damaged.Count));
            Assert.Single(outcome.Notes);
        }
    }

    /// <summary>A certificate is added beside it, and the bundle is what the tool makes.</summary>
    private async Task AssertHoldsAsync()
    {
        await _debian.Store.AddAsync(TestTrustStores.Trusted(_root));
        Assert.True(await IsTrustedAsync(_root));
        Assert.Equal(await _debian.BundleOfTheToolAsync(), await File.ReadAllBytesAsync(_debian.Bundle, Cancellation));
    }

    private async Task<string> PutAsync(string name)
    {
        var path = Path.Combine(_debian.Local, name);
        var pem = _other.ExportCertificatePem();
        if (name.StartsWith("trusted", StringComparison.Ordinal) || name.StartsWith("pkcs7", StringComparison.Ordinal))
        {
            Tool.Require("openssl");
            var source = _folder["source.pem"];
            await File.WriteAllTextAsync(source, pem, Cancellation);
            await Tool.RunAsync(
                _debian.Root,
                "openssl",
                name[0] == 't' ? ["x509", "-in", source, "-trustout", "-out", path] : ["crl2pkcs7", "-nocrl", "-certfile", source, "-out", path]);
            return path;
        }

        await File.WriteAllBytesAsync(
            path,
            name.Contains("der", StringComparison.Ordinal) ? _other.RawData
                : name[0] == 'u' ? [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(pem)]
                : name[0] == 'b' ? [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(pem)]
                : Encoding.ASCII.GetBytes($"{pem}\n"),
            Cancellation);
        return path;
    }

    private Task<bool> IsTrustedAsync(X509Certificate2 certificate) => IsTrustedAsync(certificate, "-no-CApath", "-CAfile", _debian.Bundle);

    private async Task<bool> IsTrustedAsync(X509Certificate2 certificate, params string[] anchors)
    {
        Tool.Require("openssl");
        var file = _folder[$"{Guid.NewGuid():N}.pem"];
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem(), Cancellation);
        return (await Tool.TryRunAsync(_folder.Path, "openssl", ["verify", .. anchors, file])).ExitCode == 0;
    }
}
