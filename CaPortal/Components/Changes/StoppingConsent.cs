using CaPortal.Core.Changes;
using CaPortal.Core.Probing;

namespace CaPortal.Components.Changes;

/// <summary>Whether somebody has confirmed that trusted back-ends stop being trusted by a change, by typing what is asked for.</summary>
public sealed class StoppingConsent
{
    private ChangePlan? _plan;

    /// <summary>It is known what the change does to the back-ends.</summary>
    public bool IsKnown => _plan is not null;

    /// <summary>How many back-ends stop being trusted.</summary>
    public int Losing { get; private set; }

    /// <summary>What has to be typed; null where nothing has to be.</summary>
    public string? Phrase => Losing > 0 ? TypedPhrase.For(_plan!) : null;

    /// <summary>The phrase is a certificate's name.</summary>
    public bool IsName => _plan is not null && TypedPhrase.AsksForName(TypedPhrase.NamesOf(_plan));

    /// <summary>What was typed.</summary>
    public string Typed { get; set; } = "";

    /// <summary>Nothing has to be confirmed, or it is.</summary>
    public bool IsGiven => Phrase is not { } phrase || TypedPhrase.Matches(phrase, Typed);

    /// <summary>Takes over what a plan does.</summary>
    public void Know(ChangePlan plan, IReadOnlyList<BackEndEffect> effects) =>
        (_plan, Losing) = (plan, effects.Count(e => e.Kind == BackEndEffectKind.StopsBeingTrusted));

    /// <summary>Starts again.</summary>
    public void Reset() => (_plan, Losing, Typed) = (null, 0, "");

    /// <summary>The plan, forced where that was confirmed.</summary>
    public ChangePlan Force(ChangePlan plan) => plan with { IsForced = IsForced };

    /// <summary>It was confirmed.</summary>
    public bool IsForced => Phrase is not null && IsGiven;
}
