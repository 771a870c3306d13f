namespace CaPortal.Core.Data;

/// <summary>What an entry of the activity log says, for lists that leave out what is shown with another entry.</summary>
[Flags]
public enum ActivityMarks
{
    /// <summary>It is a part of another entry.</summary>
    None = 0,

    /// <summary>It is worth reading by itself: everything but what the portal did for a change without trouble.</summary>
    Noteworthy = 1,

    /// <summary>A trust store was written.</summary>
    Written = 2,

    /// <summary>Somebody else had changed a trust store.</summary>
    Drifted = 4,
}

/// <summary>
/// The marks of an entry, computed by the database: what the entry's hash protects decides them, so that nobody can hide an
/// entry by writing its mark.
/// </summary>
internal static class ActivityMarksColumn
{
    private const string Failed = "\"result\":\"Failed\"";
    private const string Unusable = "\"result\":\"Unusable\"";
    private const string HasDamaged = "\"damaged\":[\"";
    private const string Drifted = "\"result\":\"Drifted\"";
    private const string HasAdded = "\"added\":[{";
    private const string HasRemoved = "\"removed\":[{";
    private const string HasWarning = "\"warning\":\"";
    private const string Differs = "\"answer\":\"Differs\"";
    private const string CannotOpen = "\"answer\":\"CannotOpen\"";

    /// <summary>The column as an expression of the database.</summary>
    /// <param name="has">The condition that the details have a text, in the database's words.</param>
    public static string Sql(Func<string, string> has) =>
        $"""
            CASE action
            WHEN 'Outcome' THEN CASE WHEN {has(Drifted)} THEN 5 WHEN {has(Failed)} OR {has(Unusable)} OR {has(HasDamaged)} THEN 1 ELSE 0 END
            + CASE WHEN {has(HasAdded)} OR {has(HasRemoved)} THEN 2 ELSE 0 END
            WHEN 'FollowUp' THEN CASE WHEN {has(HasWarning)} THEN 1 ELSE 0 END
            WHEN 'Proof' THEN CASE WHEN {has(Differs)} OR {has(CannotOpen)} THEN 1 ELSE 0 END
            ELSE 1 END
            """.ReplaceLineEndings(" ");
}
