namespace CaPortal.Core.Probing;

/// <summary>What a planned change does to a back-end.</summary>
/// <param name="Id">The back-end.</param>
/// <param name="Name">Its name. Untrusted text.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Before">Judged without the change.</param>
/// <param name="After">Judged with it.</param>
public sealed record BackEndEffect(long Id, string Name, BackEndAddress Address, TrustJudgement Before, TrustJudgement After)
{
    /// <summary>What becomes of it.</summary>
    public BackEndEffectKind Kind => (Before.Verdict.IsTrusted, After.Verdict.IsTrusted) switch
    {
        (true, true) => BackEndEffectKind.ChangesPath,
        (_, true) => BackEndEffectKind.BecomesTrusted,
        (true, _) => BackEndEffectKind.StopsBeingTrusted,
        _ when Losing.Any() => BackEndEffectKind.StopsBeingTrusted,
        _ when Gaining.Any() => BackEndEffectKind.DependsOnClient,
        _ => BackEndEffectKind.StaysUntrusted,
    };

    /// <summary>What people call the clients that count, accept it without the change and refuse it with it.</summary>
    public IEnumerable<string> Losing => AcceptingIn(Before).Except(AcceptingIn(After));

    /// <summary>What people call the clients that count, refuse it without the change and accept it with it.</summary>
    public IEnumerable<string> Gaining => AcceptingIn(After).Except(AcceptingIn(Before));

    private static IEnumerable<string> AcceptingIn(TrustJudgement judgement) =>
        judgement.Clients.Where(c => c is { Counts: true, IsAccepted: true }).Select(c => c.Title);
}

/// <summary>What becomes of a back-end with a change.</summary>
public enum BackEndEffectKind
{
    /// <summary>It becomes trusted.</summary>
    BecomesTrusted,

    /// <summary>It stops being trusted, by some of the clients that count or by all.</summary>
    StopsBeingTrusted,

    /// <summary>It stays trusted by another path.</summary>
    ChangesPath,

    /// <summary>It stays untrusted, for another reason.</summary>
    StaysUntrusted,

    /// <summary>It becomes trusted by some of the clients that count, and not by all.</summary>
    DependsOnClient,
}
