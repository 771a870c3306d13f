namespace CaPortal.Core.Data;

/// <summary>
/// What differs between database engines outside a connection: where the data is, how it is lost, prepared and locked. What
/// differs on a connection is in the engine's own <see cref="PortalDb"/>.
/// </summary>
public interface IDatabaseEngine
{
    /// <summary>Where the database is, for people; without what protects it.</summary>
    string Location { get; }

    /// <summary>The database is one file, which the portal copies and puts back itself.</summary>
    bool IsOneFile { get; }

    /// <summary>The file that says which machine's row is this portal's; null where the database has one portal, and so one machine.</summary>
    string? NodeFile { get; }

    /// <summary>Whether the data directory has the key of the activity log.</summary>
    bool HasLogKey { get; }

    /// <summary>Why the data is gone, as far as a look from outside says so; null where it is there.</summary>
    DatabaseException? FindLoss();

    /// <summary>Whether an exception comes from the engine.</summary>
    bool IsError(Exception exception);

    /// <summary>Puts an error of the engine in plain words.</summary>
    DatabaseException Explain(Exception exception);

    /// <summary>Works while no other process prepares the same database.</summary>
    /// <exception cref="DatabaseException">Another one still does, or the database cannot be reached.</exception>
    Task<T> ExclusivelyAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken);

    /// <summary>Refuses to begin with an empty database where there has been another one.</summary>
    /// <exception cref="DatabaseException">There has been another one.</exception>
    void RequireKept();

    /// <summary>Creates what is needed before the first connection.</summary>
    void Create();

    /// <summary>Refuses a database that is damaged.</summary>
    /// <exception cref="DatabaseException">It is damaged, or has lost what it held.</exception>
    Task RequireSoundAsync(PortalDb db, CancellationToken cancellationToken);

    /// <summary>Makes the database ready for migrations; called while no other process prepares it.</summary>
    Task PrepareMigrationsAsync(PortalDb db, CancellationToken cancellationToken);

    /// <summary>Copies the database before an upgrade.</summary>
    /// <returns>Where the copy is; null where the engine's own backups are relied on.</returns>
    Task<string?> BackUpAsync(PortalDb db, CancellationToken cancellationToken);

    /// <summary>Sets a lost database aside, so that an empty one can be begun.</summary>
    /// <returns>Where it is now.</returns>
    string SetAside();
}
