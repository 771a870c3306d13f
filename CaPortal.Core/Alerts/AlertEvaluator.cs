using System.Globalization;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Alerts;

/// <summary>
/// Compares what is stored of back-ends, certificates and trust stores with the alerts that are open, raises those that are
/// missing and ends those that are over. It may be called at any time and any number of times: nothing depends on having
/// seen a change while it happened.
/// </summary>
internal sealed partial class AlertEvaluator(
    PortalDatabase database,
    DatabaseWriter writer,
    IEnumerable<IAlertChannel> channels,
    TrustStoreSelection trustStores,
    ActivityLog activity,
    IOptions<CoreOptions> options,
    TimeProvider time,
    ILogger<AlertEvaluator> logger)
{
    /// <summary>The days before the end at which an alert is raised, the last first.</summary>
    private static readonly int[] Thresholds = [0, 10, 30, CertificateFacts.ExpiresSoonDays];

    /// <summary>After which alerts that are over are forgotten.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromDays(365);

    private readonly IAlertChannel[] _channels = [.. channels];

    /// <summary>Brings the alerts up to date.</summary>
    /// <returns>Whether one was raised or ended.</returns>
    /// <exception cref="DatabaseException" />
    public async Task<bool> EvaluateAsync(CancellationToken cancellationToken)
    {
        // Nearly always there is nothing to write, and nobody is kept from writing meanwhile.
        if (await database.RunAsync(async db => (await CompareAsync(db, await OpenAsync(db, cancellationToken), cancellationToken)).IsEmpty, cancellationToken))
            return false;
        var (open, changes) = await writer.NoteAsync(
            async db =>
            {
                var open = await OpenAsync(db, cancellationToken);
                var changes = await CompareAsync(db, open, cancellationToken);
                await WriteAsync(db, changes, cancellationToken);
                return (open, changes);
            },
            cancellationToken);
        Log(open, changes);
        return changes.IsSeen;
    }

    private static Task<List<OpenAlert>> OpenAsync(PortalDb db, CancellationToken cancellationToken) => db.Alerts.AsNoTracking().Where(a => a.EndedAt == null)
        .Select(a => new OpenAlert(a.Id, a.Kind, a.Identity, a.BackEndId, a.Title)).ToListAsync(cancellationToken);

    private async Task<Changes> CompareAsync(PortalDb db, List<OpenAlert> open, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var changes = new Changes();

        // If several are raised together, the most urgent one comes last, so that it is first in the bell menu.
        await CompareCertificatesAsync(db, open, changes, now, cancellationToken);
        await CompareBackEndsAsync(db, open, changes, now, cancellationToken);
        await CompareTrustStoresAsync(db, open, changes, now, cancellationToken);
        await CompareActivityAsync(db, open, changes, now, cancellationToken);
        return changes;
    }

    private async Task CompareActivityAsync(PortalDb db, List<OpenAlert> open, Changes changes, DateTime now, CancellationToken cancellationToken)
    {
        var loss = await activity.FindOpenLossAsync(db, cancellationToken);
        var identity = loss is null ? null : string.Create(CultureInfo.InvariantCulture, $"activity/{loss.Sequence}/{loss.CanBeAcknowledged}");
        changes.Over.AddRange(open.Where(a => a.Kind == AlertKind.ActivityLog && a.Identity != identity).Select(a => a.Id));
        if (loss is null || await db.Alerts.AnyAsync(a => a.Identity == identity, cancellationToken))
            return;
        var (title, message) = AlertTexts.ActivityLog(loss.Message);
        changes.Raised.Add(new Alert { Kind = AlertKind.ActivityLog, Identity = identity!, Title = title, Message = message, At = now });
    }

    private async Task CompareTrustStoresAsync(PortalDb db, List<OpenAlert> open, Changes changes, DateTime now, CancellationToken cancellationToken)
    {
        var wrong = (await db.NodeStatuses.AsNoTracking()
                .Where(s => s.WrongSince != null)
                .Select(s => new { s.NodeId, s.TrustStore, s.WrongSince, s.Result, s.Error, s.Advice })
                .ToListAsync(cancellationToken))
            .ToDictionary(s => string.Create(CultureInfo.InvariantCulture, $"trust-store/{s.NodeId}/{s.TrustStore}/{s.WrongSince!.Value.Ticks}"));
        changes.Over.AddRange(open.Where(a => a.Kind == AlertKind.TrustStore && !wrong.ContainsKey(a.Identity)).Select(a => a.Id));

        // What others have changed is put right in this moment, unless it must be left as it is. The result is seen then.
        var isLeft = options.Value.Drift == DriftResponse.Report;
        var identities = wrong.Keys.ToList();
        var known = await db.Alerts.AsNoTracking().Where(a => identities.Contains(a.Identity)).Select(a => a.Identity).ToListAsync(cancellationToken);
        foreach (var (identity, status) in wrong.ExceptBy(known, w => w.Key).Where(w => isLeft || w.Value.Result != TrustStoreResult.Drifted))
        {
            var (title, message) = AlertTexts.TrustStore(
                trustStores.Enabled.FirstOrDefault(t => t.Name == status.TrustStore)?.Title ?? status.TrustStore,
                status.Error,
                status.Advice);
            changes.Raised.Add(
                new Alert
                {
                    Kind = AlertKind.TrustStore,
                    Identity = identity,
                    Title = title,
                    Message = message,
                    At = now,
                });
        }
    }

    private static async Task CompareBackEndsAsync(PortalDb db, List<OpenAlert> open, Changes changes, DateTime now, CancellationToken cancellationToken)
    {
        var backEnds = await db.BackEnds
            .Select(b => new { b.Id, b.Name, b.Host, b.Port, b.ServerName, b.Verdict, b.VerdictSince, b.Message, b.WasTrusted }).ToListAsync(cancellationToken);
        var alarmed = open.Where(a => a.Kind == AlertKind.BackEndUntrusted && a.BackEndId is not null).ToLookup(a => a.BackEndId!.Value, a => a.Id);
        foreach (var backEnd in backEnds)
        {
            var isTrusted = backEnd.Verdict?.IsTrusted ?? false;
            if (isTrusted || backEnd.Verdict is null)
                changes.Over.AddRange(alarmed[backEnd.Id]);
            if (isTrusted != backEnd.WasTrusted && !IsUnreachable(backEnd.Verdict))
                (isTrusted ? changes.Trusted : changes.NotTrusted).Add(backEnd.Id);
            if (!backEnd.WasTrusted || isTrusted || backEnd.Verdict is null || IsUnreachable(backEnd.Verdict))
                continue;

            var (title, message) = AlertTexts.Untrusted(backEnd.Name, new BackEndAddress(backEnd.Host, backEnd.Port, backEnd.ServerName), backEnd.Message);
            changes.Raised.Add(new Alert
            {
                Kind = AlertKind.BackEndUntrusted,
                Identity = string.Create(CultureInfo.InvariantCulture, $"untrusted/{backEnd.Id}/{(backEnd.VerdictSince ?? now).Ticks}"),
                Title = title,
                Message = message,
                BackEndId = backEnd.Id,
                At = now,
            });
        }

        var known = backEnds.Select(b => b.Id).ToHashSet();
        changes.Over.AddRange(alarmed.Where(a => !known.Contains(a.Key)).SelectMany(a => a));
    }

    /// <summary>Whether there was no chain to judge: that says nothing of trust, and so neither raises nor ends an alert.</summary>
    private static bool IsUnreachable(TrustVerdict? verdict) => verdict?.IsUnreachable ?? false;

    /// <summary>Whether an alert says that its certificate has expired.</summary>
    public static bool IsAboutTheExpired(Alert alert) => alert.Sha256 is { } sha256 && alert.Identity == IdentityOf(sha256, 0);

    private static string IdentityOf(string sha256, int days) => string.Create(CultureInfo.InvariantCulture, $"expiring/{sha256}/{days}");

    private static async Task CompareCertificatesAsync(PortalDb db, List<OpenAlert> open, Changes changes, DateTime now, CancellationToken cancellationToken)
    {
        var expiring = (await ExpiryQuery.LoadAsync(db, now.AddDays(Thresholds[^1]), cancellationToken)).Where(c => !c.IsReplaced)
            .Select(c => (Certificate: c, Days: Thresholds.First(d => c.NotAfter < now.AddDays(d))))
            .ToDictionary(c => IdentityOf(c.Certificate.Sha256, c.Days));
        changes.Over.AddRange(open.Where(a => a.Kind == AlertKind.Expiring && !expiring.ContainsKey(a.Identity)).Select(a => a.Id));
        var identities = expiring.Keys.ToList();
        var known = await db
            .Alerts.AsNoTracking()
            .Where(a => identities.Contains(a.Identity))
            .Select(a => new
            {
                a.Id,
                a.Identity,
                IsOverByItself = a.EndedAt != null && a.DismissedBy == null,
            })
            .ToDictionaryAsync(a => a.Identity, cancellationToken);
        foreach (var (identity, (certificate, days)) in expiring.OrderByDescending(e => e.Value.Certificate.NotAfter))
        {
            if (!known.TryGetValue(identity, out var alert))
                changes.Raised.Add(AlertOf(identity, certificate, days, now));
            else if (alert.IsOverByItself)
                changes.Again.Add(alert.Id);
        }

        // A clock that jumps ahead makes nothing be forgotten.
        var steady = await db.OwnNode.Select(n => n.ClockSteadyAt).SingleOrDefaultAsync(cancellationToken);
        var before = (steady < now ? steady.Value : now) - Memory;
        changes.Forgotten.AddRange(
            await db.Alerts.Where(a => a.EndedAt < before && !identities.Contains(a.Identity)).Select(a => a.Id).ToListAsync(cancellationToken));
    }

    private static Alert AlertOf(string identity, ExpiringCertificate certificate, int days, DateTime now)
    {
        var (title, message) = AlertTexts.Expiring(certificate, days);
        return new Alert
        {
            Kind = AlertKind.Expiring,
            Identity = identity,
            Title = title,
            Message = message,
            Sha256 = certificate.Sha256,
            BackEndId = certificate.Stores.Count == 0 && certificate.BackEnds is [var first, ..] ? first.Id : null,
            At = now,
        };
    }

    private async Task WriteAsync(PortalDb db, Changes changes, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        foreach (var alert in changes.Raised)
        {
            foreach (var channel in _channels.Where(c => c.IsConfigured))
                alert.Deliveries.Add(new AlertDelivery { Channel = channel.Name, NextAttemptAt = now });
            db.Add(alert);
        }

        await db.SaveChangesAsync(cancellationToken);
        db.Touched.Add(typeof(Alert));
        await db.Alerts.Where(a => changes.Over.Contains(a.Id)).ExecuteUpdateAsync(a => a.SetProperty(x => x.EndedAt, now), cancellationToken);

        // Everybody was notified when it was raised.
        await db.Alerts.Where(a => changes.Again.Contains(a.Id)).ExecuteUpdateAsync(a => a.SetProperty(x => x.EndedAt, (DateTime?)null), cancellationToken);
        await db.BackEnds.Where(b => changes.Trusted.Contains(b.Id)).ExecuteUpdateAsync(b => b.SetProperty(x => x.WasTrusted, true), cancellationToken);
        await db.BackEnds.Where(b => changes.NotTrusted.Contains(b.Id)).ExecuteUpdateAsync(b => b.SetProperty(x => x.WasTrusted, false), cancellationToken);
        await db.Alerts.Where(a => changes.Forgotten.Contains(a.Id)).ExecuteDeleteAsync(cancellationToken);
    }

    private void Log(List<OpenAlert> open, Changes changes)
    {
        foreach (var alert in changes.Raised)
        {
            if (alert.Kind == AlertKind.BackEndUntrusted)
                LogUntrusted(alert.Title, alert.Message);
            else
                LogRaised(alert.Title, alert.Message);
        }

        foreach (var alert in open.Where(a => changes.Over.Contains(a.Id)))
            LogOver(alert.Title);
    }

    [LoggerMessage(311, LogLevel.Error, "Alert about a back-end: {Title}. {Message}")]
    private partial void LogUntrusted(string title, string message);

    [LoggerMessage(312, LogLevel.Warning, "Alert: {Title}. {Message}")]
    private partial void LogRaised(string title, string message);

    [LoggerMessage(313, LogLevel.Information, "Alert over: {Title}")]
    private partial void LogOver(string title);

    private sealed record OpenAlert(long Id, AlertKind Kind, string Identity, long? BackEndId, string Title);

    private sealed class Changes
    {
        public List<Alert> Raised { get; } = [];

        public List<long> Over { get; } = [];

        /// <summary>Alerts that were over by themselves, and are not.</summary>
        public List<long> Again { get; } = [];

        public List<long> Forgotten { get; } = [];

        /// <summary>Back-ends that are trusted now.</summary>
        public List<long> Trusted { get; } = [];

        /// <summary>Back-ends that are not trusted any more.</summary>
        public List<long> NotTrusted { get; } = [];

        /// <summary>The bell menu shows something else.</summary>
        public bool IsSeen => Raised.Count + Over.Count + Again.Count > 0;

        public bool IsEmpty => !IsSeen && Forgotten.Count + Trusted.Count + NotTrusted.Count == 0;
    }
}
