using System.Formats.Asn1;
using System.Globalization;
using System.Text.RegularExpressions;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Certificates;

public sealed partial class AsnTreeTests
{
    [Fact]
    public async Task Read_Certificate_HasEveryValueThatOpenSslHas()
    {
        Tool.Require("openssl");
        using var directory = new TemporaryDirectory();
        using var root = TestCertificates.Root();
        using var leaf = TestCertificates.Server(root);
        var file = Path.Combine(directory.Path, "leaf.der");
        await File.WriteAllBytesAsync(file, leaf.RawData, TestContext.Current.CancellationToken);

        var tree = AsnTree.Read(leaf.RawData);

        Assert.True(tree.IsWhole);
        var ours = All(tree.Root!).Select(n => (n.Offset, n.Length)).ToHashSet();
        var theirs = ValueLines().Matches(await Tool.RunAsync("", "openssl", "asn1parse", "-inform", "DER", "-in", file))
            .Select(m => (Offset: Number(m.Groups[1]), Length: Number(m.Groups[2]) + Number(m.Groups[3]))).ToList();
        Assert.True(theirs.Count > 40, "OpenSSL's output was not understood.");
        Assert.Empty(theirs.Except(ours));
    }

    [Fact]
    public void Read_Certificate_SaysWhatValuesAre()
    {
        using var root = TestCertificates.Root("Corp Root");

        var nodes = All(AsnTree.Read(root.RawData).Root!).ToList();

        Assert.Equal("SEQUENCE", nodes[0].Type);
        Assert.Contains(nodes, n => (n.Type, n.Text) == ("OBJECT IDENTIFIER", "2.5.29.19 (Basic constraints)"));
        Assert.Contains(nodes, n => n.Text == "Corp Root");
        Assert.Contains(nodes, n => (n.Type, n.Text) == ("BOOLEAN", "TRUE"));
        var start = TestCertificates.Yesterday.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
        Assert.Contains(nodes, n => (n.Type, n.Text) == ("UTCTime", start));

        // What an extension wraps is part of the tree.
        var constraints = nodes[nodes.FindIndex(n => n.Text.StartsWith("2.5.29.19", StringComparison.Ordinal)) + 2];
        Assert.Equal(("OCTET STRING", "SEQUENCE"), (constraints.Type, Assert.Single(constraints.Children).Type));
    }

    [Fact]
    public void Read_CutAnywhereOrChangedAnywhere_NeverThrows()
    {
        using var root = TestCertificates.Root();
        var der = root.RawData;

        for (var i = 0; i < der.Length; i++)
        {
            Assert.False(AsnTree.Read(der.AsMemory(0, i)).IsWhole);
            var changed = (byte[])der.Clone();
            changed[i] ^= 0xFF;
            AsnTree.Read(changed);
        }
    }

    [Fact]
    public void Read_NestedTooDeepOrTooMuch_ShowsTheBeginning()
    {
        var deep = new AsnWriter(AsnEncodingRules.DER);
        for (var i = 0; i < 1000; i++)
            deep.PushSequence();
        for (var i = 0; i < 1000; i++)
            deep.PopSequence();
        var wide = new AsnWriter(AsnEncodingRules.DER);
        using (wide.PushSequence())
        {
            for (var i = 0; i < 100_000; i++)
                wide.WriteNull();
        }

        Assert.All([deep, wide], writer =>
        {
            var tree = AsnTree.Read(writer.Encode());
            Assert.False(tree.IsWhole);
            Assert.InRange(All(tree.Root!).Count(), 2, AsnTree.MaxNodes);
        });
    }

    [Fact]
    public void Read_KeyIdentifierThatLooksLikeAnEncoding_IsOctets()
    {
        // In an extension's value, an OCTET STRING whose 20 octets happen to be a value of 18.
        byte[] identifier = [0x04, 0x12, .. new byte[18]];

        var value = AsnTree.Read(new byte[] { 0x04, 0x16, 0x04, 0x14 }.Concat(identifier).ToArray()).Root!;

        Assert.Equal((Convert.ToHexString(identifier), 0), (Assert.Single(value.Children).Text, value.Children[0].Children.Count));
    }

    [Theory]
    [InlineData("0C0461E280AE", "a\\u{202E}")] // A mark that turns the direction of writing.
    [InlineData("02080123456789ABCDEF", "81985529216486895")]
    [InlineData("02090123456789ABCDEF01", "0123456789ABCDEF01")]
    [InlineData("0201FF", "-1")]
    [InlineData("03020780", "1 bits: 80")]
    [InlineData("8204612E6578", "a.ex")]
    [InlineData("8204C0A80001", "C0A80001")]
    [InlineData("0101FF", "TRUE")]
    [InlineData("0500", "")]
    [InlineData("1303C3A9FF", "C3A9FF")] // Not printable, although it says so.
    public void Read_Value_IsSafeAndReadable(string encoding, string text) =>
        Assert.Equal(text, AsnTree.Read(Convert.FromHexString(encoding)).Root!.Text);

    private static IEnumerable<AsnNode> All(AsnNode node) => [node, .. node.Children.SelectMany(All)];

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\s*(\d+):d=\s*\d+\s+hl=\s*(\d+)\s+l=\s*(\d+)", RegexOptions.Multiline, 5000)]
    private static partial Regex ValueLines();
}
