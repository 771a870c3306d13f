using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;

namespace CaPortal.Core.Inspection;

/// <summary>A file as it was uploaded, or a text as it was pasted.</summary>
/// <param name="Name">Its name, as the browser gave it. Untrusted text.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Password">The password as typed; null where none was given.</param>
public sealed record UploadedFile(string Name, ReadOnlyMemory<byte> Content, string? Password = null);

/// <summary>What is in the uploaded files, and how it relates to what is there.</summary>
/// <param name="Revision">The revision that it was compared with.</param>
/// <param name="Files">The files, in the order of the upload.</param>
public sealed record InspectionResult(long Revision, IReadOnlyList<InspectedFile> Files)
{
    /// <summary>Every item of every file.</summary>
    public IEnumerable<InspectedItem> Items => Files.SelectMany(f => f.Items);
}

/// <summary>What is in one file.</summary>
/// <param name="Name">Its name. Untrusted text.</param>
/// <param name="Sha256">SHA-256 of its content, 64 lower-case hexadecimal digits.</param>
/// <param name="Format">Its format; see <see cref="ReadResult.Format"/>.</param>
/// <param name="Password">Whether it needs a password.</param>
/// <param name="Items">Its items.</param>
public sealed record InspectedFile(string Name, string Sha256, string Format, PasswordState Password, IReadOnlyList<InspectedItem> Items);

/// <summary>One item of a file with everything that was found about it.</summary>
/// <param name="FileName">The file that it is in. Untrusted text.</param>
/// <param name="FileSha256">SHA-256 of that file's content; null where it was found on this machine and not uploaded.</param>
/// <param name="Item">The item.</param>
/// <param name="Findings">All findings of reading and checking, for both stores.</param>
public sealed record InspectedItem(string FileName, string? FileSha256, ReadItem Item, IReadOnlyList<Finding> Findings)
{
    /// <summary>Where it was found on this machine; null where it was uploaded.</summary>
    public UnmanagedCertificate? Found { get; init; }

    /// <summary>Its facts; null where it is no readable certificate.</summary>
    public CertificateFacts? Facts => Item.Facts;

    /// <summary>What holds for it in <paramref name="store"/>.</summary>
    public IEnumerable<Finding> FindingsFor(CaStore store) => Findings.Where(f => f.AppliesTo(store));

    /// <summary>It is in <paramref name="store"/> already, or earlier in this upload.</summary>
    public bool IsDuplicateIn(CaStore store) => FindingsFor(store).Any(f => f.Code == FindingCode.Duplicate);

    /// <summary>The Errors that keep it out of <paramref name="store"/> unless they are overridden.</summary>
    public IEnumerable<Finding> ErrorsFor(CaStore store) => FindingsFor(store).Where(f => f.Severity == FindingSeverity.Error);
}
