namespace CaPortal.Core.Formats;

/// <summary>The values of structured text that are base64 of a file, as Kubernetes writes certificates.</summary>
internal sealed class EmbeddedValues(ReadRequest request)
{
    /// <summary>No certificate is shorter.</summary>
    private const int Shortest = 64;

    private readonly List<ContainedFile> _files = [];
    private readonly List<ReadItem> _damaged = [];

    /// <summary>How base64 of PEM text begins.</summary>
    public static ReadOnlySpan<byte> PemStart => "LS0tLS1CRUdJTi"u8;

    /// <summary>How base64 of DER begins that is longer than 255 bytes.</summary>
    public static ReadOnlySpan<byte> DerStart => "MII"u8;

    private bool IsFull => _files.Count + _damaged.Count > request.Limits.MaxCertificates;

    /// <summary>Takes the value if it may be a file.</summary>
    /// <param name="text">The value, in ASCII or UTF-8; JSON escapes may be in it.</param>
    /// <param name="path">Where it is.</param>
    /// <exception cref="OperationCanceledException">The time is up.</exception>
    public void Add(ReadOnlySpan<byte> text, ValuePath path)
    {
        request.CancellationToken.ThrowIfCancellationRequested();
        if (text.Length < Shortest && !text.StartsWith(PemStart) || path.Depth == 0 || IsFull)
            return;
        if (Base64Text.Decode(text) is { Length: > 0 } content)
            _files.Add(new(path.ToString(), content));
        else if (text.StartsWith(PemStart) || text.StartsWith(DerStart))
            _damaged.Add(
                ReadItems.Other(
                    "Damaged certificate",
                    "This begins like a certificate in base64, but characters are missing or changed.",
                    "Export or copy it again.",
                    path.ToString()));
    }

    /// <summary>The rest of the text cannot be read.</summary>
    /// <param name="format">What it is: <c>YAML</c>.</param>
    /// <param name="line">Where, counted from 1.</param>
    /// <param name="exception">Why.</param>
    public void AddDamage(string format, long line, Exception exception) =>
        _damaged.Add(
            ReadItems.Other(
                $"Damaged {format} text",
                $"From line {line:N0} on the {format} text cannot be read: {ReadItems.Reason(exception)}.",
                "Correct it there, or decode the values with base64 -d and add the files.",
                $"line {line:N0}"));

    /// <summary>All that was added.</summary>
    public ReadOutcome Outcome() =>
        IsFull ? ReadItems.TooMany(request.Limits)
        : _files.Count + _damaged.Count > 0 ? new ReadOutcome.Embedded(_files, _damaged)
        : ReadOutcome.NotThisFormat.Instance;
}
