using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.Data;

/// <summary>The start: an empty database, an upgrade, or one that is lost.</summary>
public sealed partial class PortalDatabase
{
    /// <summary>
    /// Brings the database to the present model. Called once at start, before anything else uses it. A database that is
    /// lost is left as it is, and so is nothing written until <see cref="BeginAnewAsync"/> or another start.
    /// </summary>
    /// <exception cref="DatabaseException">It cannot be opened, upgraded or created.</exception>
    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await engine.ExclusivelyAsync(
                async () =>
                {
                    engine.RequireKept();
                    await StartAsync(cancellationToken);
                    return true;
                },
                cancellationToken);
        }
        catch (DatabaseException e) when (e.IsLoss)
        {
            _notStarted = Lost(e);
            throw;
        }
    }

    /// <summary>
    /// Makes the tables, or brings them to the present model, and does nothing else. For a database in which the portal's own user may not.
    /// </summary>
    /// <returns>How many steps that took.</returns>
    /// <exception cref="DatabaseException">It cannot be opened or upgraded.</exception>
    public Task<int> UpgradeAsync(CancellationToken cancellationToken) => engine.ExclusivelyAsync(
        async () =>
        {
            await RequireSoundAsync(cancellationToken);
            return await RunStartedAsync(db => UpgradeAsync(db, cancellationToken), cancellationToken);
        },
        cancellationToken);

    /// <summary>
    /// Sets aside what is left of a lost database on this machine, and begins with an empty one. Does nothing if it is not lost (any
    /// more).
    /// </summary>
    /// <returns>Where that is now; null if nothing was done.</returns>
    /// <exception cref="DatabaseException">It cannot be set aside, or a new one cannot be created.</exception>
    public Task<string?> BeginAnewAsync(CancellationToken cancellationToken) => engine.ExclusivelyAsync(
        async () =>
        {
            if (!await IsLostAsync(cancellationToken))
                return null;

            // Nobody else may look at the new database before it is ready.
            _notStarted ??= Loss ?? new DatabaseException("A new list is being begun.", "Try again in a moment.") { IsLoss = true };
            var aside = engine.SetAside();
            LogSetAside(logger, aside);
            await BecomeReadyAsync(cancellationToken);
            return (string?)aside;
        },
        cancellationToken);

    /// <returns>The migrations that a database has.</returns>
    /// <exception cref="DatabaseException">It has others than this version knows.</exception>
    internal static async Task<IReadOnlyList<string>> RequireKnownMigrationsAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var applied = (await db.Database.GetAppliedMigrationsAsync(cancellationToken)).ToList();
        return applied.Except(db.Database.GetMigrations()).Any()
            ? throw new DatabaseException(
                "The database was written by a newer version of CaPortal.", "Install that version, or put back a backup from before its upgrade.")
            : applied;
    }

    // What was lost at the start may be back and in use: somebody put it there, or another portal began a new one.
    private async Task<bool> IsLostAsync(CancellationToken cancellationToken)
    {
        try
        {
            engine.RequireKept();
            await RequireSoundAsync(cancellationToken);
            if (_notStarted is not null)
                await BecomeReadyAsync(cancellationToken);
            return false;
        }
        catch (DatabaseException e) when (e.IsLoss)
        {
            return true;
        }
    }

    private async Task BecomeReadyAsync(CancellationToken cancellationToken)
    {
        await StartAsync(cancellationToken);
        _notStarted = null;
        Report(null);
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        engine.Create();
        await RequireSoundAsync(cancellationToken);
        await RunStartedAsync(db => MigrateAsync(db, cancellationToken), cancellationToken);
    }

    private Task<bool> RequireSoundAsync(CancellationToken cancellationToken) => RunStartedAsync(
        async db =>
        {
            await engine.RequireSoundAsync(db, cancellationToken);
            return true;
        },
        cancellationToken);

    private async Task<int> UpgradeAsync(PortalDb db, CancellationToken cancellationToken)
    {
        await engine.PrepareMigrationsAsync(db, cancellationToken);
        var applied = await RequireKnownMigrationsAsync(db, cancellationToken);
        var steps = db.Database.GetMigrations().Count() - applied.Count;
        var isUpgrade = steps > 0;
        if (isUpgrade && applied.Count > 0 && await engine.BackUpAsync(db, cancellationToken) is { } copy)
            LogBackedUp(logger, copy);

        // It compares the models first, which takes longer than the rest of a start.
        if (isUpgrade)
            await db.Database.MigrateAsync(cancellationToken);
        if (await db.PutGuardsRightAsync(cancellationToken) is { IsNone: false } damage)
        {
            if (damage.NeedsOwner)
                LogGuardDamageLeft(logger, damage.Text);
            else
                LogGuardDamage(logger, damage.Text);
        }

        return steps;
    }

    private async Task<bool> MigrateAsync(PortalDb db, CancellationToken cancellationToken)
    {
        await UpgradeAsync(db, cancellationToken);
        if (!await db.OwnInstance.AnyAsync(cancellationToken))
        {
            await using var transaction = await db.BeginWriteAsync(cancellationToken);
            db.Add(new ServiceInstance { Id = db.InstanceId, Name = "default", DesiredHash = TrustStores.SetHash.Of([]) });
            db.Add(new Node { Id = db.NodeId, InstanceId = db.InstanceId, Name = Environment.MachineName });
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        if (engine.NodeFile is { } file)
            identity.NodeId = await NodeClaim.MakeAsync(db, file, engine.HasLogKey, cancellationToken);
        return true;
    }

    [LoggerMessage(
        103,
        LogLevel.Error,
        "The database did not guard the activity log as it should: {Damage} That is put right. Verify the activity log")]
    private static partial void LogGuardDamage(ILogger logger, string damage);

    [LoggerMessage(
        104,
        LogLevel.Error,
        "The database does not guard the activity log as it should: {Damage} The portal's user may not put that right: "
            + "run \"database migrate\" as the owner of the tables, then verify the activity log")]
    private static partial void LogGuardDamageLeft(ILogger logger, string damage);

    [LoggerMessage(102, LogLevel.Warning, "What was left of a lost database was set aside in {Folder}, and an empty one was begun")]
    private static partial void LogSetAside(ILogger logger, string folder);

    [LoggerMessage(101, LogLevel.Information, "The database was copied to {Path} before its upgrade")]
    private static partial void LogBackedUp(ILogger logger, string path);
}
