using System.Text.Json.Serialization;
using CaPortal.Core.Access;

namespace CaPortal.Core.Activity;

/// <summary>What the activity log says about something that was refused and is no change of the list.</summary>
/// <param name="Attempted">What was tried.</param>
/// <param name="Why">One sentence.</param>
internal sealed record RefusedDetails(string Attempted, string Why)
{
    /// <summary>What it was about.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public object? What { get; init; }
}

/// <summary>Records what is refused.</summary>
internal static class RefusalRecords
{
    /// <summary>Something that the role does not allow.</summary>
    public static Task ForbiddenAsync(this ActivityRecorder recorder, Actor actor, string attempted, object? what = null) =>
        recorder.RefusedAsync(actor, attempted, NotAllowed(actor), what);

    /// <summary>Something that is no change of the list.</summary>
    public static Task RefusedAsync(this ActivityRecorder recorder, Actor actor, string attempted, string why, object? what) =>
        recorder.RecordAsync(actor, ActivityActions.Refused, new RefusedDetails(attempted, why) { What = what });

    /// <summary>Why the role does not allow it, in one sentence.</summary>
    public static string NotAllowed(Actor actor) => $"The role {actor.Role} does not allow it.";
}
