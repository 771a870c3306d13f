namespace CaPortal.Core.Certificates;

/// <summary>
/// The identity of a CA certificate under management: its content and its store. Subject, serial number and
/// SHA-1 thumbprint can be chosen or collide, so they are never an identity.
/// </summary>
/// <param name="Store">The store that it is in.</param>
/// <param name="Sha256">SHA-256 of the DER encoding, 64 lower-case hexadecimal digits.</param>
public readonly record struct CaCertificateKey(CaStore Store, string Sha256);
