using CaPortal.Core.Data;

namespace CaPortal.Core.Alerts;

/// <summary>
/// What ends over the coming twelve months: CA certificates under management, and the certificates that back-ends
/// presented last.
/// </summary>
public sealed class ExpiryRadar(PortalDatabase database, TimeProvider time)
{
    /// <summary>How far it looks ahead.</summary>
    public const int Months = 12;

    /// <summary>All that has ended and all that ends within <see cref="Months"/>, the earliest first.</summary>
    /// <exception cref="DatabaseException" />
    public async Task<ExpiryOverview> LoadAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return new ExpiryOverview(now, await database.RunAsync(db => ExpiryQuery.LoadAsync(db, now.AddMonths(Months), cancellationToken), cancellationToken));
    }
}

/// <summary>What ends.</summary>
/// <param name="At">When that was looked at, UTC.</param>
/// <param name="Certificates">The certificates, the earliest first.</param>
public sealed record ExpiryOverview(DateTime At, IReadOnlyList<ExpiringCertificate> Certificates);
