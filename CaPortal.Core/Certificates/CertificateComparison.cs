namespace CaPortal.Core.Certificates;

/// <summary>One thing that two certificates say.</summary>
/// <param name="Label">What it is.</param>
/// <param name="First">What the first says; null if it says nothing of that.</param>
/// <param name="Second">What the second says; null if it says nothing of that.</param>
public sealed record ComparedValue(string Label, string? First, string? Second)
{
    /// <summary>Both say the same.</summary>
    public bool IsSame => First == Second;
}

/// <summary>Two certificates side by side, as for the renewal of a CA. All texts are safe to show and bounded in length.</summary>
public static class CertificateComparison
{
    /// <summary>What they say in general, then their extensions in the order of the first, then those that the second alone has.</summary>
    public static IReadOnlyList<ComparedValue> Compare(CertificateDetails first, CertificateDetails second) =>
    [
        .. Pairs(first.General.Select(d => (d.Label, d.Label, d.Value)), second.General.Select(d => (d.Label, d.Label, d.Value))),
        .. Pairs(first.Extensions.Select(Extension), second.Extensions.Select(Extension)),
    ];

    private static (string Key, string Label, string Value) Extension(CertificateExtensionDetail extension) =>
        (extension.Oid, extension.Name, extension.IsCritical ? $"Critical\n{extension.Text}" : extension.Text);

    private static IEnumerable<ComparedValue> Pairs(
        IEnumerable<(string Key, string Label, string Value)> first, IEnumerable<(string Key, string Label, string Value)> second)
    {
        // A certificate must not have an extension twice (RFC 5280 §4.2), and one that has is shown all the same.
        var left = first.GroupBy(v => v.Key).ToList();
        var right = second.GroupBy(v => v.Key).ToDictionary(g => g.Key);
        foreach (var values in left)
        {
            right.Remove(values.Key, out var others);
            yield return new ComparedValue(values.First().Label, TextOf(values), others is null ? null : TextOf(others));
        }

        foreach (var values in right.Values)
            yield return new ComparedValue(values.First().Label, null, TextOf(values));
    }

    private static string TextOf(IEnumerable<(string Key, string Label, string Value)> values) => string.Join('\n', values.Select(v => v.Value));
}
