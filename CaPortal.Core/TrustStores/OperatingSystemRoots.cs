using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores;

/// <summary>A root certificate of the operating system's own list.</summary>
/// <param name="Sha256">SHA-256 of <paramref name="Der"/>, 64 lower-case hexadecimal digits.</param>
/// <param name="Der">Its DER encoding.</param>
public sealed record SystemRoot(string Sha256, ReadOnlyMemory<byte> Der);

/// <summary>The roots that this machine trusts without CaPortal. Read when first asked for, and again after a while.</summary>
public sealed class OperatingSystemRoots(TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private Task<IReadOnlyList<SystemRoot>>? _roots;
    private DateTimeOffset _readAt;

    /// <summary>The roots, at most five minutes old. Reads them on another thread; callers at the same time share one read.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The operating system's list cannot be read.</exception>
    public Task<IReadOnlyList<SystemRoot>> GetAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (_roots is null || _roots.IsFaulted || now - _readAt >= Lifetime)
            {
                _roots = Task.Run(Read, CancellationToken.None);
                _readAt = now;
            }

            return _roots.WaitAsync(cancellationToken);
        }
    }

    private static IReadOnlyList<SystemRoot> Read()
    {
        using var store = new X509Store(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
        var roots = new List<SystemRoot>();
        foreach (var certificate in store.Certificates)
        {
            using (certificate)
                roots.Add(new SystemRoot(Thumbprints.Sha256(certificate.RawDataMemory.Span), certificate.RawData));
        }

        return [.. roots.DistinctBy(r => r.Sha256)];
    }
}
