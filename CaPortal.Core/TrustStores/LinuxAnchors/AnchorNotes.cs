using CaPortal.Core.Certificates;
using CaPortal.Core.Files;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>
/// Remarks about files that others have put into the anchors folder. The command takes every file that has the right name and
/// says nothing. Whether programs read what is in it is another question.
/// </summary>
internal sealed class AnchorNotes(AnchorsLayout layout)
{
    private string Tool => Path.GetFileName(layout.Command);

    /// <summary>One note for each file that programs do not take as it is meant.</summary>
    public IEnumerable<TrustStoreNote> Of(AnchorsInventory found) => found.Local
        .Where(f => !layout.IsOwn(f.Path))
        .Select(f => OfDamaged(f) ?? OfUnread(f) ?? OfSeveral(f))
        .Concat(found.Misnamed.Select(OfMisnamed))
        .OfType<TrustStoreNote>();

    private TrustStoreNote? OfDamaged(AnchorFile file) => file.Content.DamagedBlocks == 0 ? null : new(
        file.Path,
        $"{Named(file)} has certificate blocks that cannot be read ({file.Content.DamagedBlocks}). "
            + (layout.Debian is null ? $"{Tool} passes over them." : $"With its next run {Tool} puts them into '{layout.Bundle}', "
            + "and programs with OpenSSL then refuse all of it."),
        "Repair the file or delete it.",
        HidesCertificates: true);

    private TrustStoreNote? OfUnread(AnchorFile file) => file.Content.Unread switch
    {
        UnreadForm.Empty => new(file.Path, $"{Named(file)} is empty.", "Put a certificate in PEM into it, or delete it.", HidesCertificates: false),
        UnreadForm.Der => Unread(file, "is in DER. Programs read PEM alone and do not trust the certificate in it.", FromDer(file)),
        UnreadForm.Utf16 when file.Content.Certificates.Count > 0 => new(
            file.Path,
            $"{Named(file)} is in UTF-16 in a part of it. Programs pass over that part and do not trust the certificates in it.",
            "Write each certificate to a file of its own, in ASCII.",
            HidesCertificates: true),
        UnreadForm.Utf16 => Unread(file, "is in UTF-16. Programs read ASCII alone and do not trust the certificates in "
            + "it.", $"iconv -f UTF-16 -t UTF-8 {From(file)} > {To(file)}"),
        UnreadForm.Trusted when !layout.TakesAnyFile => Unread(
            file,
            "holds a TRUSTED CERTIFICATE, which is OpenSSL's own form. Programs with OpenSSL read it; others, such as those with GnuTLS, do not.",
            $"openssl x509 -in {From(file)} -out {To(file)}") with
        { HidesCertificates = false },
        UnreadForm.Pkcs7 => Unread(file, "is a PKCS#7 file. Programs read certificates in PEM alone and do not trust those in "
            + "it.", $"openssl pkcs7 -in {From(file)} -print_certs -out {To(file)}"),
        UnreadForm.Indented => new(
            file.Path,
            $"{Named(file)} has something before a -----BEGIN in its line. Programs with OpenSSL pass over that certificate and do not trust it.",
            "Remove what stands there, blanks too.",
            HidesCertificates: true),
        UnreadForm.Unknown => NoCertificate(file),
        UnreadForm.P11Kit when file.Content.Certificates.Count == 0 && !layout.TakesAnyFile => NoCertificate(file),
        _ => null,
    };

    private TrustStoreNote? OfSeveral(AnchorFile file) => layout.Debian is not { } debian || file.Content.Certificates.Count < 2 ? null : new(
        file.Path,
        $"{Named(file)} holds {file.Content.Certificates.Count} certificates. Programs that read '{layout.Bundle}' trust them all; "
            + $"programs that look them up in '{debian.LinksFolder}' find none of them.",
        "Put each certificate into a file of its own.",
        HidesCertificates: false);

    private TrustStoreNote? OfMisnamed(AnchorFile file) => file.Content switch
    {
        { Unread: UnreadForm.Der } => Misnamed(file, $"Convert it: {FromDer(file)}. Then delete {From(file)} and"),
        { Certificates.Count: > 0 } or { Unread: UnreadForm.Utf16 or UnreadForm.Trusted or UnreadForm.Pkcs7 or UnreadForm.Indented } =>
                Misnamed(file, $"Rename it: mv {From(file)} {To(file)}. Then"),
        _ => null,
    };

    private TrustStoreNote Misnamed(AnchorFile file, string what) => new(
        file.Path,
        $"{Named(file)} has a name that does not end in {AnchorsLayout.Extension}. {Tool} passes over it, and programs do not trust the certificates in it.",
        $"{what} run {Tool} as root.",
        HidesCertificates: true);

    private TrustStoreNote Unread(AnchorFile file, string what, string conversion) =>
        new(file.Path, $"{Named(file)} {what}", $"Convert it: {conversion}. Then delete {From(file)} and run {Tool} as root.", HidesCertificates: true);

    private static TrustStoreNote NoCertificate(AnchorFile file) =>
        new(file.Path, $"{Named(file)} holds no certificate that programs can "
            + "read.", "Put a certificate in PEM into it, or delete it.", HidesCertificates: false);

    private static string Named(AnchorFile file) => $"The file '{DisplayText.Visible(file.Path)}'";

    private static string FromDer(AnchorFile file) => $"openssl x509 -inform DER -in {From(file)} -out {To(file)}";

    private static string From(AnchorFile file) => ShellPath.Quote(file.Path);

    /// <summary>A name beside the file that every command takes.</summary>
    private static string To(AnchorFile file)
    {
        var ending = Path.GetExtension(file.Path) == AnchorsLayout.Extension ? $"-pem{AnchorsLayout.Extension}" : AnchorsLayout.Extension;
        return ShellPath.Quote(Path.Join(Path.GetDirectoryName(file.Path), Path.GetFileNameWithoutExtension(file.Path) + ending));
    }
}
