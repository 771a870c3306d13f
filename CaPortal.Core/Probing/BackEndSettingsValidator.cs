using CaPortal.Core.Clients;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Probing;

/// <summary>Refuses settings of back-ends that mean nothing, all of them at once.</summary>
public sealed class BackEndSettingsValidator(IEnumerable<IClientEngine> engines) : IValidateOptions<CoreOptions>
{
    private const string Section = $"{CoreOptions.Section}:BackEnds";

    private static readonly TimeSpan MinTimeout = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MinTestEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MaxTestEvery = TimeSpan.FromDays(7);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, CoreOptions options)
    {
        var errors = Errors(options.BackEnds).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private IEnumerable<string> Errors(BackEndOptions options)
    {
        for (var i = 0; i < options.Clients.Count; i++)
        {
            if (engines.All(e => e.Name != options.Clients[i]))
                yield return $"{Section}:Clients:{i} is '{options.Clients[i]}', which is no client. "
                    + $"Choose from {string.Join(", ", engines.Select(e => e.Name))}.";
        }

        if (options.Timeout < MinTimeout || options.Timeout > MaxTimeout)
            yield return $"{Section}:Timeout must be a time from 0.1 seconds to 1 minute, such as 00:00:05.";
        if (options.TestEvery != TimeSpan.Zero && (options.TestEvery < MinTestEvery || options.TestEvery > MaxTestEvery))
            yield return $"{Section}:TestEvery must be 00:00:00 (only when asked for) or a time from 30 seconds to 7 days, such as 00:15:00.";
        if (options.Jitter is not (>= 0 and <= 0.5))
            yield return $"{Section}:Jitter must be a number from 0 to 0.5.";
        if (options.Parallelism is < 1 or > 64)
            yield return $"{Section}:Parallelism must be a number from 1 to 64.";
        if (options.MaxBackEnds is < 1 or > 100_000)
            yield return $"{Section}:MaxBackEnds must be a number from 1 to 100000.";

        for (var i = 0; i < options.Allowed.Networks.Count; i++)
        {
            if (AllowedNetwork.TryParse(options.Allowed.Networks[i]) is null)
                yield return $"{Section}:Allowed:Networks:{i} is '{options.Allowed.Networks[i]}', which is no network. "
                    + "Write it like 10.0.0.0/8 or 2001:db8::/32.";
        }

        for (var i = 0; i < options.Allowed.Ports.Count; i++)
        {
            if (PortRange.TryParse(options.Allowed.Ports[i]) is null)
                yield return $"{Section}:Allowed:Ports:{i} is '{options.Allowed.Ports[i]}', which is no port or range of ports. "
                    + "Write it like 443 or 8000-8999.";
        }
    }
}
