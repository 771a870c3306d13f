using System.IO.Compression;

namespace CaPortal.Core.Formats;

/// <summary>Gzip (RFC 1952), which packs one file: that one is read, such as the tar archive of a .tar.gz.</summary>
internal sealed class GzipFormat : ICertificateFormat
{
    private const string Advice =
        "Download or copy it again, in binary mode, or unpack it (gzip -dk FILE, or tar -xf FILE) and add the certificate files in it.";

    public string Name => "Gzip archive";

    /// <summary>
    /// Unpacked after the file. If the output does not end with it, the file was cut off, which .NET does not report.
    /// </summary>
    private static readonly byte[] EndMark = [.. "end of the gzip file"u8];

    private static readonly byte[] PackedEndMark = Pack(EndMark);

    private static ReadOnlySpan<byte> Start => [0x1f, 0x8b];

    public ReadOutcome Read(ReadRequest request)
    {
        if (!request.Content.Span.StartsWith(Start))
            return ReadOutcome.NotThisFormat.Instance;
        try
        {
            using var packed = new GZipStream(new MemoryStream([.. request.Content.Span, .. PackedEndMark], writable: false), CompressionMode.Decompress);
            return request.Unpacking.Read(packed, request.CancellationToken) is not { } content ? UnpackBudget.TooLarge(Name, request.Limits)
                : content.AsSpan().EndsWith(EndMark) ? new ReadOutcome.Encoded(content.AsMemory(..^EndMark.Length))
                : Damaged("it is cut off");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return Damaged(ReadItems.Reason(e));
        }
    }

    private static ReadOutcome.Broken Damaged(string reason) => new("Damaged gzip archive", $"The gzip archive cannot be read: {reason}.", Advice);

    private static byte[] Pack(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
            stream.Write(content);
        return packed.ToArray();
    }
}
