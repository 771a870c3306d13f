using System.Globalization;
using System.Reflection;
using CaPortal.Core;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Logging;

namespace CaPortal.Tests.Architecture;

/// <summary>The table of event ids in the documentation is the code's.</summary>
public sealed class EventIdTests
{
    [Fact]
    public void Table_OfEventIds_IsThatOfTheCode()
    {
        var told = File.ReadLines(Path.Combine(Repository.Path, "docs", "operations.md"))
            .Select(l => l.Split(" | "))
            .Where(c => c.Length == 4 && int.TryParse(c[0].TrimStart('|', ' '), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(c =>
                (Id: int.Parse(c[0].TrimStart('|', ' '), CultureInfo.InvariantCulture), Level: c[1], Line: c[2], IsToDoSaid: c[3].TrimEnd('|', ' ').Length > 0)
            );

        Assert.Equal(Lines().OrderBy(l => l.EventId).Select(l => (l.EventId, l.Level.ToString(), l.Message, true)), told);
    }

    [Fact]
    public void EventIds_AreUnique() =>
        Assert.Empty(Lines().GroupBy(l => l.EventId).Where(g => g.Count() > 1).Select(g => g.Key));

    private static IEnumerable<LoggerMessageAttribute> Lines() =>
        from assembly in new[] { typeof(CoreServices).Assembly, typeof(Program).Assembly }
        from type in assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        let line = method.GetCustomAttribute<LoggerMessageAttribute>()
        where line is not null
        select line;
}
