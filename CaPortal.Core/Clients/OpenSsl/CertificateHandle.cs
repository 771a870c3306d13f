using System.Runtime.InteropServices;

namespace CaPortal.Core.Clients.OpenSsl;

/// <summary>A certificate as OpenSSL keeps it (<c>X509*</c>); invalid where it cannot read the certificate.</summary>
internal sealed class CertificateHandle : SafeHandle
{
    public CertificateHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Has OpenSSL read a certificate.</summary>
    public static CertificateHandle Read(ReadOnlySpan<byte> der)
    {
        var certificate = new CertificateHandle();
        var buffer = Marshal.AllocHGlobal(der.Length);
        try
        {
            Marshal.Copy(der.ToArray(), 0, buffer, der.Length);
            var start = buffer;
            certificate.SetHandle(LibCrypto.ReadCertificate(0, ref start, der.Length));
            return certificate;
        }
        finally
        {
            Marshal.FreeHGlobal(buffer);
        }
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.FreeCertificate(handle);
        return true;
    }
}
