using CaPortal.Components.BackEnds;
using CaPortal.Components.Shared;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Monitoring;
using MudBlazor;

namespace CaPortal.Components.Home;

/// <summary>What needs somebody, in words.</summary>
internal static class MatterText
{
    /// <summary>One line.</summary>
    public static string TitleOf(Matter matter) => matter.Kind switch
    {
        MatterKind.ActivityLog => "The activity log is not intact",
        MatterKind.TrustStoreFailed => Counted.Of(matter.Count, "trust store does not hold what it should", "trust stores do not hold what they should"),
        MatterKind.Expired => Counted.Of(matter.Count, "certificate has expired", "certificates have expired"),
        MatterKind.BackEndNotTrusted => Counted.Of(matter.Count, "back-end is not trusted", "back-ends are not trusted"),
        MatterKind.TrustStoreDrifted => Counted.Of(matter.Count, "trust store was changed by somebody else", "trust stores were changed by somebody else"),
        MatterKind.ExpiresSoon => $"{Counted.Of(matter.Count, "certificate expires", "certificates expire")} within {CertificateFacts.ExpiresSoonDays} days",
        MatterKind.BackEndUnreachable => Counted.Of(matter.Count, "back-end was not reached", "back-ends were not reached"),
        MatterKind.BackEndNotTested => Counted.Of(matter.Count, "back-end is not tested yet", "back-ends are not tested yet"),
        _ => Counted.Of(matter.Count, "change waits for approval", "changes wait for approval"),
    };

    /// <summary>The page that has all of them.</summary>
    public static string AddressOf(Matter matter) => matter.Kind switch
    {
        MatterKind.ActivityLog => "activity",
        MatterKind.TrustStoreFailed or MatterKind.TrustStoreDrifted => "settings",
        MatterKind.Expired or MatterKind.ExpiresSoon => "expiry",
        MatterKind.BackEndNotTrusted => FilterTitles.AddressOf(BackEndFilter.NotTrusted),
        MatterKind.BackEndUnreachable => FilterTitles.AddressOf(BackEndFilter.Unreachable),
        MatterKind.BackEndNotTested => FilterTitles.AddressOf(BackEndFilter.NotTested),
        _ => "approvals",
    };

    /// <summary>Its picture.</summary>
    public static string IconOf(Matter matter) => matter.Kind switch
    {
        MatterKind.Expired or MatterKind.ExpiresSoon => Icons.Material.Filled.EventBusy,
        MatterKind.WaitsForApproval => Icons.Material.Outlined.HowToReg,
        _ => matter.Severity switch
        {
            MatterSeverity.Error => Icons.Material.Filled.Error,
            MatterSeverity.Warning => Icons.Material.Filled.Warning,
            _ => Icons.Material.Outlined.Info,
        },
    };
}
