namespace CaPortal.Core.Reading;

/// <summary>Bare base64 without BEGIN and END lines. What it encodes is read as a file of its own.</summary>
internal sealed class Base64Format : ICertificateFormat
{
    private const int Shortest = 32;

    public string Name => "Base64";

    public ReadOutcome Read(ReadRequest request) =>
        FileText.Read(request.Content) is { Length: >= Shortest } text && Base64Text.Decode(text.Span) is { Length: > 0 } content
            ? new ReadOutcome.Encoded(content)
            : ReadOutcome.NotThisFormat.Instance;
}
