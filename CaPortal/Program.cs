using System.Globalization;
using CaPortal.Api;
using CaPortal.Authentication;
using CaPortal.Components;
using CaPortal.Core;
using CaPortal.Core.Clients.DotNet;
using CaPortal.Core.Processes;
using CaPortal.Core.TrustStores.Programs;
using CaPortal.Hosting;

// All texts are English, and programs read the dates in the log: neither goes by the language of the account.
CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;

if (TrustProbe.IsAsked(args))
    return TrustProbe.Run(args);

if (DotNetWorker.IsAsked(args))
    return DotNetWorker.Run();

if (BackupCommands.IsAsked(args))
    return await BackupCommands.RunAsync(args);

if (DatabaseCommands.IsAsked(args))
    return await DatabaseCommands.RunAsync(args);

if (PortalCommand.IsAsked(SignInLinkCommand.Name, args))
    return await SignInLinkCommand.RunAsync(args);

if (PortalCommand.IsAsked(HealthCommand.Name, args))
    return await HealthCommand.RunAsync(args);

NativeMemory.ShareArenas();
return await PortalProcess.RunAsync(() =>
{
    var arguments = new StartArguments(args);
    var builder = PortalProcess.CreateBuilder(arguments);
    builder.ProvideTemporaryFiles();
    builder.Services.AddCaPortalCore();
    builder.AddPortalSettings(arguments);
    builder.AddPortalData();
    builder.AddPortalConsole();
    builder.AddPortalTls();
    builder.AddPortalAuthentication();
    builder.AddPortalSecurity();
    builder.AddPortalHealth();
    builder.AddPortalApi();
    builder.AddPortalComponents();
    builder.AddPortalService();

    var app = builder.Build();
    app.CheckSettings();
    app.UsePortalSecurity();
    app.MapStaticAssets().AllowAnonymous().WithMetadata(AnyHost.Instance);
    app.MapPortalHealth();
    app.MapSignIn();
    app.MapPortalApi();
    app.MapPortalComponents();
    app.MapUnknownApi();
    return app;
});

public sealed partial class Program;
