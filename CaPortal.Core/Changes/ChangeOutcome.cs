using CaPortal.Core.Certificates;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.Probing;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Changes;

/// <summary>What came of applying a plan.</summary>
public abstract record ChangeOutcome
{
    private ChangeOutcome()
    {
    }

    /// <summary>The change is recorded; what each trust store made of it is in <paramref name="TrustStores"/>.</summary>
    /// <param name="Revision">The revision that it made.</param>
    /// <param name="TrustStores">The state of each trust store, read back.</param>
    public sealed record Applied(long Revision, IReadOnlyList<TrustStoreOutcome> TrustStores) : ChangeOutcome
    {
        /// <summary>
        /// Ends when the slower work behind the change is done, such as commands of the operating system. Never fails. Its
        /// steps go to the same progress as the steps of the change.
        /// </summary>
        public Task FollowUps { get; init; } = Task.CompletedTask;

        /// <summary>What was deleted and is still trusted, from somewhere else.</summary>
        public IReadOnlyList<StillTrusted> StillTrusted { get; init; } = [];

        /// <summary>What it was foreseen to do to the back-ends: only what changes. They are tested in <see cref="FollowUps"/>.</summary>
        public IReadOnlyList<BackEndEffect> BackEnds { get; init; } = [];

        /// <summary>The certificates that were asked for; null if everything that the list says was.</summary>
        public IReadOnlySet<CaCertificateKey>? Asked { get; init; }

        /// <summary>
        /// Every trust store in use can be used, was read back, and is right in all that was asked for. Anything else that is
        /// wrong there is reported by the trust store: for example, a certificate of an earlier change that could not be
        /// removed.
        /// </summary>
        public bool IsInstalled => TrustStores.Any(IsAsAsked) && TrustStores.All(t => t.Result == TrustStoreResult.Absent || IsAsAsked(t));

        /// <summary>The trust stores that are not as they should be.</summary>
        public IEnumerable<TrustStoreOutcome> Wrong =>
            TrustStores.Where(t => t.Result is TrustStoreResult.Failed or TrustStoreResult.Drifted or TrustStoreResult.Unusable);

        private bool IsAsAsked(TrustStoreOutcome store) =>
            store.Result == TrustStoreResult.Installed
            || (Asked is { } asked
                && store is { Result: not TrustStoreResult.Unusable, ObservedHash: not null }
                && !store.Missing.Concat(store.Left).Any(asked.Contains));
    }

    /// <summary>There was nothing to change.</summary>
    /// <param name="Revision">The revision that stays.</param>
    public sealed record Unchanged(long Revision) : ChangeOutcome;

    /// <summary>Somebody else changed the list meanwhile; nothing was changed.</summary>
    /// <param name="Revision">The revision now.</param>
    /// <param name="Changes">What changed since the plan was made, oldest first.</param>
    public sealed record Stale(long Revision, IReadOnlyList<RevisionSummary> Changes) : ChangeOutcome;

    /// <summary>The plan may not be applied as it is; nothing was changed.</summary>
    /// <param name="Message">One sentence: why.</param>
    /// <param name="Advice">One sentence: what to do.</param>
    public sealed record Refused(string Message, string Advice) : ChangeOutcome
    {
        /// <summary>Distinguishes refusals, for programs.</summary>
        public RefusalCode Code { get; init; } = RefusalCode.ReasonRequired;

        /// <summary>The back-ends that would stop being trusted, where that is why.</summary>
        public IReadOnlyList<BackEndEffect> Stopping { get; init; } = [];
    }

    /// <summary>The change waits for another administrator; nothing was changed yet.</summary>
    /// <param name="Proposal">The proposal.</param>
    public sealed record Proposed(ProposalSummary Proposal) : ChangeOutcome;

    /// <summary>A proposed change was rejected or withdrawn; nothing was changed.</summary>
    /// <param name="Proposal">The proposal in its state now.</param>
    public sealed record Decided(ProposalSummary Proposal) : ChangeOutcome;

    /// <summary>The actor may not change anything; nothing was changed.</summary>
    public sealed record Forbidden : ChangeOutcome
    {
        /// <summary>The only value.</summary>
        public static readonly Forbidden Instance = new();
    }

    /// <summary>The database cannot be used now; nothing was changed.</summary>
    /// <param name="Message">One sentence: what happened.</param>
    /// <param name="Advice">One sentence: what to do.</param>
    public sealed record Unavailable(string Message, string Advice) : ChangeOutcome;
}

/// <summary>Why a change was refused. The names go over the wire and never change.</summary>
public enum RefusalCode
{
    /// <summary>The plan overrides an Error without a reason.</summary>
    ReasonRequired,

    /// <summary>A certificate has an Error that was not overridden, or cannot be.</summary>
    CertificatesRefused,

    /// <summary>A certificate cannot be taken out of a trust store.</summary>
    CannotBeRemoved,

    /// <summary>Trusted back-ends would stop being trusted, and it was not forced.</summary>
    BackEndsDependOnIt,

    /// <summary>Changes need a second administrator, and no person is accountable for what this actor proposes.</summary>
    PersonRequired,

    /// <summary>The same change waits for approval already.</summary>
    AlreadyProposed,

    /// <summary>As many changes wait for approval as are kept.</summary>
    TooManyProposals,

    /// <summary>There is no such proposal.</summary>
    NotFound,

    /// <summary>The proposal was decided, or its time is over.</summary>
    NotWaiting,

    /// <summary>This actor may not decide on this proposal.</summary>
    ApprovalRefused,

    /// <summary>The change cannot be made any more as it was proposed.</summary>
    CannotBeMade,
}
