using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores.Programs;

/// <summary>
/// A program of this machine that says, in a fresh process, which certificates it takes from a trust store. Registered by
/// one line in <see cref="CoreServices"/>.
/// </summary>
public interface ITrustProgram
{
    /// <summary>Its name, for people: <c>OpenSSL</c>.</summary>
    string Name { get; }

    /// <summary>Whether it is installed.</summary>
    bool IsAvailable { get; }

    /// <summary>Whether it can be asked about this trust store.</summary>
    bool Reads(ITrustStore store);

    /// <summary>
    /// What it makes of the certificates: true for those that it trusts (roots) or finds (others), false for those that it
    /// does not. One that it cannot judge is left out.
    /// </summary>
    /// <exception cref="TrustProgramException">It could not be asked; the message says why.</exception>
    Task<IReadOnlyDictionary<CaCertificateKey, bool>> AskAsync(
        ITrustStore store, IReadOnlyList<TrustedCertificate> certificates, CancellationToken cancellationToken);

    /// <summary>The same of <see cref="ProgramFile.Combined"/>; nothing where it cannot be asked about that.</summary>
    /// <exception cref="TrustProgramException">It could not be asked; the message says why.</exception>
    Task<IReadOnlyDictionary<CaCertificateKey, bool>> AskAboutCombinedAsync(
        ITrustStore store, IReadOnlyList<TrustedCertificate> certificates, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<CaCertificateKey, bool>>(new Dictionary<CaCertificateKey, bool>());
}

/// <summary>A program could not be asked what it trusts.</summary>
public sealed class TrustProgramException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>It runs, and cannot open the trust store's file: it trusts nothing that is in it.</summary>
    public bool CannotOpen { get; init; }
}

/// <summary>What a program said to a trust store.</summary>
public enum ProgramAnswer
{
    /// <summary>It trusts what the trust store holds, and not what was taken out of it.</summary>
    Agrees,

    /// <summary>It does not.</summary>
    Differs,

    /// <summary>It trusts what the trust store holds, and by another of its lists also what was taken out.</summary>
    TrustsElsewhere,

    /// <summary>It cannot open the trust store's file, and so trusts nothing that is in it.</summary>
    CannotOpen,

    /// <summary>It could not be asked.</summary>
    None,
}

/// <summary>What came of asking one program about one trust store.</summary>
/// <param name="Reader">The name of the program. Stored entries have it under this name.</param>
/// <param name="TrustStore">The trust store's <see cref="ITrustStore.Name"/>.</param>
/// <param name="Answer">Whether it agrees.</param>
/// <param name="Detail">One or two sentences: what it says that differs, or why it could not be asked; null where it agrees.</param>
/// <param name="Asked">Number of certificates that it was asked about.</param>
/// <param name="Duration">Time that it took.</param>
public sealed record ProgramVerdict(string Reader, string TrustStore, ProgramAnswer Answer, string? Detail, int Asked, TimeSpan Duration);
