using System.Security.Cryptography;
using CaPortal.Core;
using CaPortal.Core.Files;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>Signing in needs keys that can be read and written, and an upload a place for its temporary file.</summary>
internal sealed class DataDirectoryHealth(IOptions<CoreOptions> core, IDataProtectionProvider protection, TimeProvider time) : IHealthCheck
{
    /// <summary>Enough that a full disk has no room for it.</summary>
    private const int ProbeBytes = 4096;

    /// <summary>Anybody may ask, and has the disk written no more often than this.</summary>
    private static readonly TimeSpan Validity = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private (HealthCheckResult Result, long At)? _last;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_last is not { } last || time.GetElapsedTime(last.At) >= Validity)
                _last = last = (Check(), time.GetTimestamp());
            return Task.FromResult(last.Result);
        }
    }

    private HealthCheckResult Check()
    {
        foreach (var (folder, use) in new[]
            {
                (core.Value.ResolvedDataDirectory, "data directory"),
                (DataDirectory.Keys(core.Value), "folder of the keys for signing in"),
                (TemporaryFiles.Folder, "folder for temporary files"),
            })
        {
            try
            {
                using var probe = new FileStream(
                    Path.Combine(folder, $".{Guid.NewGuid():N}"),
                    FileMode.CreateNew,
                    FileAccess.Write,
                    FileShare.None,
                    1,
                    FileOptions.DeleteOnClose);
                probe.Write(new byte[ProbeBytes]);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return HealthCheckResult.Unhealthy($"The {use} cannot be written: {e.Message}");
            }
        }

        try
        {
            var protector = protection.CreateProtector(nameof(DataDirectoryHealth));
            protector.Unprotect(protector.Protect([1]));
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return HealthCheckResult.Unhealthy($"The keys for signing in cannot be used: {e.Message}");
        }
    }
}
