using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.Alerts;

/// <summary>
/// Sends what is due. Remembers in the database what has arrived and what must be tried again, so that nothing is lost with
/// the process. What was sent but could not be recorded is sent once more.
/// </summary>
internal sealed partial class AlertDispatcher(
    PortalDatabase database, DatabaseWriter writer, IEnumerable<IAlertChannel> channels, TimeProvider time, ILogger<AlertDispatcher> logger)
{
    private const int MaxMessages = 40;
    private const int Parallelism = 4;

    /// <summary>The waits after each failed attempt; after the last one it is given up.</summary>
    private static readonly TimeSpan[] Delays =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromHours(1),
        TimeSpan.FromHours(4), TimeSpan.FromHours(12), TimeSpan.FromHours(24),
    ];

    private readonly IAlertChannel[] _channels = [.. channels];

    /// <summary>Sends what is due, a bounded number of messages.</summary>
    /// <returns>When the next is due, which may be past; null if there is none.</returns>
    /// <exception cref="DatabaseException" />
    public async Task<DateTimeOffset?> SendDueAsync(CancellationToken cancellationToken)
    {
        await ForgetWhatIsOverAsync(cancellationToken);
        await Task.WhenAll(_channels.Where(c => c.IsConfigured).Select(c => SendDueAsync(c, cancellationToken)));
        return await NextAsync(cancellationToken);
    }

    // Channels do not wait for each other: one of them may have a server that never answers.
    private async Task SendDueAsync(IAlertChannel channel, CancellationToken cancellationToken)
    {
        var due = await DueAsync(channel, cancellationToken);
        await Parallel.ForEachAsync(
            due.Chunk(channel.DigestSize),
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (notices, cancellation) => await SendAsync(channel, notices, cancellation));
    }

    private async Task SendAsync(IAlertChannel channel, AlertNotice[] notices, CancellationToken cancellationToken)
    {
        var error = await channel.SendAsync(notices, cancellationToken);
        var ids = notices.Select(n => n.Id).ToList();

        // It has happened, so the caller cannot cancel this any more.
        await writer.NoteAsync(
            async db =>
            {
                var deliveries = await db.AlertDeliveries.Where(d => d.Channel == channel.Name && ids.Contains(d.AlertId)).ToListAsync(CancellationToken.None);
                foreach (var delivery in deliveries)
                    Record(delivery, error);
                return deliveries.Count;
            },
            CancellationToken.None);
    }

    private void Record(AlertDelivery delivery, string? error)
    {
        var now = time.GetUtcNow().UtcDateTime;
        delivery.Attempts++;
        delivery.Error = error;
        if (error is null)
        {
            (delivery.DeliveredAt, delivery.NextAttemptAt) = (now, null);
        }
        else if (delivery.Attempts <= Delays.Length)
        {
            delivery.NextAttemptAt = now + Delays[delivery.Attempts - 1];
            LogFailed(logger, delivery.AlertId, delivery.Channel, delivery.Attempts, error);
        }
        else
        {
            delivery.NextAttemptAt = null;
            LogGivenUp(logger, delivery.AlertId, delivery.Channel, delivery.Attempts, error);
        }
    }

    private Task<List<AlertNotice>> DueAsync(IAlertChannel channel, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return database.RunAsync(
            async db =>
            {
                var due = await (
                    from delivery in db.AlertDeliveries.AsNoTracking()
                    join alert in db.Alerts on delivery.AlertId equals alert.Id
                    where delivery.Channel == channel.Name && delivery.NextAttemptAt <= now
                    orderby delivery.NextAttemptAt, alert.Id
                    select new
                    {
                        Alert = alert,
                        BackEnd = db
                            .BackEnds.Where(b => b.Id == alert.BackEndId)
                            .Select(b => new
                            {
                                b.Host,
                                b.Port,
                                b.ServerName,
                                b.ExpiresAt,
                            })
                            .FirstOrDefault(),
                        Managed = db.Blobs.Where(b => b.Sha256 == alert.Sha256).Select(b => (DateTime?)b.Facts.NotAfter).FirstOrDefault(),
                        Presented = db.PresentedBlobs.Where(b => b.Sha256 == alert.Sha256).Select(b => b.NotAfter).FirstOrDefault(),
                    }).Take(Math.Max(channel.DigestSize, MaxMessages)).ToListAsync(cancellationToken);
                return due.ConvertAll(d => new AlertNotice
                {
                    Id = d.Alert.Id,
                    Kind = d.Alert.Kind,
                    Title = d.Alert.Title,
                    Message = d.Alert.Message,
                    BackEnd = d.BackEnd is { } b ? new BackEndAddress(b.Host, b.Port, b.ServerName).ToString() : null,
                    BackEndId = d.BackEnd is null ? null : d.Alert.BackEndId,
                    Sha256 = d.Alert.Sha256,
                    Expiry = d.Managed ?? d.Presented ?? d.BackEnd?.ExpiresAt,
                    At = d.Alert.At,
                });
            },
            cancellationToken);
    }

    /// <summary>Nobody is notified of what is over or was dismissed meanwhile.</summary>
    private async Task ForgetWhatIsOverAsync(CancellationToken cancellationToken)
    {
        if (await database.RunAsync(db => Over(db).AnyAsync(cancellationToken), cancellationToken))
        {
            await writer.NoteAsync(
                db => Over(db).ExecuteUpdateAsync(d => d.SetProperty(x => x.NextAttemptAt, (DateTime?)null), cancellationToken), cancellationToken);
        }
    }

    private static IQueryable<AlertDelivery> Over(PortalDb db) =>
        db.AlertDeliveries.Where(d => d.NextAttemptAt != null && db.Alerts.Any(a => a.Id == d.AlertId && a.EndedAt != null));

    private async Task<DateTimeOffset?> NextAsync(CancellationToken cancellationToken)
    {
        var names = _channels.Where(c => c.IsConfigured).Select(c => c.Name).ToList();
        if (names.Count == 0)
            return null;
        return await database.RunAsync(
            db => db.AlertDeliveries.Where(d => d.NextAttemptAt != null && names.Contains(d.Channel)).MinAsync(d => d.NextAttemptAt, cancellationToken),
            cancellationToken);
    }

    [LoggerMessage(301, LogLevel.Warning, "Alert {Alert} could not be delivered by {Channel} at attempt {Attempt} and is tried again: {Reason}")]
    private static partial void LogFailed(ILogger logger, long alert, string channel, int attempt, string reason);

    [LoggerMessage(302, LogLevel.Error, "Alert {Alert} could not be delivered by {Channel} at attempt {Attempt} and is given up: {Reason}")]
    private static partial void LogGivenUp(ILogger logger, long alert, string channel, int attempt, string reason);
}
