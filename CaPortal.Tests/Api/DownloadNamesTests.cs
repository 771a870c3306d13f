using CaPortal.Api;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;
using Inspection = CaPortal.Tests.Testing.Inspection;

namespace CaPortal.Tests.Api;

public sealed class DownloadNamesTests
{
    private static readonly CertificateFacts Facts = Inspection.Facts(new RawCertificate().Build());

    [Theory]
    [InlineData("Corp Root CA G2", "Corp-Root-CA-G2.cer")]
    [InlineData("../../etc/passwd", "etc-passwd.cer")]
    [InlineData("a\"; filename=\"b.exe\r\nX: y", "a-filename-b-exe-X-y.cer")]
    [InlineData("CON", null)]
    [InlineData("lpt1", null)]
    [InlineData("..", null)]
    [InlineData("路由", null)]
    [InlineData("", null)]
    public void For_AnyName_IsHarmless(string name, string? expected) =>
        Assert.Equal(expected ?? $"{Facts.Sha256[..16]}.cer", DownloadNames.For(Facts with { Name = name }, "cer"));

    [Fact]
    public void For_ALongName_IsShort() => Assert.Equal(68, DownloadNames.For(Facts with { Name = new string('a', 10_000) }, "cer").Length);
}
