using System.ComponentModel;

namespace CaPortal.Api.Contracts;

/// <summary>A file to add, in the shape of Azure API Management.</summary>
public sealed record EncodedUpload
{
    [Description("The file in base64; a PEM text may stand there as it is.")]
    public required string? EncodedCertificate { get; init; }

    [Description("The password of the file, where it has one.")]
    public string? CertificatePassword { get; init; }

    [Description("Root, CertificateAuthority, or Auto for the store that fits each certificate.")]
    public string? StoreName { get; init; }

    [Description("Why; goes into the activity log.")]
    public string? Reason { get; init; }

    [Description("Codes of the Errors that are accepted; needs a reason.")]
    public IReadOnlyList<string?>? Override { get; init; }

    [Description("Adds the good certificates where others are refused.")]
    public bool SkipInvalid { get; init; }

    [Description("Adds them also where trusted back-ends would not be trusted any more.")]
    public bool Force { get; init; }
}
