using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;
using MimeKit;

namespace CaPortal.Tests.Formats;

/// <summary>PEM as mails, web pages, editors and people leave it behind.</summary>
public sealed class MessyPemTests : IDisposable
{
    // Both have base64 with each of the three paddings among them, so that none is read by luck.
    private readonly X509Certificate2[] _roots = [.. Enumerable.Range(0, 6).Select(i => TestCertificates.Root(new string('x', i + 1)))];

    public static TheoryData<string> Messes => [.. MessTable.Keys];

    private static readonly Dictionary<string, Func<string, string>> MessTable = new()
    {
        ["quoted-printable"] = pem => pem.Replace("=", "=3D"),
        ["quoted-printable with soft breaks"] = pem => SoftBreaks(pem.Replace("=", "=3D")),
        ["decimal entities"] = pem => pem.Replace("+", "&#43;").Replace("/", "&#47;").Replace("=", "&#61;"),
        ["hexadecimal entities"] = pem => pem.Replace("+", "&#x2B;").Replace("/", "&#x2F;").Replace("=", "&#x3D;"),
        ["named entities"] = pem => pem.Replace("+", "&plus;").Replace("/", "&sol;").Replace("=", "&equals;"),
        ["line break tags"] = pem => pem.ReplaceLineEndings("<br>\n"),
        ["paragraphs"] = pem => "<p>" + pem.ReplaceLineEndings("</p>\n<p class=\"x\">") + "</p>",
        ["zero-width spaces"] = pem => pem.ReplaceLineEndings("\u200b\n"),
        ["byte order mark inside"] = pem => pem.Insert(60, "\ufeff"),
        ["other spaces"] = pem => pem.ReplaceLineEndings("\u3000\n\u00a0\u2003"),
        ["line numbers"] = pem => string.Join('\n', pem.Split('\n').Select((line, i) => $"  {i + 1,3}  {line}")),
        ["line numbers with colons"] = pem => string.Join('\n', pem.Split('\n').Select((line, i) => $"{i + 1}: {line}")),
        ["bullets"] = pem => "• " + pem.ReplaceLineEndings("\n• "),
        ["asterisks"] = pem => "* " + pem.ReplaceLineEndings("\n* "),
        ["hyphens"] = pem => "- " + pem.ReplaceLineEndings("\n- "),
        ["comments"] = pem => "# " + pem.ReplaceLineEndings("\n# "),
        ["a difference"] = pem => "+" + pem.ReplaceLineEndings("\n+"),
        ["quote marks"] = pem => "> > " + pem.ReplaceLineEndings("\n> > "),
        ["small letters"] = pem => pem.Replace("BEGIN CERTIFICATE", "begin certificate").Replace("END CERTIFICATE", "end certificate"),
        ["em dashes"] = pem => pem.Replace("-----", "——-"),
        ["en dashes"] = pem => pem.Replace("-----", "–––––"),
        ["one dash"] = pem => pem.Replace("-----", "—"),
        ["four hyphens"] = pem => pem.Replace("-----", "----"),
        ["only BEGIN changed"] = pem => pem.Replace("-----BEGIN", "——BEGIN"),
        ["only END changed"] = pem => pem.Replace("-----END", "——END"),
        ["no frame"] = pem => string.Join('\n', pem.Split('\n')[1..^1]),
    };

    [Theory]
    [MemberData(nameof(Messes))]
    public async Task Read_Mess_GivesTheCertificatesBetweenGoodOnes(string mess)
    {
        var text = string.Join("\n\n", _roots.Select((c, i) => i % 3 == 1 ? MessTable[mess](c.ExportCertificatePem()) : c.ExportCertificatePem()));

        var result = await Reader.ReadAsync(text);

        Assert.Equal(_roots.Select(c => c.RawData), result.Certificates());
        Assert.Equal(_roots.Length, result.Items.Count);
        Assert.DoesNotContain(result.Items.SelectMany(i => i.Findings), f => f.Severity != FindingSeverity.Information);
    }

    [Theory]
    [MemberData(nameof(Messes))]
    public async Task Read_MessAlone_GivesTheCertificate(string mess)
    {
        foreach (var root in _roots)
            Assert.Equal([root.RawData], (await Reader.ReadAsync(MessTable[mess](root.ExportCertificatePem()))).Certificates());
    }

    [Theory]
    [InlineData("...", "left out")]
    [InlineData("…", "left out")]
    [InlineData("€", "“€” (U+20AC)")]
    [InlineData("!", "“!” (U+0021)")]
    public async Task Read_SomethingInTheWay_IsNamedWithItsPlace(string obstacle, string expected)
    {
        var lines = _roots[0].ExportCertificatePem().Split('\n');
        lines[3] = obstacle + lines[3][6..];

        var item = Assert.Single((await Reader.ReadAsync(string.Join('\n', lines))).Items);

        var finding = Assert.Single(item.Findings);
        Assert.Equal(FindingCode.NotACertificate, finding.Code);
        Assert.Contains(expected, finding.Message, StringComparison.Ordinal);
        Assert.True(expected == "left out" || finding.Message.Contains("line 4 ", StringComparison.Ordinal), finding.Message);
    }

    [Theory]
    [InlineData("[InternetShortcut]\r\nURL=https://pki.example.org/root.crt\r\n", "Shortcut")]
    [InlineData("[section]\nkey = value\n", "INI file")]
    [InlineData("; settings\n[section]\nkey = value\n", "Text")]
    [InlineData("[1]", "JSON text")]
    [InlineData("[true,\nfalse]", "JSON text")]
    [InlineData("[\n1]", "JSON text")]
    [InlineData("[p11-kit-object-v1]\nclass: certificate\nx-distrusted: true\nissuer: \"0%0f1%0d0%0b\"\nserial-number: \"%02%01%05\"\n", "Distrust entry")]
    [InlineData("[p11-kit-object-v1]\nclass: data\n", "p11-kit entry")]
    [InlineData("{\\rtf1 Hello\\par\n}", "Rich text")]
    [InlineData("{\\rtf1 -----BEGIN CERTIFICATE-----\\par\nMIIBgzCC\\par\n-----END CERTIFICATE-----\\par\n}", "Rich text")]
    [InlineData("Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain\n\nHello\n", "E-mail")]
    public async Task Read_NoCertificate_IsNamed(string text, string kind) => Assert.Equal(kind, Assert.Single((await Reader.ReadAsync(text)).Items).Kind);

    [Fact]
    public async Task Read_P11KitValueThatIsTheCertificate_GivesItWithItsMarks()
    {
        var value = string.Concat(_roots[0].RawData.Select(b => $"%{b:X2}"));

        var item = Assert.Single(
            (await Reader.ReadAsync($"[p11-kit-object-v1]\nclass: certificate\nlabel: \"Corp\"\nx-distrusted: true\nvalue: \"{value}\"\n")).Items);

        Assert.Equal(_roots[0].RawData, item.Der.ToArray());
        Assert.Equal("Corp", item.FriendlyName);
        Assert.True(item.Has(FindingCode.Distrusted));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_Utf32_GivesTheCertificate(bool bigEndian)
    {
        var encoding = new UTF32Encoding(bigEndian, byteOrderMark: true);

        Assert.Equal(
            [_roots[0].RawData],
            (await Reader.ReadAsync((byte[])[.. encoding.Preamble, .. encoding.GetBytes(_roots[0].ExportCertificatePem())])).Certificates());
    }

    [Theory]
    [InlineData(ContentEncoding.QuotedPrintable)]
    [InlineData(ContentEncoding.Base64)]
    [InlineData(ContentEncoding.SevenBit)]
    public async Task Read_SavedMail_GivesWhatIsInTextAndAttachments(ContentEncoding encoding)
    {
        var text = new TextPart("plain") { Text = $"Hello,\n{_roots[0].ExportCertificatePem()}\nGreetings", ContentTransferEncoding = encoding };
        var body = new Multipart("mixed")
        {
            text,
            Attachment("root.cer", _roots[1].RawData),
            Attachment("chain.p7b", new X509Certificate2Collection { _roots[2], _roots[3] }.Export(X509ContentType.Pkcs7)!),
            new MessagePart("rfc822", Mail(Attachment("root.pem", Encoding.ASCII.GetBytes(_roots[4].ExportCertificatePem())))),
            Attachment("logo.png", [0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]),
        };

        var result = await Reader.ReadAsync(Saved(Mail(body)));

        Assert.Equal(_roots[..5].Select(c => c.RawData).Order(Comparer), result.Certificates().Order(Comparer));
        Assert.All(result.Items, i => Assert.NotNull(i.Facts));
    }

    [Fact]
    public async Task Read_MailWithAKeystore_NamesTheAttachment()
    {
        var result = await Reader.ReadAsync(
            Saved(Mail(new Multipart("mixed") { Attachment("root.cer", _roots[0].RawData), Attachment("certs.zip", "PK\x3\x4 and so on"u8.ToArray()) })));

        Assert.Equal([_roots[0].RawData], result.Certificates());
        Assert.Equal("Attachment", result.Items[1].Kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_SignedMail_GivesTheSignersCertificateWhereThereIsNoOther(bool hasOther)
    {
        var signed = new SignedCms(new ContentInfo("hello"u8.ToArray()), detached: true);
        signed.ComputeSignature(new CmsSigner(_roots[0]) { IncludeOption = X509IncludeOption.EndCertOnly });
        var signature = Attachment("smime.p7s", signed.Encode());
        signature.ContentType.MediaSubtype = "pkcs7-signature";
        var text = new TextPart("plain") { Text = hasOther ? _roots[1].ExportCertificatePem() : "hello" };

        var result = await Reader.ReadAsync(Saved(Mail(new Multipart("signed") { text, signature })));

        Assert.Equal([_roots[hasOther ? 1 : 0].RawData], result.Certificates());
    }

    [Fact]
    public void Read_EmptySubject_IsCalledThat()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        using var certificate = TestCertificates.CaRequest("", key).CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1));

        var facts = Inspection.Facts(certificate);

        Assert.Equal(("(empty subject)", "(empty issuer)", ""), (facts.Name, facts.IssuerName, facts.Subject));
    }

    public void Dispose() => Array.ForEach(_roots, c => c.Dispose());

    private static readonly Comparer<byte[]> Comparer = Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    private static string SoftBreaks(string text) =>
        string.Join('\n', text.Split('\n').Select(line => line.Length > 40 ? $"{line[..40]}=\n{line[40..]}" : line));

    private static MimePart Attachment(string name, byte[] content) => new("application", "octet-stream")
    {
        Content = new MimeContent(new MemoryStream(content)),
        ContentTransferEncoding = ContentEncoding.Base64,
        FileName = name,
    };

    private static MimeMessage Mail(MimeEntity body) =>
        new([new MailboxAddress("Anna", "anna@example.org")], [new MailboxAddress("Bert", "bert@example.org")], "The new root", body);

    private static byte[] Saved(MimeMessage mail)
    {
        using var saved = new MemoryStream();
        mail.WriteTo(saved);
        return saved.ToArray();
    }
}
