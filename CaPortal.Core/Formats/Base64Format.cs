namespace CaPortal.Core.Formats;

/// <summary>Bare base64 without BEGIN and END lines, also several such texts one behind the other. What it encodes is read as a file of its own.</summary>
internal sealed class Base64Format : ICertificateFormat
{
    private const int Shortest = 32;

    public string Name => "Base64";

    public ReadOutcome Read(ReadRequest request) =>
        FileText.Read(request.Content) is { Length: >= Shortest } text && Decode(text.Span) is { Length: > 0 } content
            ? new ReadOutcome.Encoded(content)
            : ReadOutcome.NotThisFormat.Instance;

    /// <summary>Padding ends a text; what follows is another one.</summary>
    private static ReadOnlyMemory<byte>? Decode(ReadOnlySpan<byte> whole)
    {
        var text = whole;
        if (text.TrimEnd(" \t\r\n\f\v=\"',;>|\0"u8).IndexOf((byte)'=') < 0)
            return Base64Text.Decode(text) ?? PemBody.Cured(text);
        var all = new MemoryStream(text.Length);
        while (text.IndexOfAnyExcept(" \t\r\n="u8) is >= 0 and var start)
        {
            text = text[start..];
            var padding = text.IndexOf((byte)'=');
            var end = padding < 0 ? text.Length : padding;
            if (Base64Text.Decode(text[..end]) is not { } part)
                return PemBody.Cured(whole);
            all.Write(part.Span);
            text = text[end..];
        }

        return all.ToArray();
    }
}
