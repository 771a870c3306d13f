using System.Buffers;
using System.Runtime.Versioning;
using System.Text;

namespace CaPortal.Core.Programs;

/// <summary>
/// The command line of a process. It stays bytes, which are erased at the end: only what is asked for becomes text. Any argument
/// may be secret.
/// </summary>
internal sealed class Arguments : IDisposable
{
    private const int MaxBytes = 256 * 1024;
    private const int MaxArguments = 4096;
    private const int MaxLength = 4096;

    private readonly byte[] _content;
    private readonly int _length;
    private readonly List<Range> _arguments = [];

    private Arguments(byte[] content, int length)
    {
        (_content, _length) = (content, length);

        // nginx writes its whole command line into one argument that other programs show.
        IsTitle = content.AsSpan(0, length).StartsWith("nginx: "u8);
        var separators = IsTitle ? "\0 "u8 : "\0"u8;
        for (var start = 0; start < length && _arguments.Count < MaxArguments;)
        {
            var end = content.AsSpan(start, length - start).IndexOfAny(separators) is var found and >= 0 ? start + found : length;
            if (end > start || !IsTitle)
                _arguments.Add(start..end);
            start = end + 1;
        }
    }

    /// <summary>The process has put a text of its own in the place of its command line.</summary>
    public bool IsTitle { get; }

    /// <summary>
    /// The process has put something else in the place of its command line. Those that do fill what is left with zeros, or have one
    /// text in which the program is not named.
    /// </summary>
    /// <param name="executable">The executable that the process runs.</param>
    public bool IsRewritten(string executable) =>
        IsTitle
        || (_length < MaxBytes && _content.AsSpan(0, _length).EndsWith("\0\0"u8))
        || (Count == 1 && !Ends(0, Encoding.UTF8.GetBytes(Path.GetFileName(executable))));

    /// <summary>How many there are, the program's own name included.</summary>
    public int Count => _arguments.Count;

    private ReadOnlySpan<byte> this[int index] => _content.AsSpan(_arguments[index]);

    /// <summary>Those of a process; none where it has ended or may not be looked at.</summary>
    [SupportedOSPlatform("linux")]
    public static Arguments Of(int process)
    {
        var content = ArrayPool<byte>.Shared.Rent(MaxBytes);
        return new(content, ProcFile.Read(process, "cmdline", content));
    }

    /// <summary>Whether an argument is this.</summary>
    public bool Is(int index, ReadOnlySpan<byte> text) => index < Count && this[index].SequenceEqual(text);

    /// <summary>Whether an argument begins so.</summary>
    public bool Begins(int index, ReadOnlySpan<byte> text) => index < Count && this[index].StartsWith(text);

    /// <summary>Whether an argument ends so.</summary>
    public bool Ends(int index, ReadOnlySpan<byte> text) => index < Count && this[index].EndsWith(text);

    /// <summary>An argument as text, which the caller knows not to be secret; null if there is none, or it is too long for a path.</summary>
    /// <param name="index">Which one.</param>
    /// <param name="skip">How many bytes at its beginning are left out.</param>
    public string? Text(int index, int skip = 0) =>
        index < Count && this[index].Length is var length && length > skip && length <= MaxLength ? Encoding.UTF8.GetString(this[index][skip..]) : null;

    /// <summary>The values of an option, in their order, in the argument after it or in the same.</summary>
    /// <param name="option">The option: <c>-c</c>.</param>
    public IEnumerable<string> ValuesOf(string option)
    {
        var bytes = Encoding.UTF8.GetBytes(option);
        for (var i = 1; i < Count; i++)
        {
            if (Is(i, bytes) && Text(i + 1) is { } next)
                yield return next;
            else if (!option.StartsWith("--", StringComparison.Ordinal) && Begins(i, bytes) && Text(i, bytes.Length) is { } attached)
                yield return attached;
        }
    }

    /// <summary>Erases them.</summary>
    public void Dispose()
    {
        Array.Clear(_content, 0, _length);
        ArrayPool<byte>.Shared.Return(_content);
    }
}
