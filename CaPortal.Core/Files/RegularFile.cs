namespace CaPortal.Core.Files;

/// <summary>
/// Reads files that others can put something else in place of: a pipe, from which nothing may ever come, a device, which
/// may never end, or more than fits into memory.
/// </summary>
internal static class RegularFile
{
    /// <summary>Bytes in the longest file that is read: a list of 20,000 certificates in PEM.</summary>
    public const long MostBytes = 64 * 1024 * 1024;

    /// <summary>Whether there is something of this name that is no file to be read, such as a pipe; links are followed.</summary>
    public static bool IsSomethingElse(string path) => !OperatingSystem.IsWindows() && NativeFiles.IsSpecial(path);

    /// <summary>Reads a file to its end.</summary>
    /// <exception cref="UnfitFileException">It is no file, or too long.</exception>
    public static byte[] Read(string path) => Read(path, out _);

    /// <summary>Reads a file to its end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="identity">Which file that was, and in which state.</param>
    /// <exception cref="UnfitFileException">It is no file, or too long.</exception>
    public static byte[] Read(string path, out FileIdentity identity)
    {
        if (IsSomethingElse(path))
            throw new UnfitFileException($"'{path}' is a pipe or a device, where a file is needed.", "Find out who put it there, and move it elsewhere.");

        using var handle = File.OpenHandle(path);
        identity = FileIdentity.Of(handle);
        var length = identity.Length;
        if (length > MostBytes)
            throw new UnfitFileException($"The file '{path}' has {length:N0} bytes, more than the {MostBytes:N0} that are read.", "Find out who made it that long, and move it elsewhere.");

        var content = new byte[length];
        var read = 0;
        while (read < content.Length && RandomAccess.Read(handle, content.AsSpan(read), read) is var count and > 0)
            read += count;
        return content[..read];
    }
}

/// <summary>Something else than a file of bearable length was found.</summary>
internal sealed class UnfitFileException(string message, string advice) : IOException(message)
{
    /// <summary>One sentence: what to do.</summary>
    public string Advice { get; } = advice;
}
