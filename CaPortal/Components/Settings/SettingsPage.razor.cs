using CaPortal.Core;
using CaPortal.Core.Access;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;

namespace CaPortal.Components.Settings;

/// <summary>The trust stores of this machine, and how programs come to read them.</summary>
public sealed partial class SettingsPage
{
    private static readonly SettingValue MachineScope = new($"{CoreOptions.Section}:{nameof(CoreOptions.Scope)}", nameof(TrustScope.Machine));

    private TrustStoreOverview? _overview;

    [Inject]
    public required IOptions<CoreOptions> Options { get; init; }

    [CascadingParameter]
    public required Actor Actor { get; set; }

    private List<TrustStoreView> Unusable => [.. _overview!.InUse.Where(t => !t.State.IsEnabled)];

    private string ScopeText => _overview switch
    {
        { IsNamed: true } => $"The settings name them one by one ({CoreOptions.Section}:{nameof(CoreOptions.TrustStores)}), so the scope does not choose them.",
        { Scope: TrustScope.Machine } => "The scope is Machine: everything that runs on this machine.",
        _ => $"The scope is User: what runs as the account {Environment.UserName}. For the whole machine set {MachineScope.Key} to {MachineScope.Value} (environment: {MachineScope.Environment}), run the portal as {(OperatingSystem.IsWindows() ? "a service under LocalSystem" : "root")}, and start it again.",
    };

    private string DriftText => Options.Value.Drift == DriftResponse.Heal
        ? "What somebody else changes there is put right at once."
        : $"What somebody else changes there is shown and stays until it is repaired ({CoreOptions.Section}:{nameof(CoreOptions.Drift)} is {nameof(DriftResponse.Report)}).";

    protected override bool ShowsVerification => true;

    protected override async Task LoadAsync() => (_overview, Problem) = (await Machine.TrustStoresAsync(CancellationToken.None), null);
}
