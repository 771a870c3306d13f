using CaPortal.Hosting;
using Microsoft.Extensions.Options;

namespace CaPortal.Authentication;

/// <summary>Settings of signing in: the section <c>CaPortal:Authentication</c>.</summary>
internal sealed class SignInOptions
{
    public const string Section = "CaPortal:Authentication";

    /// <summary>An API key of an administrator, for automation. Empty: none.</summary>
    public string ApiKey { get; set; } = "";

    /// <summary>Fixes the token of the sign-in link, which can then be used any number of times. Empty: random, once.</summary>
    public string BrowserToken { get; set; } = "";

    /// <summary>Lets the server listen on addresses that other machines reach, though only the sign-in link protects it.</summary>
    public bool AllowRemote { get; set; }

    /// <summary>For how long a sign-in link can be used.</summary>
    public TimeSpan LinkLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>After how long a signed-in browser must sign in again.</summary>
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromHours(8);

    /// <summary>How often an open page looks whether its session has ended, and Microsoft Entra ID is asked whether the person still has the role.</summary>
    public TimeSpan SessionCheckInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>For how long a session goes on while Microsoft Entra ID cannot be asked.</summary>
    public TimeSpan UncheckedSessionLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Attempts with a wrong sign-in token in a minute from one address, and as many with a wrong API key.</summary>
    public int AttemptsPerMinute { get; set; } = 10;

    /// <summary>Sign-in links printed in a minute, for all who ask together.</summary>
    public int NewLinksPerMinute { get; set; } = 5;

    /// <summary>Pages that one account may have open at a time; further ones are drawn but do not answer.</summary>
    public int OpenPages { get; set; } = 100;

    internal sealed class Validator(IConfiguration configuration) : IValidateOptions<SignInOptions>
    {
        public ValidateOptionsResult Validate(string? name, SignInOptions options)
        {
            List<string> failures = [];
            Require(options.LinkLifetime > TimeSpan.Zero, nameof(LinkLifetime), "must be longer than zero, for example 00:10:00.");
            Require(options.SessionLifetime > TimeSpan.Zero, nameof(SessionLifetime), "must be longer than zero, for example 08:00:00.");
            Require(options.SessionCheckInterval > TimeSpan.Zero, nameof(SessionCheckInterval), "must be longer than zero, for example 00:00:30.");
            Require(
                options.UncheckedSessionLifetime >= options.SessionCheckInterval,
                nameof(UncheckedSessionLifetime),
                $"must be at least {nameof(SessionCheckInterval)}, for example 00:15:00.");
            Require(options.AttemptsPerMinute > 0, nameof(AttemptsPerMinute), "must be 1 or more.");
            Require(options.NewLinksPerMinute > 0, nameof(NewLinksPerMinute), "must be 1 or more.");
            Require(options.OpenPages > 0, nameof(OpenPages), "must be 1 or more.");
            if (!EntraOptions.IsConfigured(configuration) && !options.AllowRemote)
                failures.AddRange(ListenAddresses.Configured(configuration)
                    .Where(a => ListenAddresses.IsReadable(a) && !ListenAddresses.IsLoopback(a)).Select(RemoteRefused));
            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

            void Require(bool condition, string setting, string rule)
            {
                if (!condition)
                    failures.Add($"{Section}:{setting} {rule}");
            }
        }

        private static string RemoteRefused(string address) =>
            $"'{address}' can be reached from other machines, and only a sign-in link protects the portal. " +
            $"Listen on 127.0.0.1 or localhost, set up Microsoft Entra ID (AzureAd:*), or set {Section}:{nameof(AllowRemote)} to true to accept this.";
    }
}
