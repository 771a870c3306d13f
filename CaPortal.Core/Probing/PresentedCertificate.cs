using CaPortal.Core.Certificates;

namespace CaPortal.Core.Probing;

/// <summary>A certificate that a server sent.</summary>
/// <param name="Sha256">SHA-256 of <paramref name="Der"/>, 64 lower-case hexadecimal digits.</param>
/// <param name="Der">Its DER encoding.</param>
/// <param name="Facts">What was read from it; null where it cannot be read.</param>
public sealed record PresentedCertificate(string Sha256, ReadOnlyMemory<byte> Der, CertificateFacts? Facts);
