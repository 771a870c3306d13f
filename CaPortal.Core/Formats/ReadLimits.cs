namespace CaPortal.Core.Formats;

/// <summary>Bounds on the work that one uploaded file may cause: the section <c>CaPortal:Limits</c>. They are checked before the work is done.</summary>
public sealed class ReadLimits
{
    /// <summary>Bytes in one file, and in all that comes out of an archive.</summary>
    public int MaxFileBytes { get; set; } = 10 * 1024 * 1024;

    /// <summary>Certificates in one file.</summary>
    public int MaxCertificates { get; set; } = 10_000;

    /// <summary>Bytes in one certificate.</summary>
    public int MaxCertificateBytes { get; set; } = 64 * 1024;

    /// <summary>Iterations of one password-based key derivation.</summary>
    public int MaxKeyDerivationIterations { get; set; } = 1_000_000;

    /// <summary>Iterations of all key derivations of one file together.</summary>
    public int MaxTotalKeyDerivationIterations { get; set; } = 2_000_000;

    /// <summary>Bytes that one scrypt derivation may work on (128 · N · r · p, RFC 7914 §2); four times as many in the whole file.</summary>
    public int MaxScryptBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Time for reading one file.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(20);
}
