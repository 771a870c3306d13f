namespace CaPortal.Core.Formats;

/// <summary>
/// The bytes that one file, with the archives in it, may hold once it is unpacked, regardless of what the file says about its
/// size.
/// </summary>
internal sealed class UnpackBudget(int maxBytes)
{
    private const int Piece = 64 * 1024;

    private int _left = maxBytes;

    /// <summary>Reads a stream to its end; null if it is longer than what is left.</summary>
    public byte[]? Read(Stream packed, CancellationToken cancellationToken)
    {
        using var unpacked = new MemoryStream();
        var piece = new byte[Piece];
        for (int read; (read = packed.Read(piece)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (read > _left)
                return null;
            _left -= read;
            unpacked.Write(piece, 0, read);
        }

        return unpacked.ToArray();
    }

    /// <summary>What is said where it is longer.</summary>
    /// <param name="kind">What the file is, in words that start a label: <c>ZIP archive</c>.</param>
    /// <param name="limits">Where the bound comes from.</param>
    public static ReadOutcome.Broken TooLarge(string kind, ReadLimits limits) => new(
        $"{kind} that is too large",
        $"Unpacked, the archive holds more than the {limits.MaxFileBytes:N0} bytes that are read.",
        "Unpack it and add the certificate files in it; the setting CaPortal:Limits:MaxFileBytes raises the limit.");
}
