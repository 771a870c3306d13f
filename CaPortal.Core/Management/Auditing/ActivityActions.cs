namespace CaPortal.Core.Management.Auditing;

/// <summary>What the actions of the activity log are about. Actions are stored and never change.</summary>
internal static class ActivityActions
{
    /// <summary>The outcome of a change per trust store, or of healing.</summary>
    public const string Outcome = nameof(Outcome);

    /// <summary>What followed a change in one trust store.</summary>
    public const string FollowUp = nameof(FollowUp);

    /// <summary>Whether other programs see a change.</summary>
    public const string Proof = nameof(Proof);

    /// <summary>Deleted certificates were forgotten.</summary>
    public const string EmptyRecycleBin = nameof(EmptyRecycleBin);

    /// <summary>The list that an earlier version left was taken as it was.</summary>
    public const string ListRecorded = nameof(ListRecorded);

    /// <summary>The list that was proved last came back in place of one that was not.</summary>
    public const string ListRestored = nameof(ListRestored);

    /// <summary>A list that was not proved was accepted as it was.</summary>
    public const string ListAccepted = nameof(ListAccepted);

    /// <summary>An earlier list was changed into what the trust stores hold of it.</summary>
    public const string ListKept = nameof(ListKept);

    /// <summary>The machine's clock was set, or stood still.</summary>
    public const string ClockSet = nameof(ClockSet);

    /// <summary>Something was tried and refused.</summary>
    public const string Refused = nameof(Refused);

    private static readonly Dictionary<string, ActivityCategory> Others = new(StringComparer.Ordinal)
    {
        [Outcome] = ActivityCategory.Outcome,
        [FollowUp] = ActivityCategory.Outcome,
        [Proof] = ActivityCategory.Outcome,
        [Refused] = ActivityCategory.Refusal,
        ["SignIn"] = ActivityCategory.SignIn,
        ["SignInRefused"] = ActivityCategory.SignIn,
        ["SignOut"] = ActivityCategory.SignIn,
        ["NewSignInLink"] = ActivityCategory.SignIn,
        ["CreateApiKey"] = ActivityCategory.Access,
        ["RevokeApiKey"] = ActivityCategory.Access,
        ["Propose"] = ActivityCategory.Approval,
        ["Approve"] = ActivityCategory.Approval,
        ["ApprovalRefused"] = ActivityCategory.Approval,
        ["Reject"] = ActivityCategory.Approval,
        ["Withdraw"] = ActivityCategory.Approval,
        ["ProposalExpired"] = ActivityCategory.Approval,
        ["AddBackEnds"] = ActivityCategory.BackEnd,
        ["EditBackEnd"] = ActivityCategory.BackEnd,
        ["DeleteBackEnds"] = ActivityCategory.BackEnd,
        ["TestBackEnds"] = ActivityCategory.BackEnd,
        ["Probe"] = ActivityCategory.BackEnd,
        ["FetchIssuer"] = ActivityCategory.BackEnd,
    };

    /// <summary>Whether an action is that somebody was refused something, which can be tried again at will.</summary>
    public static bool IsRefusal(string action) => action.EndsWith(Refused, StringComparison.Ordinal);

    /// <summary>The category of an action.</summary>
    public static ActivityCategory CategoryOf(string action) =>
        Enum.TryParse<ChangeKind>(action, out _) ? ActivityCategory.Change : Others.GetValueOrDefault(action, ActivityCategory.Other);

    /// <summary>The actions of categories, as far as they are known by name: see <see cref="Known"/>.</summary>
    public static IEnumerable<string> Of(IReadOnlySet<ActivityCategory> categories) => Known.Where(a => categories.Contains(CategoryOf(a)));

    /// <summary>Every action that is in a category but <see cref="ActivityCategory.Other"/>.</summary>
    public static IEnumerable<string> Known => Enum.GetNames<ChangeKind>().Concat(Others.Keys);
}
