using System.Reflection;
using System.Runtime.InteropServices;

namespace CaPortal.Core.Clients.OpenSsl;

/// <summary>
/// The public functions of the system's libcrypto and libssl that verify chains. On Linux this is the very library that .NET
/// has loaded. On other systems programs bring their own, so there is none to ask.
/// </summary>
internal static partial class LibCrypto
{
    private const string Crypto = "caportal-libcrypto";
    private const string Ssl = "caportal-libssl";

    // In the order in which .NET looks for them.
    private static readonly string[] Versions = ["so.3", "so.4", "so.1.1"];

    private static readonly Lazy<string?> Loaded = new(Load);

    private static nint _crypto;
    private static nint _ssl;

    /// <summary>Its version: <c>3.0.19</c>; null if it is not here.</summary>
    public static string? Version => Loaded.Value;

    [LibraryImport(Crypto, EntryPoint = "d2i_X509")]
    public static partial nint ReadCertificate(nint reuse, ref nint der, nint length);

    [LibraryImport(Crypto, EntryPoint = "X509_free")]
    public static partial void FreeCertificate(nint certificate);

    [LibraryImport(Crypto, EntryPoint = "i2d_X509")]
    public static partial int WriteCertificate(nint certificate, nint target);

    [LibraryImport(Crypto, EntryPoint = "i2d_X509")]
    public static partial int WriteCertificate(nint certificate, ref nint target);

    [LibraryImport(Crypto, EntryPoint = "X509_STORE_new")]
    public static partial nint NewStore();

    [LibraryImport(Crypto, EntryPoint = "X509_STORE_free")]
    public static partial void FreeStore(nint store);

    [LibraryImport(Crypto, EntryPoint = "X509_STORE_add_cert")]
    public static partial int AddToStore(nint store, nint certificate);

    [LibraryImport(Crypto, EntryPoint = "OPENSSL_sk_new_null")]
    public static partial nint NewStack();

    [LibraryImport(Crypto, EntryPoint = "OPENSSL_sk_push")]
    public static partial int Push(nint stack, nint item);

    [LibraryImport(Crypto, EntryPoint = "OPENSSL_sk_free")]
    public static partial void FreeStack(nint stack);

    [LibraryImport(Crypto, EntryPoint = "X509_STORE_CTX_new")]
    public static partial nint NewContext();

    [LibraryImport(Crypto, EntryPoint = "X509_STORE_CTX_free")]
    public static partial void FreeContext(nint context);

    [LibraryImport(Crypto, EntryPoint = "X509_STORE_CTX_init")]
    public static partial int Begin(nint context, nint store, nint certificate, nint untrusted);

    [LibraryImport(Crypto, EntryPoint = "X509_STORE_CTX_set_default", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetDefault(nint context, string purpose);

    [LibraryImport(Crypto, EntryPoint = "X509_STORE_CTX_get0_param")]
    public static partial nint ParametersOf(nint context);

    [LibraryImport(Crypto, EntryPoint = "X509_VERIFY_PARAM_set_flags")]
    public static partial int SetFlags(nint parameters, CULong flags);

    [LibraryImport(Crypto, EntryPoint = "X509_VERIFY_PARAM_set_time")]
    public static partial void SetTime(nint parameters, nint unixSeconds);

    [LibraryImport(Crypto, EntryPoint = "X509_VERIFY_PARAM_set_auth_level")]
    public static partial void SetSecurityLevel(nint parameters, int level);

    [LibraryImport(Crypto, EntryPoint = "X509_VERIFY_PARAM_set_hostflags")]
    public static partial void SetHostFlags(nint parameters, uint flags);

    [LibraryImport(Crypto, EntryPoint = "X509_VERIFY_PARAM_set1_host", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetHost(nint parameters, string name, nint length);

    [LibraryImport(Crypto, EntryPoint = "X509_VERIFY_PARAM_set1_ip_asc", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetAddress(nint parameters, string address);

    [LibraryImport(Crypto, EntryPoint = "X509_check_host", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int CheckHost(CertificateHandle certificate, string name, nint length, uint flags, nint peer);

    [LibraryImport(Crypto, EntryPoint = "X509_verify_cert")]
    public static partial int Verify(nint context);

    [LibraryImport(Crypto, EntryPoint = "X509_STORE_CTX_get_error")]
    public static partial int ErrorOf(nint context);

    [LibraryImport(Crypto, EntryPoint = "X509_STORE_CTX_get_current_cert")]
    public static partial nint CurrentCertificateOf(nint context);

    [LibraryImport(Crypto, EntryPoint = "X509_verify_cert_error_string")]
    public static partial nint ErrorText(CLong error);

    [LibraryImport(Crypto, EntryPoint = "ERR_clear_error")]
    public static partial void ClearErrors();

    [LibraryImport(Crypto, EntryPoint = "OpenSSL_version")]
    private static partial nint VersionText(int part);

    [LibraryImport(Ssl, EntryPoint = "TLS_client_method")]
    private static partial nint ClientMethod();

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_new")]
    private static partial nint NewSslContext(nint method);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_free")]
    private static partial void FreeSslContext(nint context);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_get_security_level")]
    private static partial int SecurityLevelOf(nint context);

    /// <summary>The security level of a TLS client that sets none: what the library was built with, or what the system's configuration says.</summary>
    public static int DefaultSecurityLevel()
    {
        var context = NewSslContext(ClientMethod());
        if (context == 0)
            return 1;
        try
        {
            return SecurityLevelOf(context);
        }
        finally
        {
            FreeSslContext(context);
        }
    }

    private static string? Load()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        foreach (var version in Versions)
        {
            if (NativeLibrary.TryLoad($"libcrypto.{version}", out _crypto) && NativeLibrary.TryLoad($"libssl.{version}", out _ssl))
            {
                NativeLibrary.SetDllImportResolver(typeof(LibCrypto).Assembly, Resolve);

                // "OpenSSL 3.0.19 27 Jan 2026"
                return Marshal.PtrToStringUTF8(VersionText(0))?.Split(' ') is ["OpenSSL", var number, ..] ? number : null;
            }
        }

        return null;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name switch
    {
        Crypto => _crypto,
        Ssl => _ssl,
        _ => 0,
    };
}
