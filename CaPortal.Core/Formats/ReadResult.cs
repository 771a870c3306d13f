using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>Whether a file could be opened with the password that was given.</summary>
public enum PasswordState
{
    /// <summary>The file has no password, or the right one was given.</summary>
    NotNeeded,

    /// <summary>The file needs a password, and none was given.</summary>
    Needed,

    /// <summary>The file's integrity check says that the password is wrong.</summary>
    Wrong,
}

/// <summary>What was found in one file.</summary>
/// <param name="Format">The file's format as people call it: <c>PEM</c>, <c>PKCS#12</c>, <c>Java keystore</c>, <c>ZIP archive</c>;
/// <c>Unknown</c> where it is none.</param>
/// <param name="Password">Whether a password is needed, for the file or for one in it; what needs none is among the items all the same.</param>
/// <param name="Items">Every item found, in the order of the file. Never empty: a file of nothing yields one item that says so, and
/// a file that needs a password one that asks for it.</param>
public sealed record ReadResult(string Format, PasswordState Password, IReadOnlyList<ReadItem> Items);

/// <summary>One item of a file: a certificate, or the reason why it is none.</summary>
public sealed record ReadItem
{
    /// <summary>
    /// What it is, in words that start a label: <c>Certificate</c>, <c>Private key</c>, <c>Certificate signing request</c>,
    /// <c>Damaged certificate</c>.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>
    /// Where it is in the file, for people: <c>block 3, line 41</c>; <c>entry "corp root"</c>; <c>data.ca.crt</c>; null if
    /// the file is just this item.
    /// </summary>
    public string? Position { get; init; }

    /// <summary>The name that the file gives to it (PKCS#12 friendly name, Java alias). Untrusted text.</summary>
    public string? FriendlyName { get; init; }

    /// <summary>The certificate's facts; null if the item is no readable certificate.</summary>
    public CertificateFacts? Facts { get; init; }

    /// <summary>The certificate's DER encoding: exactly one element, nothing behind it; empty if the item is no readable certificate.</summary>
    public ReadOnlyMemory<byte> Der { get; init; }

    /// <summary>What reading itself found: why the item is not usable, a private key beside it, which parser refused it.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];
}
