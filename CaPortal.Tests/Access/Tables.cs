namespace CaPortal.Tests.Access;

/// <summary>Tables that must name everything that there is, and nothing else.</summary>
internal static class Tables
{
    public static void AssertComplete(IEnumerable<string> table, IEnumerable<string> existing)
    {
        var (rows, real) = (table.ToList(), existing.ToList());
        var differences = real.Except(rows).Select(e => $"no row for {e}").Concat(rows.Except(real).Select(r => $"there is no {r}")).ToList();
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.Equal(rows.Distinct(), rows);
    }
}
