using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>What the objects of a p11-kit file say of the certificates in it.</summary>
internal sealed class P11KitMarks(List<P11KitObject> objects)
{
    private readonly Dictionary<string, List<Finding>> _rules = [];

    /// <summary>Whether the block is the public key of a rule, which is remembered for the certificate with that key.</summary>
    public bool TakeRule(PemBlock block, ReadOnlySpan<byte> text)
    {
        if (block.Label != "PUBLIC KEY" || ObjectAt(block.Start) is not { IsRule: true } rule)
            return false;
        if (rule.RuleMark() is { } mark && Base64Text.Decode(text.Slice(block.Start, block.Length)) is { } key)
        {
            var sha256 = Thumbprints.Sha256(key.Span);
            if (!_rules.TryGetValue(sha256, out var marks))
                _rules[sha256] = marks = [];
            marks.Add(mark);
        }

        return true;
    }

    /// <summary>The certificate of the block at <paramref name="position"/> with what the file says of it.</summary>
    public ReadItem AppliedTo(ReadItem item, int position)
    {
        if (item.Facts is not { } facts || ObjectAt(position) is not { } entry)
            return item;
        var marked = entry.AppliedTo(item);
        return marked with { Findings = [.. marked.Findings, .. _rules.GetValueOrDefault(facts.PublicKeySha256) ?? []] };
    }

    private P11KitObject? ObjectAt(int position)
    {
        // A block belongs to the object whose lines it is in.
        var (low, high) = (0, objects.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (objects[middle].End <= position)
                low = middle + 1;
            else if (objects[middle].Start > position)
                high = middle - 1;
            else
                return objects[middle];
        }

        return null;
    }
}
