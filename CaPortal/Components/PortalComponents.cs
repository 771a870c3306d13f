using CaPortal.Authentication;
using CaPortal.Components.Palette;
using CaPortal.Components.Shared;
using MudBlazor;
using MudBlazor.Services;

namespace CaPortal.Components;

/// <summary>The pages.</summary>
internal static class PortalComponents
{
    public static void AddPortalComponents(this WebApplicationBuilder builder)
    {
        builder.Services.AddRazorComponents().AddInteractiveServerComponents(o =>
        {
            // An open page costs about a megabyte; one that lost its connection is kept only while a laptop may wake up again.
            o.DisconnectedCircuitMaxRetained = 20;
            o.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(3);
            o.PersistedCircuitInMemoryMaxRetained = 50;
            o.PersistedCircuitInMemoryRetentionPeriod = TimeSpan.FromMinutes(30);
        });
        builder.Services.AddScoped<BrowserInterop>();
        builder.Services.AddScoped<PageAddress>();
        builder.Services.AddScoped<OpenDrawers>();
        builder.Services.AddSingleton<LiveUpdates>();
        builder.Services.AddSingleton<PaletteItems>();
        builder.Services.AddMudServices(o => o.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomRight);
    }

    public static void MapPortalComponents(this WebApplication app)
    {
        app.MapRazorComponents<App>()
            // The security headers say who may frame the page.
            .AddInteractiveServerRenderMode(o => o.ContentSecurityFrameAncestorsPolicy = null)
            .RequireAuthorization(Policies.Reader);
    }
}
