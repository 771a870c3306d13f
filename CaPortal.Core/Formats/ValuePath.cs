using System.Text;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>Where a value is in structured text, as the tools for such text write it: <c>items[0].data.tls.crt</c>.</summary>
internal sealed class ValuePath
{
    /// <summary>Deeper than people write; each level costs little, but a file of nothing else must not.</summary>
    public const int MaxDepth = 64;

    private const int MaxLength = 200;

    private readonly List<Level> _levels = [];

    /// <summary>Lists and maps that are open.</summary>
    public int Depth => _levels.Count;

    /// <summary>What is written before the path: which document of several it is in.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>The value that begins is in a list.</summary>
    public bool IsInList => _levels is [.., { IsList: true }];

    /// <summary>A value begins; in a list it is the next one.</summary>
    public void Next()
    {
        if (_levels is [.., { IsList: true } list])
            _levels[^1] = list with { Index = list.Index + 1 };
    }

    /// <summary>The key of the value that follows.</summary>
    public void Name(string key)
    {
        if (_levels is [.., var map])
            _levels[^1] = map with { Key = key };
    }

    /// <summary>A list or map begins.</summary>
    /// <exception cref="FormatException">They are nested too deeply.</exception>
    public void Open(bool isList)
    {
        if (_levels.Count == MaxDepth)
            throw new FormatException($"it is nested deeper than {MaxDepth} levels");
        _levels.Add(new(isList, "", -1));
    }

    /// <summary>The list or map ends.</summary>
    public void Close()
    {
        if (_levels.Count > 0)
            _levels.RemoveAt(_levels.Count - 1);
    }

    /// <summary>The path of the value that has begun.</summary>
    public override string ToString()
    {
        var path = new StringBuilder();
        foreach (var (isList, key, index) in _levels)
            path.Append(isList ? $"[{index}]" : path.Length == 0 ? key : $".{key}");
        return Prefix + DisplayText.Shorten(path.ToString(), MaxLength);
    }

    private readonly record struct Level(bool IsList, string Key, int Index);
}
