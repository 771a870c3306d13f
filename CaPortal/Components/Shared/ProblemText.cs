using CaPortal.Core.Data;

namespace CaPortal.Components.Shared;

/// <summary>What a page shows where something did not work.</summary>
public static class ProblemText
{
    /// <summary>What happened to the database, and what to do about it.</summary>
    public static string Of(DatabaseException exception) => $"{exception.Message} {exception.Advice}";
}
