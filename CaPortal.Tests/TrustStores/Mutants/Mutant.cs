using CaPortal.Core.Certificates;

namespace CaPortal.Tests.TrustStores.Mutants;

/// <summary>
/// Certificates that are almost good: one or two changes to a good one, most of them in its structure, so that lengths stay right.
/// The same for the same seed.
/// </summary>
internal static class Mutant
{
    private static readonly byte[] Tags =
    [
        0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0A, 0x0C, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1A, 0x1B, 0x1C, 0x1E, 0x30, 0x31,
        0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8,
    ];

    // Algorithms, curves, attributes, extensions: known ones, and some that only begin like one.
    private static readonly byte[][] Oids =
    [
        .. (
            (string[])
                [
                    "2A8648CE3D0201",
                    "2A864886F70D010101",
                    "2A864886F70D01010A",
                    "2A8648CE380401",
                    "2B6570",
                    "2B6571",
                    "2B656E",
                    "608648016503040311",
                    "2A8648CE3D030107",
                    "2A8648CE3D030108",
                    "2A8648CE3D03010701",
                    "2A8648CE3D0301",
                    "2B81040022",
                    "2B81040023",
                    "2B81040029",
                    "2B8104000A",
                    "2B8104007F",
                    "2B240303020801010A",
                    "2B2403030208010107",
                    "2A811CCF5501822D",
                    "551D0F",
                    "551D11",
                    "551D13",
                    "551D1E",
                    "551D1F",
                    "551D20",
                    "551D21",
                    "551D24",
                    "551D25",
                    "551D36",
                    "551D23",
                    "551D2E",
                    "551D12",
                    "551D10",
                    "551D09",
                    "551D03",
                    "2B06010505070101",
                    "2B0601050507010B",
                    "2B06010505070102",
                    "2B06010505070103",
                    "2B06010505070118",
                    "2B0601050507300105",
                    "6086480186F8420101",
                    "6086480186F842010D",
                    "2B06010401D679020402",
                    "2B060104018237140 2",
                    "2B0601040182371501",
                    "2B0601040182371507",
                    "551D1C",
                    "551D1D",
                    "551D14",
                    "551D15",
                    "551D1B",
                    "551D40",
                    "551D37",
                    "550403",
                    "550406",
                    "55040A",
                    "09922689 93F22C640119",
                    "2A864886F70D010901",
                    "55042D",
                    "551D2000",
                    "551D2500",
                    "2B0601050507020 1",
                    "2B06010505070202",
                    "00",
                    "7F",
                ]
        ).Select(o => Convert.FromHexString(o.Replace(" ", "", StringComparison.Ordinal))),
    ];

    private static readonly string[] Texts =
    [
        "",
        "a",
        "a.b",
        ".a",
        "a..b",
        "*.a",
        "-a.b",
        "a b",
        "a\0b",
        "\u00e4.b",
        "a@b",
        "@",
        "a@",
        "http://",
        "http:",
        "http://a b/",
        "http://[::1]/",
        "http://[::1/",
        "http://a:99999999/",
        "http://\u00e4/",
        "//x",
        "ldap:///CN=a?b",
        "x",
        ":",
        "%zz",
        "http://a/%zz",
        "urn:a:b",
        "250101000000Z",
        "20250101000000Z",
        "500101000000Z",
        "99991231235959Z",
        "00000101000000Z",
        "250230000000Z",
        "2501010000Z",
        "20250101000000.1Z",
        "250101000000+0000",
    ];

    /// <summary>So many different ones.</summary>
    public static List<byte[]> Make(int count, int seed)
    {
        var random = new Random(seed);
        var mutants = new Dictionary<string, byte[]>();
        while (mutants.Count < count)
        {
            var der = One(random, MutantBases.All[random.Next(MutantBases.All.Count)].Der);
            mutants.TryAdd(Thumbprints.Sha256(der), der);
        }

        return [.. mutants.Values];
    }

    private static byte[] One(Random random, byte[] good)
    {
        if (random.Next(12) == 0)
            return Bytes(random, good);
        var root = DerNode.Parse(good);
        var tbs = root.Children![0].Children!;
        if (random.Next(8) == 0)
            return Algorithm(random, root, tbs);
        for (var changes = random.Next(4) == 0 ? 2 : 1; changes > 0; changes--)
        {
            var all = root.All().ToList();
            var node = all[random.Next(1, all.Count)];
            if (node.Children is null && random.Next(5) > 0)
                node.Content = Content(random, node, all);
            else
                Structure(random, node, all);
        }

        return root.Encode();
    }

    /// <summary>The algorithm of the signature, in both of its places alike.</summary>
    private static byte[] Algorithm(Random random, DerNode root, List<DerNode> tbs)
    {
        var all = tbs[2].All().ToList();
        var node = all[random.Next(1, all.Count)];
        if (node.Children is null)
            node.Content = Content(random, node, all);
        else
            Structure(random, node, all);
        root.Children![1] = tbs[2];
        return root.Encode();
    }

    private static byte[] Content(Random random, DerNode node, List<DerNode> all)
    {
        if (node.Tag == 6 && random.Next(2) == 0)
            return random.Next(4) switch { 0 => [.. node.Content, (byte)random.Next(256)], 1 => node.Content[..^1], _ => Oids[random.Next(Oids.Length)] };
        if (node.Tag is 0x0C or 0x13 or 0x16 or 0x17 or 0x18 or 0x81 or 0x82 or 0x86 && random.Next(2) == 0)
            return System.Text.Encoding.Latin1.GetBytes(Texts[random.Next(Texts.Length)]);
        var others = all.Where(n => n.Children is null).ToList();
        return random.Next(10) switch
        {
            0 => [],
            1 => [0, .. node.Content],
            2 => [.. node.Content, .. node.Content],
            3 => [.. Enumerable.Repeat((byte)random.Next(256), random.Next(1, 300))],
            4 => others[random.Next(others.Count)].Content,
            5 => [(byte)random.Next(256)],
            _ => Bytes(random, node.Content),
        };
    }

    private static void Structure(Random random, DerNode node, List<DerNode> all)
    {
        var parent = all.First(n => n.Children?.Contains(node) == true);
        var siblings = parent.Children!;
        var at = siblings.IndexOf(node);
        var other = all[random.Next(all.Count)].Encode();
        switch (random.Next(9))
        {
            case 0:
                node.Tag = Tags[random.Next(Tags.Length)];
                break;
            case 1:
                node.Tag ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                siblings.RemoveAt(at);
                break;
            case 3:
                siblings.Insert(at, DerNode.Parse(node.Encode()));
                break;
            case 4:
                siblings.Reverse();
                break;
            case 5:
                siblings[at] = new DerNode { Tag = Tags[random.Next(Tags.Length)], Children = [node] };
                break;
            case 6:
                siblings.Insert(at, DerNode.Parse(other));
                break;
            case 7 when other.Length < 400:
                siblings[at] = DerNode.Parse(other);
                break;
            default:
                (node.Content, node.Children) = ([], null);
                break;
        }
    }

    private static byte[] Bytes(Random random, byte[] bytes)
    {
        List<byte> changed = [.. bytes];
        var at = random.Next(Math.Max(1, changed.Count));
        switch (changed.Count == 0 ? 3 : random.Next(4))
        {
            case 0:
                changed[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                changed[at] = (byte)random.Next(256);
                break;
            case 2:
                changed.RemoveAt(at);
                break;
            default:
                changed.Insert(at, (byte)random.Next(256));
                break;
        }

        return [.. changed];
    }
}
