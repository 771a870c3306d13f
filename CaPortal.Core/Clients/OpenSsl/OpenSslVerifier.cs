using System.Net;
using System.Runtime.InteropServices;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Clients.OpenSsl;

/// <summary>How a program has OpenSSL verify; the values are OpenSSL's own (<c>X509_V_FLAG_...</c>).</summary>
[Flags]
internal enum VerifyFlags : uint
{
    /// <summary>A chain ends at a self-signed root.</summary>
    None = 0,

    /// <summary>Certificates must follow RFC 5280 to the letter.</summary>
    Strict = 0x20,

    /// <summary>Each certificate of the list is an anchor, an intermediate among the roots too.</summary>
    PartialChain = 0x80000,
}

/// <summary>
/// Has the system's OpenSSL verify chains, in this process: some 0.1 to 0.4 ms each. Certificates are given to it only after
/// the portal's own bounds on size and encoding; the same library reads them inside .NET anyway.
/// </summary>
internal static class OpenSslVerifier
{
    /// <summary>A wildcard does not match a part of a label; OpenSSL's <c>X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS</c>.</summary>
    public const uint NoPartialWildcards = 0x4;

    /// <summary>The library takes some 13 KB for one certificate.</summary>
    private const int CacheSize = 1_000;

    /// <summary>
    /// Certificates as the library keeps them, by SHA-256: most of the time goes into reading the keys of the same certificates.
    /// The library lets several threads use one. What is forgotten is freed at once: the garbage collector does not see what it takes.
    /// </summary>
    private static readonly BoundedCache<string, CertificateHandle> Certificates = new(CacheSize, c => c.Dispose());

    private static readonly Lazy<int> SecurityLevel = new(LibCrypto.DefaultSecurityLevel);

    /// <summary>Asks it.</summary>
    /// <param name="question">The question.</param>
    /// <param name="flags">How the program has it verify.</param>
    /// <param name="hostFlags">How the program has it compare names: 0, or <see cref="NoPartialWildcards"/>.</param>
    public static ClientAnswer? Ask(ClientQuestion question, VerifyFlags flags, uint hostFlags)
    {
        if (LibCrypto.Version is null || question.Presented.Count == 0)
            return null;

        var used = new List<CertificateHandle>();
        var (store, untrusted, context) = (LibCrypto.NewStore(), LibCrypto.NewStack(), LibCrypto.NewContext());
        try
        {
            var leaf = Read(question.Presented[0], used);
            if (leaf == 0)
                return new ClientAnswer(ClientProblem.Malformed, "unreadable certificate", Thumbprints.Sha256(question.Presented[0].Span));

            // One that it cannot read is passed over, as programs do with what a server sends.
            // Of the list such a program has the file of the roots, and no other.
            var isReady = question.Roots.Select(r => Read(r, used)).All(r => r == 0 || LibCrypto.AddToStore(store, r) == 1)
                && question.Presented.Skip(1).Select(o => Read(o, used)).All(o => o == 0 || LibCrypto.Push(untrusted, o) > 0)
                && LibCrypto.Begin(context, store, leaf, untrusted) == 1
                && LibCrypto.SetDefault(context, "ssl_server") == 1
                && SetParameters(LibCrypto.ParametersOf(context), question, flags, hostFlags);
            if (!isReady)
                return null;
            return LibCrypto.Verify(context) == 1 ? ClientAnswer.Accepted : Refusal(context);
        }
        finally
        {
            LibCrypto.FreeContext(context);
            LibCrypto.FreeStore(store);
            LibCrypto.FreeStack(untrusted);
            used.ForEach(c => c.DangerousRelease());
            LibCrypto.ClearErrors();
        }
    }

    private static bool SetParameters(nint parameters, ClientQuestion question, VerifyFlags flags, uint hostFlags)
    {
        LibCrypto.SetTime(parameters, (nint)question.At.ToUnixTimeSeconds());
        LibCrypto.SetSecurityLevel(parameters, SecurityLevel.Value);
        LibCrypto.SetHostFlags(parameters, hostFlags);
        return LibCrypto.SetFlags(parameters, new CULong((uint)flags)) == 1 && question.ServerName switch
        {
            null => true,
            var name when IPAddress.TryParse(name, out var address) => LibCrypto.SetAddress(parameters, address.ToString()) == 1,
            var name => LibCrypto.SetHost(parameters, name, 0) == 1,
        };
    }

    private static ClientAnswer Refusal(nint context)
    {
        var error = LibCrypto.ErrorOf(context);
        var reason = Marshal.PtrToStringUTF8(LibCrypto.ErrorText(new CLong(error)));
        return new ClientAnswer(OpenSslErrors.ProblemOf(error), reason ?? $"error {error}", Sha256Of(LibCrypto.CurrentCertificateOf(context)));
    }

    private static string? Sha256Of(nint certificate)
    {
        if (certificate == 0 || LibCrypto.WriteCertificate(certificate, 0) is not (> 0 and var length))
            return null;
        var der = new byte[length];
        var buffer = Marshal.AllocHGlobal(length);
        var end = buffer;
        var written = LibCrypto.WriteCertificate(certificate, ref end);
        Marshal.Copy(buffer, der, 0, length);
        Marshal.FreeHGlobal(buffer);
        return written == length ? Thumbprints.Sha256(der) : null;
    }

    /// <summary>The certificate, which stays what it is until it is released; 0 where the library cannot read it.</summary>
    private static nint Read(ReadOnlyMemory<byte> der, List<CertificateHandle> used)
    {
        var kept = Certificates.GetOrAdd(Thumbprints.Sha256(der.Span), static (_, d) => CertificateHandle.Read(d.Span), der);
        if (!TryHold(kept, used))
        {
            // Forgotten by another thread in this moment.
            using var own = CertificateHandle.Read(der.Span);
            TryHold(own, used);
        }
        return used[^1].DangerousGetHandle();
    }

    private static bool TryHold(CertificateHandle certificate, List<CertificateHandle> used)
    {
        try
        {
            var isHeld = false;
            certificate.DangerousAddRef(ref isHeld);
            used.Add(certificate);
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }
}
