namespace CaPortal.Core.Formats;

/// <summary>Names the archives that are not read, with the command that unpacks them.</summary>
internal sealed class PackedFileFormat : ICertificateFormat
{
    private const string SevenZip = "7z x FILE";

    private static readonly (byte[] Magic, string Kind, string Article, string Command)[] Magics =
    [
        ("BZh"u8.ToArray(), "Bzip2 archive", "a bzip2 archive", "bzip2 -dk FILE, or tar -xf FILE for a .tar.bz2"),
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "XZ archive", "an XZ archive", "xz -dk FILE, or tar -xf FILE for a .tar.xz"),
        ([0x28, 0xb5, 0x2f, 0xfd], "Zstandard archive", "a Zstandard archive", "zstd -d FILE, or tar -xf FILE for a .tar.zst"),
        ([0x04, 0x22, 0x4d, 0x18], "LZ4 archive", "an LZ4 archive", "lz4 -dk FILE"),
        ("LZIP"u8.ToArray(), "Lzip archive", "an lzip archive", "lzip -dk FILE, or tar -xf FILE for a .tar.lz"),
        ([0x1f, 0x9d], "Compress archive", "an archive of compress (.Z)", "gzip -dk FILE"),
        ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "7-Zip archive", "a 7-Zip archive", SevenZip),
        ("Rar!"u8.ToArray(), "RAR archive", "a RAR archive", "unrar x FILE, or 7z x FILE"),
        ("MSCF"u8.ToArray(), "Cabinet archive", "a cabinet archive (.cab)", "cabextract FILE, or expand FILE -F:* . on Windows"),
        ("xar!"u8.ToArray(), "XAR archive", "a XAR archive (or an installer of macOS)", "xar -xf FILE"),
        ("!<arch>\n"u8.ToArray(), "Debian package", "a Debian package (or an archive of ar)", "dpkg-deb -x FILE ."),
        ([0xed, 0xab, 0xee, 0xdb], "RPM package", "an RPM package", "rpm2cpio FILE | cpio -idm"),
    ];

    public string Name => "Archive";

    public ReadOutcome Read(ReadRequest request)
    {
        foreach (var (magic, kind, article, command) in Magics)
        {
            if (request.Content.Span.StartsWith(magic))
                return new ReadOutcome.Broken(
                    kind,
                    $"This is {article}, which CaPortal does not unpack.",
                    $"Unpack it ({command}) and add the certificate files in it.");
        }

        return request.Content.Span.StartsWith("bplist0"u8)
            ? new ReadOutcome.Broken(
                "Binary property list",
                "This is a property list of Apple in its binary form, which CaPortal does not read.",
                "Convert it and add the result: plutil -convert xml1 -o profile.mobileconfig FILE")
            : ReadOutcome.NotThisFormat.Instance;
    }
}
