using CaPortal.Api;
using CaPortal.Authentication;
using CaPortal.Components;
using CaPortal.Core;
using CaPortal.Core.Clients;
using CaPortal.Core.TrustStores.Readers;
using CaPortal.Hosting;

if (TrustProbe.IsAsked(args))
    return TrustProbe.Run(args);

if (DotNetWorker.IsAsked(args))
    return DotNetWorker.Run();

if (SignInLinkCommand.IsAsked(args))
    return await SignInLinkCommand.RunAsync(args);

return await PortalProcess.RunAsync(() =>
{
    var arguments = new StartArguments(args);
    var builder = PortalProcess.CreateBuilder(arguments);
    builder.Services.AddCaPortalCore();
    builder.AddPortalSettings(arguments);
    builder.AddPortalData();
    builder.AddPortalConsole();
    builder.AddPortalAuthentication();
    builder.AddPortalSecurity();
    builder.AddPortalHealth();
    builder.AddPortalApi();
    builder.AddPortalComponents();
    builder.AddPortalService();

    var app = builder.Build();
    app.CheckSettings();
    app.UsePortalSecurity();
    app.MapStaticAssets().AllowAnonymous();
    app.MapPortalHealth();
    app.MapSignIn();
    app.MapPortalApi();
    app.MapPortalComponents();
    app.MapUnknownApi();
    return app;
});

public sealed partial class Program;
