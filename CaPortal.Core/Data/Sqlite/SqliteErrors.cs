using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Data.Sqlite;

/// <summary>Errors of SQLite in plain words.</summary>
internal static class SqliteErrors
{
    public const string RestoreAdvice = "Stop the portal and put the file back, or " + Restore;

    private const string Damaged = "The database file is damaged.";

    private const string DamagedAdvice = "Stop the portal and " + Restore;

    private const string Restore = "restore a backup with its command restore; the folder backups in the data directory has those that it took itself.";

    /// <summary>Whether an exception comes from the database.</summary>
    public static bool Is(Exception exception) => exception is DbException or DbUpdateException || DatabaseException.IsUnreadable(exception);

    /// <summary>A check of the whole file found that it is damaged.</summary>
    public static DatabaseException OfDamage() => new(Damaged, DamagedAdvice) { IsLoss = true };

    /// <summary>The file is not there any more.</summary>
    public static DatabaseException OfAbsence(string file) => new($"The database file {file} is gone.", RestoreAdvice) { IsLoss = true };

    /// <summary>Puts an error in plain words.</summary>
    public static DatabaseException Explain(Exception exception)
    {
        // Result codes: https://www.sqlite.org/rescode.html
        var code = ((exception as SqliteException) ?? exception.InnerException as SqliteException)?.SqliteErrorCode;
        var (message, advice) = code switch
        {
            _ when DatabaseException.IsUnreadable(exception) => (
                "The database holds a value that another program has changed, and that cannot be read.",
                "Find out who changed it, then stop the portal and restore a backup with its command restore."),
            5 or 6 => ("The database is in use by another program.", "Try again in a moment; if it stays so, find the program that holds portal.db open."),
            8 or 3 => ("The database cannot be written.", "Give the portal's account the right to write to the data directory."),
            10 => ("The disk of the database reported an error.", "Check that it has free space and is in order, and try again."),
            11 or 26 => (Damaged, DamagedAdvice),
            13 => ("The disk is full.", "Free some space on the disk of the data directory and try again."),
            14 => ("The database file cannot be opened.", "Check that the data directory exists and that the portal's account may write to it."),
            _ => ("The database did not answer as it should.", "Try again; the portal's log has the details."),
        };
        return new DatabaseException(message, advice, exception) { IsLoss = code is 11 or 26 };
    }
}
