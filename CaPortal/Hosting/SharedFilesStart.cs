using CaPortal.Authentication;
using CaPortal.Core;
using CaPortal.Core.Data;
using CaPortal.Core.Portals;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>Has all portals on one database use the same keys before the first request: what one of them protects, the others can read.</summary>
internal sealed class SharedFilesStart(
    SharedFiles files,
    PortalDatabase database,
    IKeyManager keys,
    EndedSessions sessions,
    IOptions<AntiforgeryOptions> antiforgery,
    IOptions<CoreOptions> core,
    TimeProvider time) : IHostedService
{
    // As ASP.NET Core does; it makes the next one in time.
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (database.Loss is not null)
            return;
        await files.PrepareAsync(MakeMissingAsync, cancellationToken);

        // Before the first request: a copy of a cookie whose session ended elsewhere must not work here.
        await sessions.ExchangeAsync(cancellationToken);

        // ASP.NET Core has read this setting when the portal was put together.
        antiforgery.Value.Cookie.Name = DataDirectory.FormCookie(core.Value);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Task MakeMissingAsync()
    {
        _ = DataDirectory.InstanceId(core.Value);
        var now = time.GetUtcNow();
        if (!keys.GetAllKeys().Any(k => !k.IsRevoked && k.ExpirationDate > now))
            keys.CreateNewKey(now, now + Lifetime);
        return Task.CompletedTask;
    }
}
