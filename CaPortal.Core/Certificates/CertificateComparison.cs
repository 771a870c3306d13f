using System.Globalization;

namespace CaPortal.Core.Certificates;

/// <summary>One thing that two certificates say.</summary>
/// <param name="Label">What it is.</param>
/// <param name="First">What the first says, on lines of their own; null if it says nothing of that.</param>
/// <param name="Second">What the second says, on lines of their own; null if it says nothing of that.</param>
/// <param name="IsSame">Both say the same, also where not all of it is in the texts.</param>
public sealed record ComparedValue(string Label, string? First, string? Second, bool IsSame);

/// <summary>Two certificates side by side, as for the renewal of a CA. All texts are safe to show and bounded in length.</summary>
public static class CertificateComparison
{
    /// <summary>A certificate must not have an extension twice (RFC 5280 §4.2). One that has it more often than this is not shown with all.</summary>
    private const int MaxAlike = 3;

    /// <summary>What they say in general, then their extensions in the order of the first, then those that the second alone has.</summary>
    public static IReadOnlyList<ComparedValue> Compare(CertificateDetails first, CertificateDetails second) =>
    [
        .. first.General.Zip(second.General, (a, b) => new ComparedValue(a.Label, a.Value, b.Value, a.Value == b.Value)),
        .. Extensions(first, second),
        .. first.OmittedExtensions + second.OmittedExtensions == 0
            ? (ComparedValue[])[]
            : [new ComparedValue("More extensions, not compared", Count(first.OmittedExtensions), Count(second.OmittedExtensions), IsSame: false)],
    ];

    private static IEnumerable<ComparedValue> Extensions(CertificateDetails first, CertificateDetails second)
    {
        var others = second.Extensions.ToLookup(e => e.Oid);
        var own = first.Extensions.ToLookup(e => e.Oid);
        return own.Select(g => g.Key).Concat(others.Select(g => g.Key)).Distinct().Select(oid => new ComparedValue(
            own[oid].Concat(others[oid]).First().Name,
            TextOf([.. own[oid]]),
            TextOf([.. others[oid]]),
            own[oid].Select(e => (e.IsCritical, e.ValueSha256)).SequenceEqual(others[oid].Select(e => (e.IsCritical, e.ValueSha256)))));
    }

    private static string? TextOf(IReadOnlyList<CertificateExtensionDetail> alike)
    {
        if (alike.Count == 0)
            return null;
        var texts = alike.Take(MaxAlike).Select(e => e.IsCritical ? $"Critical\n{e.Text}" : e.Text);
        return string.Join('\n', alike.Count > MaxAlike ? texts.Append("…") : texts);
    }

    private static string Count(int number) => number.ToString(CultureInfo.InvariantCulture);
}
