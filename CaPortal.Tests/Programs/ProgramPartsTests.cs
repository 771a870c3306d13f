using System.Runtime.Versioning;
using CaPortal.Core.Files;
using CaPortal.Core.Programs;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Programs;

/// <summary>The parts that the tests with real programs do not reach.</summary>
public sealed class ProgramPartsTests
{
    [Theory]
    [InlineData("Nginx", "proxy_ssl_trusted_certificate /etc/ca.pem;", "List /etc/ca.pem")]
    [InlineData("Nginx", "a { grpc_ssl_trusted_certificate \"/etc/my ca.pem\" ; }", "List /etc/my ca.pem")]
    [InlineData("Nginx", "include sites/*.conf; include more;", "Include sites/*.conf, Include more")]
    [InlineData("Nginx", "  # proxy_ssl_trusted_certificate /etc/ca.pem;", "")]
    [InlineData("Nginx", "ssl_trusted_certificate /etc/clients.pem;", "")]
    [InlineData("Nginx", "proxy_set_header Authorization \"Basic include secret;\"; # include old;", "")]
    [InlineData("HaProxy", "server a 10.0.0.1:443 ssl verify required ca-file @system-ca", "SystemList @system-ca")]
    [InlineData("HaProxy", "  default-server ssl ca-file '/etc/ca.pem' # ca-file x", "List /etc/ca.pem")]
    [InlineData("HaProxy", "bind :443 ssl crt a.pem ca-file clients.pem", "")]
    [InlineData("HaProxy", "ca-base /etc/ssl", "Folder /etc/ssl")]
    [InlineData("Apache", "  SSLProxyCACertificateFile \"/etc/ca.pem\"", "List /etc/ca.pem")]
    [InlineData("Apache", "sslproxycacertificatepath /etc/cas", "List /etc/cas")]
    [InlineData("Apache", "IncludeOptional sites-enabled/*.conf", "Include sites-enabled/*.conf")]
    [InlineData("Apache", "SSLCACertificateFile /etc/clients.pem", "")]
    public void Grammar_Line_SaysTheseLists(string server, string line, string expected) =>
        Assert.Equal(expected, string.Join(", ", ConfigurationGrammar.Of(Enum.Parse<Runtime>(server)).Read(line).Select(w => $"{w.Kind} {w.Value}")));

    [Fact]
    [SupportedOSPlatform("linux")]
    public void OpenFileInRoot_LinkToAWholePath_StaysInTheRoot()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux.");
        using var root = new TemporaryDirectory();
        File.WriteAllText(root["list.pem"], "inside");
        File.CreateSymbolicLink(root["whole"], "/list.pem");
        File.CreateSymbolicLink(root["up"], "../../../../../../list.pem");
        File.CreateSymbolicLink(root["outside"], "/etc/passwd");
        using var folder = NativeFiles.OpenFolder(root.Path, followLinks: true);

        foreach (var path in (string[])["/list.pem", "/whole", "up", "../list.pem"])
        {
            using var file = NativeFiles.OpenFileInRoot(folder, path);
            Assert.Equal("inside"u8.ToArray(), RegularFile.Read(file, path, out _));
        }

        Assert.Throws<FileNotFoundException>(() => NativeFiles.OpenFileInRoot(folder, "/outside"));
        Assert.Throws<UnfitFileException>(() => NativeFiles.OpenFileInRoot(folder, "/"));
    }
}
