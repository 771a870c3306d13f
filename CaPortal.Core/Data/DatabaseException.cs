using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Data;

/// <summary>The database cannot be used now, or refused a change.</summary>
public sealed class DatabaseException : IOException
{
    private const string Damaged = "The database file is damaged.";

    private const string DamagedAdvice =
        "Stop the portal and restore a backup with its command restore; the folder backups in the data directory has those that it took itself.";

    /// <summary>Creates it.</summary>
    /// <param name="message">One sentence: what happened.</param>
    /// <param name="advice">One sentence: what to do.</param>
    /// <param name="innerException">The cause.</param>
    public DatabaseException(string message, string advice, Exception? innerException = null)
        : base(message, innerException) => Advice = advice;

    /// <summary>One sentence: what to do.</summary>
    public string Advice { get; }

    /// <summary>The file is damaged or missing: what was in it does not come back by waiting or trying again.</summary>
    public bool IsLoss { get; init; }

    /// <summary>Whether <paramref name="exception"/> comes from the database.</summary>
    internal static bool IsDatabaseError(Exception exception) => exception is DbException or DbUpdateException || IsUnreadable(exception);

    /// <summary>A value is not of the kind that the portal writes there: another program has changed it.</summary>
    internal static bool IsUnreadable(Exception exception) => exception is FormatException or InvalidCastException or OverflowException
        or InvalidOperationException { InnerException: FormatException or InvalidCastException or OverflowException };

    /// <summary>A check of the whole file found that it is damaged.</summary>
    internal static DatabaseException OfDamage() => new(Damaged, DamagedAdvice) { IsLoss = true };

    /// <summary>Puts an error of the database in plain words.</summary>
    internal static DatabaseException From(Exception exception)
    {
        // Result codes: https://www.sqlite.org/rescode.html
        var code = ((exception as SqliteException) ?? exception.InnerException as SqliteException)?.SqliteErrorCode;
        var (message, advice) = code switch
        {
            _ when IsUnreadable(exception) => ("The database holds a value that another program has changed, and that cannot be read.", "Find out who changed it, then stop the portal and restore a backup with its command restore."),
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
