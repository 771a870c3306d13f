using CaPortal.Core;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;

namespace CaPortal.Components.Shared;

/// <summary>Whose trust is managed, for people.</summary>
public static class ScopeText
{
    private static readonly SettingValue MachineScope = new($"{CoreOptions.Section}:{nameof(CoreOptions.Scope)}", nameof(TrustScope.Machine));

    /// <summary>In two words.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="named">The trust stores that the settings name one by one.</param>
    public static string NameOf(TrustScope scope, ICollection<string> named) =>
        named.Count > 0 ? Counted.Of(named.Count, "trust store")
        : scope == TrustScope.Machine ? "This machine"
        : "This account";

    /// <summary>What it means, and how to change it.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="isNamed">The settings name the trust stores one by one.</param>
    /// <param name="named">Their names, where they are not shown beside.</param>
    public static string Of(TrustScope scope, bool isNamed, IEnumerable<string>? named = null) => (scope, isNamed) switch
    {
        (_, true) =>
            $"The settings name the trust stores ({CoreOptions.Section}:{nameof(CoreOptions.TrustStores)})"
                + $"{(named is null ? "" : $": {string.Join(", ", named)}")}. The scope does not choose them.",
        (TrustScope.Machine, _) => "The scope is Machine: everything that runs on this machine.",
        _ => $"The scope is User: what runs as the account {Environment.UserName}. "
            + $"For the whole machine set {MachineScope.Key} to {MachineScope.Value} (environment: {MachineScope.Environment}), "
            + $"run the portal as {(OperatingSystem.IsWindows() ? "a service under LocalSystem" : "root")}, and start it again.",
    };
}
