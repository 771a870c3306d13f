namespace CaPortal.Core.Data;

/// <summary>The database cannot be used now, or refused a change.</summary>
public sealed class DatabaseException : IOException
{
    /// <summary>Creates it.</summary>
    /// <param name="message">One sentence: what happened.</param>
    /// <param name="advice">One sentence: what to do.</param>
    /// <param name="innerException">The cause.</param>
    public DatabaseException(string message, string advice, Exception? innerException = null)
        : base(message, innerException) => Advice = advice;

    /// <summary>One sentence: what to do.</summary>
    public string Advice { get; }

    /// <summary>The data is damaged or missing: what was there does not come back by waiting or trying again.</summary>
    public bool IsLoss { get; init; }

    /// <summary>
    /// A value is not of the kind that the portal writes there: another program has changed it. Only errors of Entity
    /// Framework about a value that it reads count. An error of the same type from the portal's own code is a bug, and must
    /// be visible as one.
    /// </summary>
    internal static bool IsUnreadable(Exception exception) =>
        exception is InvalidOperationException { Source: "Microsoft.EntityFrameworkCore.Relational", InnerException: not null };
}
