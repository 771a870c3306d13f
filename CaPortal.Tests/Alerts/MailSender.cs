using CaPortal.Core;
using CaPortal.Core.Alerts;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Alerts;

/// <summary>The channel for mail in a process of its own, which trusts what its environment says. It prints what came of each message.</summary>
internal static class MailSender
{
    public const string Sent = "sent";

    /// <summary>Sends a message to each of some mail servers on this machine, signing in with an account.</summary>
    public static async Task RunAsync(string[] arguments)
    {
        var options = new CoreOptions();
        var email = options.Alerts.Email;
        (email.Host, email.Security) = ("localhost", Enum.Parse<EmailSecurity>(arguments[0]));
        (email.From, email.To) = ("caportal@example.org", "anna@example.org");
        (email.UserName, email.Password) = MailServer.Account;
        var notice = new AlertNotice
        {
            Id = 1,
            Kind = AlertKind.Expiring,
            Title = "Corp Root ends",
            Message = "Soon.",
            At = TestCertificates.Yesterday.UtcDateTime,
        };
        foreach (var port in arguments[1..])
        {
            email.Port = int.Parse(port);
            Console.WriteLine(await new EmailChannel(Options.Create(options), TimeProvider.System).SendAsync([notice], CancellationToken.None) ?? Sent);
        }
    }

    /// <summary>Has it send a message to each of the servers, trusting one root and no other.</summary>
    public static async Task<IReadOnlyList<string?>> SendAsync(
        EmailSecurity security,
        string root,
        IEnumerable<MailServer> servers,
        CancellationToken cancellationToken)
    {
        using var home = new TemporaryDirectory();
        using var process = ChildProcess.StartWith(
            nameof(MailSender),
            home.Path,
            new() { ["SSL_CERT_FILE"] = root, ["SSL_CERT_DIR"] = home.Path },
            [$"{security}", .. servers.Select(s => $"{s.Port}")]);
        var answers = new List<string?>();
        foreach (var _ in servers)
            answers.Add(await process.ReadLineAsync(cancellationToken));
        return answers;
    }
}
