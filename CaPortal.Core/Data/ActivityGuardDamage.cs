using CaPortal.Core.Certificates;

namespace CaPortal.Core.Data;

/// <summary>What in the database does not guard the activity log as it should.</summary>
/// <param name="Missing">Triggers that refuse to change the log, and that are not there or are others.</param>
/// <param name="Foreign">Triggers of somebody else. Untrusted text.</param>
/// <param name="IsColumnChanged">The column that says which entries are shown is not there, or says something else.</param>
internal sealed record ActivityGuardDamage(IReadOnlyList<string> Missing, IReadOnlyList<string> Foreign, bool IsColumnChanged)
{
    /// <summary>All is as it should be.</summary>
    public static ActivityGuardDamage None { get; } = new([], [], false);

    /// <summary>The portal may not put it right: another user of the database owns the tables.</summary>
    public bool NeedsOwner { get; init; }

    /// <summary>Whether all is as it should be.</summary>
    public bool IsNone => Missing.Count + Foreign.Count == 0 && !IsColumnChanged;

    /// <summary>Sentences that say what it is; empty if all is as it should be.</summary>
    public string Text => string.Join(' ', Sentences());

    private IEnumerable<string> Sentences()
    {
        if (Missing.Count > 0)
            yield return $"{Names(Missing)} {Were(Missing)} taken out of it.";
        if (Foreign.Count > 0)
            yield return $"{Names(Foreign)} {Were(Foreign)} added to it, and can keep entries out of the log.";
        if (IsColumnChanged)
            yield return "The column of marks was changed, so that pages can leave out entries.";
    }

    private static string Names(IReadOnlyList<string> triggers) => string.Join(" and ", triggers.Select(name => DisplayText.Shorten(name)));

    private static string Were(IReadOnlyList<string> triggers) => triggers.Count == 1 ? "was" : "were";
}
