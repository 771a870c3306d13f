using System.Text.RegularExpressions;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Architecture;

/// <summary>A style that one component uses is beside it; global ones are shared, in small files.</summary>
public sealed partial class StyleTests
{
    private const int MaxLines = 300;

    /// <summary>Global, though one component alone has the class: given to a component of MudBlazor around which it has no element of its own.</summary>
    private static readonly string[] WithoutAnElement = ["app-bar", "backend-mode", "dialog-summary", "list-filter-group"];

    /// <summary>Global, as others change it by rules that must win, or as it is there also where no component is.</summary>
    private static readonly string[] ChangedByOthers = ["col-by", "glyph", "page-stopped"];

    private static readonly string Portal = Path.Combine(Repository.Path, "CaPortal");

    [Fact]
    public void GlobalFiles_AreSmall() =>
        Assert.All(GlobalFiles(), f => Assert.True(File.ReadLines(f).Count() < MaxLines, f));

    [Fact]
    public void GlobalClasses_AreSharedByComponents()
    {
        var sources = Sources();
        var classes = GlobalFiles().SelectMany(f => SelectorsIn(File.ReadAllText(f))).SelectMany(ClassesIn).Distinct().ToList();

        Assert.True(classes.Count > 50, "The global styles were not found.");
        Assert.Empty(classes.Where(c => sources.Values.Count(s => Uses(s, c)) < 2).Except([.. WithoutAnElement, .. ChangedByOthers]));
    }

    [Fact]
    public void IsolatedClasses_AreThoseOfTheirComponent()
    {
        var sources = Sources();
        var files = Directory.GetFiles(Path.Combine(Portal, "Components"), "*.razor.css", SearchOption.AllDirectories);

        Assert.NotEmpty(files);
        Assert.Empty(
            from file in files
            let component = Path.GetFileName(file)[..^".razor.css".Length]
            from selector in SelectorsIn(File.ReadAllText(file))
            from name in ClassesIn(selector.Split("::deep")[0].Trim().Split(' ', '>', '+', '~')[^1])
            where !Uses(sources[component], name)
            select $"{component}: {selector}");
    }

    private static IEnumerable<string> GlobalFiles() =>
        Directory.GetFiles(Path.Combine(Portal, "wwwroot", "css"), "*.css").Where(f => Path.GetFileName(f) != "plain.css");

    /// <summary>What each component is written in.</summary>
    private static Dictionary<string, string> Sources() => Directory.GetFiles(Path.Combine(Portal, "Components"), "*", SearchOption.AllDirectories)
        .Where(f => f.EndsWith(".razor", StringComparison.Ordinal) || f.EndsWith(".cs", StringComparison.Ordinal))
        .GroupBy(f => Path.GetFileName(f).Split('.')[0])
        .ToDictionary(g => g.Key, g => string.Concat(g.Select(File.ReadAllText)));

    private static IEnumerable<string> SelectorsIn(string css) =>
        Heads().Matches(Comments().Replace(css, "")).Select(m => m.Groups[1].Value).Where(h => !h.TrimStart().StartsWith('@'))
            .SelectMany(h => h.Split(',')).Select(s => s.Trim());

    private static IEnumerable<string> ClassesIn(string selector) =>
        Classes().Matches(selector).Select(m => m.Groups[1].Value).Where(c => !c.StartsWith("mud-", StringComparison.Ordinal) && !OfMudBlazor.Contains(c));

    /// <summary>Classes of MudBlazor that do not say so.</summary>
    private static readonly string[] OfMudBlazor = ["column-header", "column-options", "flex-grow-1", "pointer-events-none", "sticky-right"];

    /// <summary>The class as a whole, or its beginning before what is put in: <c>due-@urgency</c>, <c>$"key-{status}"</c>.</summary>
    private static bool Uses(string source, string name) =>
        Regex.IsMatch(source, $@"(?<![\w-]){Regex.Escape(name)}(?![\w-])", RegexOptions.None, TimeSpan.FromSeconds(5))
        || (name.LastIndexOf('-') is > 0 and var end
            && Regex.IsMatch(source, $@"(?<![\w-]){Regex.Escape(name[..end])}-[@{{]", RegexOptions.None, TimeSpan.FromSeconds(5)));

    [GeneratedRegex(@"([^{}]+)\{", RegexOptions.None, 5000)]
    private static partial Regex Heads();

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline, 5000)]
    private static partial Regex Comments();

    [GeneratedRegex(@"\.([a-zA-Z][\w-]*)", RegexOptions.None, 5000)]
    private static partial Regex Classes();
}
