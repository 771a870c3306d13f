using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>
/// Whether the signature's digest is one whose collisions can be made. Nobody relies on a root's own signature, so
/// for roots it does not matter.
/// </summary>
internal sealed class WeakSignatureCheck : ICertificateCheck
{
    public string Subject => "signature algorithm";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context)
    {
        if (certificate.Facts.IsSelfSigned)
            yield break;

        var algorithm = SignatureAlgorithm.Read(certificate.Encoded.SignatureAlgorithm);
        if (algorithm.IsWeak)
        {
            yield return new Finding(
                FindingCode.WeakSignature,
                FindingSeverity.Error,
                $"This certificate was signed with {algorithm.DigestName}, with which signatures can be forged; "
                    + "current programs refuse chains that it is part of.",
                "Ask the issuer to issue it again with SHA-256 or better.");
        }
    }
}
