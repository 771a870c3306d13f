using CaPortal.Core.Activity;
using CaPortal.Core.TrustStores;
using MudBlazor;

namespace CaPortal.Components.Activity;

/// <summary>What an entry is about, as a filter names it and as an icon.</summary>
internal static class ActivityKind
{
    /// <summary>The filter's title of a category.</summary>
    public static string TitleOf(ActivityCategory category) => category switch
    {
        ActivityCategory.Change => "Changes",
        ActivityCategory.Outcome => "Trust stores",
        ActivityCategory.Refusal => "Refusals",
        ActivityCategory.SignIn => "Sign-ins",
        ActivityCategory.Access => "API keys",
        ActivityCategory.Approval => "Approvals",
        ActivityCategory.BackEnd => "Back-ends",
        _ => "Other",
    };

    /// <summary>What one entry is, in the singular, for people who cannot see the icon.</summary>
    public static string NameOf(ActivityCategory category) => category switch
    {
        ActivityCategory.Change => "Change",
        ActivityCategory.Outcome => "Trust stores",
        ActivityCategory.Refusal => "Refusal",
        ActivityCategory.SignIn => "Sign-in",
        ActivityCategory.Access => "API key",
        ActivityCategory.Approval => "Approval",
        ActivityCategory.BackEnd => "Back-ends",
        _ => "Other",
    };

    /// <summary>The icon of an entry.</summary>
    public static string IconOf(ActivityRecord entry) => entry.Action switch
    {
        nameof(ChangeKind.Add) or nameof(ChangeKind.Adopt) => Icons.Material.Outlined.AddCircleOutline,
        nameof(ChangeKind.Delete) or nameof(ChangeKind.RemoveFound) => Icons.Material.Outlined.Delete,
        nameof(ChangeKind.Move) => Icons.Material.Outlined.DriveFileMove,
        nameof(ChangeKind.Restore) or nameof(ChangeKind.RestoreSnapshot) => Icons.Material.Outlined.Restore,
        nameof(ChangeKind.Undo) => Icons.Material.Outlined.Undo,
        ActivityActions.SignOut => Icons.Material.Outlined.Logout,
        _ => entry.Category switch
        {
            ActivityCategory.Outcome when entry.IsHealing => Icons.Material.Outlined.Healing,
            ActivityCategory.Outcome => Icons.Material.Outlined.FactCheck,
            ActivityCategory.Refusal => Icons.Material.Outlined.Block,
            ActivityCategory.SignIn => Icons.Material.Outlined.Login,
            ActivityCategory.Access => Icons.Material.Outlined.Key,
            ActivityCategory.Approval => Icons.Material.Outlined.HowToReg,
            ActivityCategory.BackEnd => Icons.Material.Outlined.Dns,
            _ => Icons.Material.Outlined.Notes,
        },
    };

    /// <summary>How urgent an entry looks: <c>bad</c>, <c>odd</c> or <c>plain</c>.</summary>
    public static string ToneOf(ActivityRecord entry) =>
        entry.Category == ActivityCategory.Refusal
            || entry.Action is ActivityActions.SignInRefused or ActivityActions.ApprovalRefused
            || entry.Outcomes.Any(o => o.Result is TrustStoreResult.Failed or TrustStoreResult.Unusable) ? "bad"
        : entry.IsUnfinished || entry.IsHealing || entry.Outcomes.Any(o => o.Result == TrustStoreResult.Drifted) ? "odd"
        : "plain";

    /// <summary>The icon of an outcome.</summary>
    public static string IconOf(TrustStoreResult result) => result switch
    {
        TrustStoreResult.Installed => Icons.Material.Filled.CheckCircle,
        TrustStoreResult.Absent => Icons.Material.Outlined.RemoveCircleOutline,
        TrustStoreResult.Drifted => Icons.Material.Filled.Warning,
        _ => Icons.Material.Filled.Error,
    };
}
