using System.Buffers;
using System.Text;

namespace CaPortal.Core.Formats;

/// <summary><c>data:</c> URLs (RFC 2397) anywhere in text: on a page, in a style sheet, in JSON.</summary>
internal sealed class DataUrlFormat : ICertificateFormat
{
    private const int MaxHead = 128;

    private static readonly SearchValues<byte> HeadCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&^_.+-/=;\\"u8);

    private static readonly SearchValues<byte> Ends = SearchValues.Create("\"'<>()`{}[], \t\r\n"u8);

    public string Name => "Text with data: URLs";

    private static ReadOnlySpan<byte> Scheme => "data:"u8;

    public ReadOutcome Read(ReadRequest request)
    {
        if (FileText.Read(request.Content) is not { } content)
            return ReadOutcome.NotThisFormat.Instance;

        var files = new List<ContainedFile>();
        var text = content.Span;
        var line = 1;
        for (int at; files.Count <= request.Limits.MaxCertificates && (at = text.IndexOf(Scheme)) >= 0;)
        {
            request.CancellationToken.ThrowIfCancellationRequested();
            line += text[..at].Count((byte)'\n');
            text = text[(at + Scheme.Length)..];
            if (DataOf(text) is { Length: > 0 } data)
                files.Add(new($"data: URL, line {line}", data));
        }

        return files.Count == 0 ? ReadOutcome.NotThisFormat.Instance
            : files.Count > request.Limits.MaxCertificates ? ReadItems.TooMany(request.Limits)
            : new ReadOutcome.Embedded(files, []);
    }

    /// <summary>What the URL holds; null where none follows, or it is of a kind that is only looked at or heard.</summary>
    private static ReadOnlyMemory<byte>? DataOf(ReadOnlySpan<byte> text)
    {
        var headLength = text[..Math.Min(text.Length, MaxHead)].IndexOfAnyExcept(HeadCharacters);
        if (headLength < 0 || text[headLength] != ',')
            return null;
        var head = text[..headLength];
        if (head.StartsWith("image"u8) || head.StartsWith("font"u8) || head.StartsWith("audio"u8) || head.StartsWith("video"u8))
            return null;
        text = text[(headLength + 1)..];
        var end = text.IndexOfAny(Ends);
        var body = Uri.UnescapeDataString(Encoding.Latin1.GetString(end < 0 ? text : text[..end]));
        var bytes = Encoding.Latin1.GetBytes(body);
        return head.EndsWith(";base64"u8) ? Base64Text.Decode(bytes) : bytes;
    }
}
