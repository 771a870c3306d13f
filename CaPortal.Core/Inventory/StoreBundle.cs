namespace CaPortal.Core.Inventory;

/// <summary>The certificates of a store as they can be handed to any program.</summary>
/// <param name="Certificates">In the order of their SHA-256, so that equal content gives equal bytes.</param>
/// <param name="LeftOut">How many are left out, because they would stop the programs that read a file with them in it.</param>
public sealed record StoreBundle(IReadOnlyList<BundledCertificate> Certificates, int LeftOut);

/// <summary>A certificate of a bundle.</summary>
/// <param name="Sha256">SHA-256 of the DER encoding, 64 lower-case hexadecimal digits.</param>
/// <param name="Der">The DER encoding.</param>
public sealed record BundledCertificate(string Sha256, byte[] Der);
