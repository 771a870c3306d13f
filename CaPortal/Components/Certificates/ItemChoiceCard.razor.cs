using CaPortal.Core.Certificates;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Certificates;

/// <summary>One item of a file with its facts and findings, its store, and whether it will be added.</summary>
public sealed partial class ItemChoiceCard
{
    /// <summary>The item.</summary>
    [Parameter, EditorRequired]
    public required ItemChoice Choice { get; set; }

    /// <summary>Called after a choice was changed.</summary>
    [Parameter, EditorRequired]
    public EventCallback OnChange { get; set; }

    /// <summary>It has to be compared with something, since it came over the network.</summary>
    [Parameter]
    public bool ShowFingerprint { get; set; }

    private string StateClass => Choice switch
    {
        { IsRefused: true } => "choice-refused",
        { WillBeAdded: true } => "choice-added",
        _ => "choice-skipped",
    };

    private static string KeyText(CertificateFacts facts) => facts switch
    {
        { Curve: { } curve } when curve != facts.KeyAlgorithm => $"{facts.KeyAlgorithm} {curve}",
        { KeySize: { } size } => $"{facts.KeyAlgorithm} {size}",
        _ => facts.KeyAlgorithm,
    };

    private Task IncludeAsync(bool isIncluded)
    {
        Choice.IsIncluded = isIncluded;
        return OnChange.InvokeAsync();
    }

    private Task SetStoreAsync(CaStore store)
    {
        Choice.Store = store;
        return OnChange.InvokeAsync();
    }

    private Task AcceptAsync(FindingCode code, bool accepted)
    {
        Choice.Accept(code, accepted);
        return OnChange.InvokeAsync();
    }
}
