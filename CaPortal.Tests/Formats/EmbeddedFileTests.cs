using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Formats;

/// <summary>Files in base64 that are parts of text: of Kubernetes' YAML and JSON, of <c>data:</c> URLs.</summary>
public sealed class EmbeddedFileTests : IDisposable
{
    private readonly X509Certificate2 _first = TestCertificates.Root("First");
    private readonly X509Certificate2 _second = TestCertificates.Root("Second");
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private string FirstPem => _first.ExportCertificatePem();

    private string First64 => Base64(FirstPem);

    private string SecondDer64 => Convert.ToBase64String(_second.RawData);

    private string Secret => $"""
        apiVersion: v1
        kind: Secret
        metadata:
          name: corp
        data:
          ca.crt: {First64}
          second.der: "{SecondDer64}"
          tls.key: {Base64(_key.ExportPkcs8PrivateKeyPem())}
          token: {Base64("a token that is long enough to be looked at, but has nothing to do with it")}
        type: Opaque
        """;

    [Fact]
    public async Task Read_Secret_GivesEveryCertificateAndWarnsOfTheKey()
    {
        var result = await Reader.ReadAsync(Secret);

        Assert.Equal("YAML or JSON", result.Format);
        Assert.Equal([("data.ca.crt", "First"), ("data.second.der", "Second"), ("data.tls.key", null)], result.Items.Select(i => (i.Position!, i.Facts?.Name)));
        Assert.True(result.Items[2].Has(FindingCode.PrivateKeyInUpload, FindingSeverity.Warning));
        Assert.DoesNotContain(result.Items, i => i.Findings.Any(f => f.Severity == FindingSeverity.Error));
    }

    [Fact]
    public async Task Read_OneCertificateInYaml_SaysWhere() =>
        Assert.Equal("data.ca.crt", Assert.Single((await Reader.ReadAsync($"data:\n  ca.crt: {First64}\n")).Items).Position);

    [Fact]
    public async Task Read_PemTextBesideBase64_GivesBothOnce()
    {
        var text = $"{Secret}\n---\nkind: ConfigMap\ndata:\n  pem: |\n    {_second.ExportCertificatePem().ReplaceLineEndings("\n    ")}\n";

        var result = await Reader.ReadAsync(text);

        Assert.Equal(["First", "Second", "Second"], result.Items.Where(i => i.Facts is not null).Select(i => i.Facts!.Name));
        Assert.StartsWith("block 1, line ", result.Items[^1].Position);
    }

    [Fact]
    public async Task Read_ListAsJson_GivesEveryCertificate()
    {
        var json =
            $$"""{ "kind": "List", "items": [ { "data": { "a": 1 } }, { "data": { "ca.crt": "{{First64}}", "der": "{{SecondDer64.Replace("/", "\\/")}}" } } ] }""";

        var result = await Reader.ReadAsync(json);

        Assert.Equal(["items[1].data.ca.crt", "items[1].data.der"], result.Items.Select(i => i.Position));
        Assert.Equal([_first.RawData, _second.RawData], result.Certificates());
    }

    [Fact]
    public async Task Read_JsonWithPemAndBase64_GivesBoth()
    {
        var json = $$"""{ "pem": "{{FirstPem.ReplaceLineEndings("\\n")}}", "x5c": ["{{SecondDer64}}"] }""";

        var result = await Reader.ReadAsync(json);

        Assert.Equal(["Second", "First"], result.Items.Select(i => i.Facts?.Name));
        Assert.Equal("x5c[0]", result.Items[0].Position);
    }

    [Fact]
    public async Task Read_Kubeconfig_GivesCertificatesAndWarnsOfTheKey()
    {
        var result = await Reader.ReadAsync($"""
            apiVersion: v1
            clusters:
            - cluster:
                certificate-authority-data: {First64}
                server: https://127.0.0.1:6443
              name: corp
            users:
            - name: admin
              user:
                client-certificate-data: {Base64(_second.ExportCertificatePem())}
                client-key-data: {Base64(_key.ExportECPrivateKeyPem())}
            """);

        Assert.Equal(
            ["clusters[0].cluster.certificate-authority-data", "users[0].user.client-certificate-data", "users[0].user.client-key-data"],
            result.Items.Select(i => i.Position));
        Assert.Equal(2, result.Certificates().Length);
        Assert.True(result.Items[2].Has(FindingCode.PrivateKeyInUpload, FindingSeverity.Warning));
        Assert.False(result.Items[2].Has(FindingCode.NotACertificate));
    }

    [Theory]
    [InlineData("|")]
    [InlineData(">-")]
    [InlineData("!!binary |")]
    [InlineData("")]
    public async Task Read_Base64OverSeveralLines_IsRead(string style)
    {
        var lines = Convert.ToBase64String(_first.RawData, Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\n    ");

        var result = await Reader.ReadAsync($"data:\n  ca.crt: {style}\n    {lines}\n  next: value\n");

        Assert.Equal([_first.RawData], result.Certificates());
        Assert.Equal("data.ca.crt", result.Items[0].Position);
    }

    [Fact]
    public async Task Read_Pkcs12InSecret_AsksForItsPassword()
    {
        var pfx = new X509Certificate2Collection(_second).ExportPkcs12(
            new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2000),
            "secret");
        var secret = $"{Secret.Split("  tls.key")[0]}  truststore.p12: {Convert.ToBase64String(pfx)}\n";

        var without = await Reader.ReadAsync(secret);
        var with = await Reader.ReadAsync(secret, "secret");

        Assert.Equal((PasswordState.Needed, 2), (without.Password, without.Certificates().Length));
        Assert.Contains(without.Items, i => i.Position == "data.truststore.p12");
        Assert.Equal((PasswordState.NotNeeded, 3), (with.Password, with.Certificates().Length));
    }

    [Fact]
    public async Task Read_ValueWithCharactersMissing_IsDamageBesideTheOthers()
    {
        var result = await Reader.ReadAsync(Secret.Replace(First64, First64[..100] + "?" + First64[101..]));

        Assert.Equal([_second.RawData], result.Certificates());
        Assert.True(result.Items.Single(i => i.Position == "data.ca.crt").Has(FindingCode.NotACertificate));
    }

    [Fact]
    public async Task Read_TextThatIsNoYamlFromSomeLineOn_SaysFromWhere()
    {
        var result = await Reader.ReadAsync($"data:\n  second.der: {SecondDer64}\n  broken: [\n  }}\n  ca.crt: {First64}\n");

        Assert.Equal([_second.RawData], result.Certificates());
        var damage = result.Items.Single(i => i.Kind == "Damaged YAML text");
        Assert.True(damage.Has(FindingCode.NotACertificate));
        Assert.StartsWith("line ", damage.Position);
    }

    [Fact]
    public async Task Read_SecondDocument_IsNamed()
    {
        var result = await Reader.ReadAsync($"data:\n  ca.crt: {First64}\n---\ndata:\n  ca.crt: {SecondDer64}\n");

        Assert.Equal(["data.ca.crt", "document 2, data.ca.crt"], result.Items.Select(i => i.Position));
    }

    [Fact]
    public async Task Read_KeysThatAreNoText_LoseNothing()
    {
        var result = await Reader.ReadAsync($"? [a, b]\n: {First64}\n? {{c: d}}\n: e: {SecondDer64}\n");

        Assert.Equal([_first.RawData, _second.RawData], result.Certificates());
    }

    [Theory]
    [InlineData(
        """<a href="data:application/x-x509-ca-cert;base64,{0}">First</a> <img src="data:image/png;base64,iVBORw0KGgo="> <a href='data:;base64,{1}'>Second</a>"""
    )]
    [InlineData("""body { background: url(data:application/x-pem-file;base64,{0}) url(data:application/pkix-cert;base64,{1}) }""")]
    [InlineData("""[ "data:application/x-x509-ca-cert;base64,{0}", "data:application/x-x509-ca-cert;base64,{1}" ]""")]
    [InlineData("data:application/x-x509-ca-cert;base64,{0}\ndata:application/x-x509-ca-cert;base64,{1}")]
    public async Task Read_DataUrls_GiveEveryCertificate(string text)
    {
        var result = await Reader.ReadAsync(text.Replace("{0}", Uri.EscapeDataString(Convert.ToBase64String(_first.RawData))).Replace("{1}", SecondDer64));

        Assert.Equal([_first.RawData, _second.RawData], result.Certificates());
        Assert.Equal(2, result.Items.Count);
        Assert.All(result.Items, i => Assert.StartsWith("data: URL, line ", i.Position));
    }

    [Fact]
    public async Task Read_DataUrlOfText_GivesTheCertificate()
    {
        var result = await Reader.ReadAsync($"see data:application/x-pem-file,{Uri.EscapeDataString(FirstPem)} and so on\n{_second.ExportCertificatePem()}");

        Assert.Equal([_first.RawData, _second.RawData], result.Certificates());
    }

    [Fact]
    public async Task Read_AliasBomb_IsNotExpanded()
    {
        var bomb = new StringBuilder($"a: &a {First64}\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n");
        for (var c = 'c'; c <= 'z'; c++)
            bomb.Append(null, $"{c}: &{c} [*{(char)(c - 1)}, *{(char)(c - 1)}, *{(char)(c - 1)}, *{(char)(c - 1)}, *{(char)(c - 1)}]\n");

        Assert.Equal([_first.RawData], (await Reader.ReadAsync(bomb.ToString())).Certificates());
    }

    [Theory]
    [InlineData("[", "YAML")]
    [InlineData("{a: ", "YAML")]
    [InlineData("- ", "YAML")]
    [InlineData("[", "JSON")]
    [InlineData("{\"a\":", "JSON")]
    public async Task Read_NestedDeeply_EndsAtTheBound(string opening, string language)
    {
        var before = language == "JSON" ? $$"""[ "{{First64}}", """ : $"ca: {First64}\nb: ";
        var item = (await Reader.ReadAsync(before + (opening == "- " ? "\n" : "") + string.Concat(Enumerable.Repeat(opening, 100_000)))).Items[0];

        Assert.NotEqual("File not read in time", item.Kind);
    }

    [Fact]
    public async Task Read_MoreValuesThanAllowed_IsRefusedAsAWhole() =>
        Assert.Equal(
            "File with too many items",
            Assert.Single((await Reader.ReadAsync(Encoding.UTF8.GetBytes(Secret), limits: new() { MaxCertificates = 1 })).Items).Kind);

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _key.Dispose();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
