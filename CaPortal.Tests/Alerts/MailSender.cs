using CaPortal.Core;
using CaPortal.Core.Alerts;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Alerts;

/// <summary>The channel for mail in a process of its own, which trusts what its environment says. It prints what came of one message.</summary>
internal static class MailSender
{
    public const string Sent = "sent";

    /// <summary>Runs it against a mail server on this machine, signing in with an account.</summary>
    public static async Task RunAsync(string[] arguments)
    {
        var options = new CoreOptions();
        var email = options.Alerts.Email;
        (email.Host, email.Port, email.Security) = (arguments[0], int.Parse(arguments[1]), Enum.Parse<EmailSecurity>(arguments[2]));
        (email.From, email.To) = ("caportal@example.org", "anna@example.org");
        (email.UserName, email.Password) = MailServer.Account;
        var notice = new AlertNotice { Id = 1, Kind = AlertKind.Expiring, Title = "Corp Root ends", Message = "Soon.", At = TestCertificates.Yesterday.UtcDateTime };
        Console.WriteLine(await new EmailChannel(Options.Create(options), TimeProvider.System).SendAsync([notice], CancellationToken.None) ?? Sent);
    }

    /// <summary>Has it send a message, trusting one root and no other.</summary>
    public static async Task<string?> SendAsync(string host, int port, EmailSecurity security, string root, CancellationToken cancellationToken)
    {
        using var home = new TemporaryDirectory();
        using var process = ChildProcess.StartWith(
            nameof(MailSender), home.Path, new() { ["SSL_CERT_FILE"] = root, ["SSL_CERT_DIR"] = home.Path }, host, $"{port}", $"{security}");
        return await process.ReadLineAsync(cancellationToken);
    }
}
