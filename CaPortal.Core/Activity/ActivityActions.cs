namespace CaPortal.Core.Activity;

/// <summary>The actions of the activity log beside <see cref="ChangeKind"/>, and what they are about. They are stored and never change.</summary>
public static class ActivityActions
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

    /// <summary>Somebody signed in.</summary>
    public const string SignIn = nameof(SignIn);

    /// <summary>Somebody tried to sign in and was refused.</summary>
    public const string SignInRefused = nameof(SignInRefused);

    /// <summary>Somebody signed out.</summary>
    public const string SignOut = nameof(SignOut);

    /// <summary>A new sign-in link was printed on the console.</summary>
    public const string NewSignInLink = nameof(NewSignInLink);

    /// <summary>An API key was made.</summary>
    public const string CreateApiKey = nameof(CreateApiKey);

    /// <summary>An API key was revoked.</summary>
    public const string RevokeApiKey = nameof(RevokeApiKey);

    /// <summary>A change was proposed.</summary>
    public const string Propose = nameof(Propose);

    /// <summary>Approving a proposed change. Refusals alone have it: an approved change is recorded as the change itself.</summary>
    public const string Approve = nameof(Approve);

    /// <summary>Somebody tried to approve what they may not.</summary>
    public const string ApprovalRefused = nameof(ApprovalRefused);

    /// <summary>A proposed change was rejected.</summary>
    public const string Reject = nameof(Reject);

    /// <summary>A proposed change was withdrawn.</summary>
    public const string Withdraw = nameof(Withdraw);

    /// <summary>The time of a proposed change is over.</summary>
    public const string ProposalExpired = nameof(ProposalExpired);

    /// <summary>Back-ends were added.</summary>
    public const string AddBackEnds = nameof(AddBackEnds);

    /// <summary>A back-end was changed.</summary>
    public const string EditBackEnd = nameof(EditBackEnd);

    /// <summary>Back-ends were deleted.</summary>
    public const string DeleteBackEnds = nameof(DeleteBackEnds);

    /// <summary>Back-ends that a change affects were tested.</summary>
    public const string TestBackEnds = nameof(TestBackEnds);

    /// <summary>Servers were tested.</summary>
    public const string Probe = nameof(Probe);

    /// <summary>An issuer was fetched from its address.</summary>
    public const string FetchIssuer = nameof(FetchIssuer);

    /// <summary>Alerts were dismissed.</summary>
    public const string DismissAlert = nameof(DismissAlert);

    /// <summary>A backup was taken.</summary>
    public const string BackUp = nameof(BackUp);

    /// <summary>A backup will be put in place at the next start.</summary>
    public const string PrepareRestore = nameof(PrepareRestore);

    /// <summary>No backup will be put in place any more.</summary>
    public const string CancelRestore = nameof(CancelRestore);

    /// <summary>A backup was put in place.</summary>
    public const string RestoreBackup = nameof(RestoreBackup);

    /// <summary>A new list was begun in place of a lost one.</summary>
    public const string BeginAnew = nameof(BeginAnew);

    /// <summary>Reading and comparing the trust stores. Refusals alone have it.</summary>
    public const string Verify = nameof(Verify);

    /// <summary>Bringing the trust stores to the list. Refusals alone have it.</summary>
    public const string Repair = nameof(Repair);

    /// <summary>Acknowledging a lost end of the log. Refusals alone have it.</summary>
    public const string Acknowledge = nameof(Acknowledge);

    /// <summary>The end of the log is not proved.</summary>
    public const string ActivityAnchorLost = nameof(ActivityAnchorLost);

    /// <summary>Somebody acknowledged that the end of the log was lost.</summary>
    public const string ActivityAcknowledged = nameof(ActivityAcknowledged);

    /// <summary>A portal began to use the database, which others may use too.</summary>
    public const string PortalJoined = nameof(PortalJoined);

    private static readonly Dictionary<string, ActivityCategory> Others = new(StringComparer.Ordinal)
    {
        [Outcome] = ActivityCategory.Outcome,
        [FollowUp] = ActivityCategory.Outcome,
        [Proof] = ActivityCategory.Outcome,
        [Refused] = ActivityCategory.Refusal,
        [SignIn] = ActivityCategory.SignIn,
        [SignInRefused] = ActivityCategory.SignIn,
        [SignOut] = ActivityCategory.SignIn,
        [NewSignInLink] = ActivityCategory.SignIn,
        [CreateApiKey] = ActivityCategory.Access,
        [RevokeApiKey] = ActivityCategory.Access,
        [Propose] = ActivityCategory.Approval,
        [Approve] = ActivityCategory.Approval,
        [ApprovalRefused] = ActivityCategory.Approval,
        [Reject] = ActivityCategory.Approval,
        [Withdraw] = ActivityCategory.Approval,
        [ProposalExpired] = ActivityCategory.Approval,
        [AddBackEnds] = ActivityCategory.BackEnd,
        [EditBackEnd] = ActivityCategory.BackEnd,
        [DeleteBackEnds] = ActivityCategory.BackEnd,
        [TestBackEnds] = ActivityCategory.BackEnd,
        [Probe] = ActivityCategory.BackEnd,
        [FetchIssuer] = ActivityCategory.BackEnd,
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
