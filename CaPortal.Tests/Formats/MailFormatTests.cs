using System.Text;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Formats;

public sealed class MailFormatTests
{
    private const string Multipart = "Content-Type: multipart/mixed; boundary=X\nMessage-ID: <a@b>\n\n";

    [Fact]
    public async Task Read_LongMailWithAnotherInIt_CertificatesOfBothAreFound()
    {
        using var root = TestCertificates.Root();
        using var other = TestCertificates.Root();
        var part = "--X\nContent-Type: text/plain; name=\"a: b.txt\"\n\nSee: below\n\n";
        var picture = $"--X\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n{Lines(Convert.ToBase64String(new byte[200_000]))}\n\n";
        var message =
            "--X\nContent-Type: message/rfc822\n\nSubject: x\nContent-Type: application/x-x509-ca-cert\nContent-Transfer-Encoding: "
                + $"base64\n\n{Lines(Convert.ToBase64String(other.RawData))}\n\n";
        var mail = Multipart + string.Concat(Enumerable.Repeat(part, 500)) + message + picture + "--X\n\n" + root.ExportCertificatePem() + "\n--X--\n";

        var result = await Reader.ReadAsync(mail);

        Assert.Equal([other.RawData, root.RawData], result.Certificates());
    }

    [Theory]
    [InlineData("--X\n\n", "more than 20,000 lines that may begin a part")]
    [InlineData("--X\na: b\na: b\na: b\na: b\na: b\na: b\n\n", "more than 100,000 lines of headers")]
    [InlineData("a: b\n", "headers of more than 65,536 bytes")]
    public async Task Read_MailWithTooMuchOfSomething_SaysOfWhat(string repeated, string excess)
    {
        const int times = 20_001;
        var mail =
            Multipart.TrimEnd() + (repeated.StartsWith("--", StringComparison.Ordinal) ? "\n\n" : "\n") + string.Concat(Enumerable.Repeat(repeated, times));

        var result = await Reader.ReadAsync(mail);

        Assert.Equal($"The e-mail was not read: it has {excess}.", Assert.Single(Assert.Single(result.Items).Findings).Message);
    }

    private static string Lines(string base64)
    {
        var lines = new StringBuilder(base64);
        for (var at = 76; at < lines.Length; at += 77)
            lines.Insert(at, '\n');
        return lines.ToString();
    }
}
