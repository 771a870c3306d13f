using System.Data.Common;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CaPortal.Core.Data.Postgres;

/// <summary>Errors of PostgreSQL, and of the way to it, in plain words.</summary>
internal static class PostgresErrors
{
    private const string Wait = "Wait until the server is back: the portal goes on by itself.";

    /// <summary>Whether an exception comes from the database or from the way to it.</summary>
    public static bool Is(Exception exception) =>
        exception is DbException or DbUpdateException or SocketException or TimeoutException or AuthenticationException
        || CauseOf(exception) is not null || DatabaseException.IsUnreadable(exception);

    /// <summary>A replica takes no changes.</summary>
    public static DatabaseException OfReplica(string location) => new(
        $"The database {location} is a replica, which takes no changes.",
        "Name the primary server in ConnectionStrings:CaPortal, or several with Target Session Attributes=read-write.");

    /// <summary>Puts an error in plain words.</summary>
    /// <param name="exception">The error.</param>
    /// <param name="location">The database, for people.</param>
    public static DatabaseException Explain(Exception exception, string location)
    {
        // Error codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
        var code = CauseOf(exception)?.SqlState;
        var (message, advice) = code switch
        {
            null when CauseOf(exception) is null && DatabaseException.IsUnreadable(exception) => (
                "The database holds a value that another program has changed, and that cannot be read.",
                "Find out who changed it, then restore a dump of the database."),
            null when exception is DbUpdateException && CauseOf(exception) is null => Unknown,
            null => (
                $"The database server of {location} does not answer.",
                "Check that it runs and that this machine reaches it. The portal goes on by itself."),
            PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown => ($"The database server of {location} was stopped.", Wait),
            PostgresErrorCodes.CannotConnectNow => ($"The database server of {location} is starting or stopping.", Wait),
            PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => (
                $"The database server of {location} refuses the portal's user.",
                "Check user name and password in ConnectionStrings:CaPortal, and the server's pg_hba.conf."),
            PostgresErrorCodes.InvalidCatalogName => ($"There is no database {location}.", "Create it, or name another one in ConnectionStrings:CaPortal."),
            PostgresErrorCodes.InsufficientPrivilege => (
                $"The portal's user may not do that in the database {location}.",
                "Give it the rights that docs/operations.md lists. After an upgrade of the portal, run \"database migrate\" as the owner of the tables."),
            PostgresErrorCodes.ReadOnlySqlTransaction => (
                $"The database server of {location} takes no changes now: it is a replica, or was made read-only.",
                "Make it writable, or name the primary server in ConnectionStrings:CaPortal, or several with Target Session Attributes=read-write."),
            PostgresErrorCodes.DiskFull => ("The disk of the database server is full.", "Free some space there and try again."),
            PostgresErrorCodes.OutOfMemory or PostgresErrorCodes.InsufficientResources => (
                "The database server has too little memory.", "Give it more, or lower what other programs use there, and try again."),
            PostgresErrorCodes.TooManyConnections => (
                "The database server takes no more connections.", "Raise its max_connections, or lower Maximum Pool Size in ConnectionStrings:CaPortal."),
            PostgresErrorCodes.LockNotAvailable => (
                "The database is in use by another program.",
                "Try again in a moment; if it stays so, look for long transactions in pg_stat_activity."),
            PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected => ("Somebody else changed the same at this moment.", "Try again."),
            PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn => (
                $"The database {location} lacks tables of the portal.",
                "Where a newer version of CaPortal has upgraded it, install that version here too. Else find out who removed them, and restore a dump."),
            PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted => ("The database is damaged.", "Restore a dump of the database."),
            _ when code.StartsWith("08", StringComparison.Ordinal) => ($"The connection to the database server of {location} broke.", Wait),
            _ => Unknown,
        };
        return new DatabaseException(message, advice, exception) { IsLoss = code is PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted };
    }

    private static (string Message, string Advice) Unknown => ("The database did not answer as it should.", "Try again; the portal's log has the details.");

    // Entity Framework wraps what may be over at the next try, and what fails while a value is read.
    private static NpgsqlException? CauseOf(Exception? exception) =>
        exception as NpgsqlException ?? (exception is null ? null : CauseOf(exception.InnerException));
}
