using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Architecture;

public sealed class LineLengthTests
{
    private const int MaxLength = 160;

    private static readonly string[] _generated = ["bin", "obj", "Migrations"];

    [Fact]
    public void Lines_OfCode_AreShortEnoughToRead()
    {
        var files = Directory.EnumerateFiles(Repository.Path, "*.cs", SearchOption.AllDirectories)
            .Where(f => !Path.GetRelativePath(Repository.Path, f).Split(Path.DirectorySeparatorChar).Any(_generated.Contains)).ToList();

        Assert.True(files.Count > 100);
        Assert.Empty(files.SelectMany(f => TooLong(File.ReadAllLines(f)).Select(n => $"{Path.GetRelativePath(Repository.Path, f)}:{n}")));
    }

    [Theory]
    [InlineData(160, false)]
    [InlineData(161, true)]
    public void Line_OfThisLength_IsTooLong(int length, bool isTooLong) =>
        Assert.Equal(isTooLong, TooLong([$"var text = {new string('x', length - 11)}"]).Any());

    /// <summary>The numbers of lines that are too long. What is in a raw string is text of another language, and a word cannot be broken.</summary>
    private static IEnumerable<int> TooLong(IReadOnlyList<string> lines)
    {
        var isRaw = false;
        foreach (var (index, line) in lines.Index())
        {
            var quotes = line.Split("\"\"\"").Length - 1;
            if (line.Length > MaxLength && !isRaw && quotes == 0 && line.Trim().Contains(' ', StringComparison.Ordinal))
                yield return index + 1;
            isRaw ^= quotes % 2 == 1;
        }
    }
}
