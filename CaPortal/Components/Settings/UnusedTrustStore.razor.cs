using System.Text.Json;
using CaPortal.Core;
using CaPortal.Core.Nodes;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Settings;

/// <summary>A kind of trust store that is not in use, and how to use it.</summary>
public sealed partial class UnusedTrustStore
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The trust store.</summary>
    [Parameter, EditorRequired]
    public required TrustStoreView Store { get; set; }

    /// <summary>All of them.</summary>
    [Parameter, EditorRequired]
    public required TrustStoreOverview Overview { get; set; }

    private string HoldsText => Store.Places.Count > 1 ? "It holds trusted roots and intermediates, in" : "It holds trusted roots alone, in";

    private string Json
    {
        get
        {
            var names = Overview.SettingsFor(Store).Select(s => s.Value);
            var section = new Dictionary<string, object> { [nameof(CoreOptions.TrustStores)] = names };
            return JsonSerializer.Serialize(new Dictionary<string, object> { [CoreOptions.Section] = section }, Indented);
        }
    }

    private string Variables => string.Join('\n', Overview.SettingsFor(Store).Select(s => s.Environment));
}
