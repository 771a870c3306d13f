using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Java;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores.Mutants;

/// <summary>What the portal lets into files that programs share can be read by each of them.</summary>
public sealed class MutantTests : IDisposable
{
    private const int Seed = 20260303;
    private const int Many = 1500;
    private const int Few = 60;

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Bases_Pass() => Assert.All(MutantBases.All, b => Assert.True(Passes(b.Der) && JavaKeys.CanRead(b.Der), b.Key));

    public static TheoryData<string, int, string, string> Poisons => new()
    {
        { "a curve that only begins like P-256", 1, "06082A8648CE3D030107", "06092A8648CE3D03010701" },
        { "a curve that only begins like P-384", 2, "06052B81040022", "06062B8104002201" },
        { "a point that is not on the curve", 1, "034200046B17", "034200046B18" },
        { "a point at infinity", 2, "PublicKey", "03020000" },
        { "a key of Ed25519 that is too short", 9, "PublicKey", "03020001" },
        { "a name without a text in issuerAltName", 1, "30058203612E62", "30028200" },
        { "flags in three octets", 1, "040403020186", "0406030401868600" },
        { "a salt of less than no bytes", 0, "A203020120", "A2030201FF" },
        { "a hash that is none", 0, "0609608648016503040201", "0609608648016503040299" },
        { "a number of a revocation list", 1, "0603551D24", "0603551D1B" },
        { "an address of five octets", 1, "87040A000001", "87050A00000101" },
        { "a text that is no ASCII in a DNS name", 1, "8203612E62", "8203E42E62" },
    };

    /// <summary>Each of these has kept Java or GnuTLS from a whole file.</summary>
    [Theory]
    [MemberData(nameof(Poisons))]
    public void Check_PartThatAReaderMinds_IsKeptOut(string what, int number, string part, string instead)
    {
        var root = DerNode.Parse(MutantBases.All[number].Der);
        var key = root.Children![0].Children![6].Children!;
        if (part == "PublicKey")
            key[1] = DerNode.Parse(Convert.FromHexString(instead));
        else
            Assert.NotEmpty(ReplaceAll(root, Convert.FromHexString(part), Convert.FromHexString(instead)));

        Assert.False(Passes(root.Encode()), what);
    }

    [Fact]
    public void Check_SignatureAlgorithmThatIsAnotherInside_IsKeptOut()
    {
        var root = DerNode.Parse(MutantBases.All[1].Der);
        root.Children![1] = DerNode.Parse(Convert.FromHexString("300A06082A8648CE3D040303"));

        Assert.False(Passes(root.Encode()));
    }

    [Fact]
    public void Check_ExtensionWithAVeryLongIdentifier_IsKeptOut()
    {
        var root = DerNode.Parse(MutantBases.All[1].Der);
        root.Children![0].Children![^1].Children![0].Children![0].Children![0].Content = [0x2B, .. Enumerable.Repeat((byte)25, 60)];

        Assert.False(Passes(root.Encode()));
    }

    [Fact]
    public async Task WhatPasses_OfFewMutants_IsReadByJavaAndGnuTls()
    {
        var passed = Mutant.Make(Few, Seed).Where(Passes).ToList();
        Assert.InRange(passed.Count, Few / 10, Few * 9 / 10);

        Assert.All((await new InstalledReaders(_folder).RefusedAsync(passed, ["keytool", "GnuTLS"])), r => Assert.Empty(r.Value));
    }

    [Fact(Explicit = true)]
    public async Task WhatPasses_OfManyMutants_IsReadByEveryInstalledReader()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("MUTANT_SEED") ?? $"{Seed}", System.Globalization.CultureInfo.InvariantCulture);
        var mutants = Mutant.Make(Many, seed);
        var passed = mutants.AsParallel().AsOrdered().Where(Passes).ToList();
        var forJava = passed.Where(der => JavaKeys.CanRead(der)).ToList();
        var refused = await new InstalledReaders(_folder).RefusedAsync(passed);

        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"{mutants.Count} mutants, {passed.Count} pass for PEM files, {forJava.Count} of these for Java truststores");
        foreach (var (reader, some) in refused)
        {
            var ofThese = some.Where(s => reader is not ("Java" or "keytool") || forJava.Contains(s.Der)).ToList();
            output.WriteLine($"{reader} refuses {ofThese.Count}");
            foreach (var (der, reason) in ofThese)
                output.WriteLine($"  {reader} {Convert.ToBase64String(der)} {reason.ReplaceLineEndings(" ")}");
        }

        Assert.All(refused, r => Assert.DoesNotContain(r.Value, s => r.Key is not ("Java" or "keytool") || forJava.Contains(s.Der)));
    }

    /// <summary>Elements that are exactly this become others.</summary>
    private static List<DerNode> ReplaceAll(DerNode root, byte[] part, byte[] instead)
    {
        var found = root.All().Where(n => n.Encode().AsSpan().StartsWith(part)).ToList();
        foreach (var node in found)
        {
            var changed = DerNode.Parse([.. instead, .. node.Encode().AsSpan(part.Length)]);
            (node.Tag, node.Content, node.Children) = (changed.Tag, changed.Content, changed.Children);
        }

        return found;
    }

    private static bool Passes(byte[] der) =>
        CertificateFactsReader.Read(der) is { Facts: not null } reading
        && !reading.Findings.Concat(Inspection.Check(der)).Any(f => Finding.KeptOutOfSharedFiles.Contains(f.Code))
        && LoadableCertificates.Contains(Thumbprints.Sha256(der), der);
}
