using System.Globalization;
using System.Net.Sockets;
using System.Text;
using CaPortal.Core.Certificates;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;

namespace CaPortal.Core.Alerts;

/// <summary>Writes to people: one message with all that is new.</summary>
internal sealed class EmailChannel(IOptions<CoreOptions> options, TimeProvider time) : IAlertChannel
{
    private const string Settings = $"{CoreOptions.Section}:{nameof(CoreOptions.Alerts)}:{nameof(AlertOptions.Email)}";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    public string Name => "email";

    public bool IsConfigured => Email.Host.Length > 0;

    public int DigestSize => 200;

    private EmailOptions Email => options.Value.Alerts.Email;

    public async Task<string?> SendAsync(IReadOnlyList<AlertNotice> notices, CancellationToken cancellationToken)
    {
        using var message = Compose(notices);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Timeout);

        // The certificate of the mail server is from a private CA more often than not, and their lists of revoked ones are seldom reached.
        using var client = new SmtpClient { CheckCertificateRevocation = false, Timeout = (int)Timeout.TotalMilliseconds };
        try
        {
            await client.ConnectAsync(Email.Host, Email.ResolvedPort, SecurityOf(Email.Security), limit.Token);
            if (Email.UserName.Length > 0)
                await client.AuthenticateAsync(Email.UserName, Email.Password, limit.Token);
            await client.SendAsync(message, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "The mail server did not answer in time.";
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return Explain(e);
        }

        try
        {
            await client.DisconnectAsync(true, limit.Token);
        }
        catch (Exception)
        {
            // The message has been taken; how the server says good-bye does not matter.
        }

        return null;
    }

    private MimeMessage Compose(IReadOnlyList<AlertNotice> notices)
    {
        var portal = DisplayText.Shorten(options.Value.Alerts.ResolvedPortalName);
        var message = new MimeMessage
        {
            Subject = $"[CaPortal] {(notices is [var only] ? DisplayText.Shorten(only.Title, 150) : $"{notices.Count} alerts of {portal}")}",
            Date = time.GetUtcNow(),
            Body = new TextPart("plain") { Text = TextOf(notices, portal, options.Value.ResolvedPublicUrl) },
        };
        message.From.Add(MailboxAddress.Parse(Email.From));
        message.To.AddRange(InternetAddressList.Parse(Email.To));

        // So that no absence note comes back (RFC 3834 §5).
        message.Headers.Add("Auto-Submitted", "auto-generated");
        return message;
    }

    private static string TextOf(IReadOnlyList<AlertNotice> notices, string portal, Uri? address)
    {
        var text = new StringBuilder();
        foreach (var notice in notices)
        {
            text.Append("* ").AppendLine(DisplayText.Visible(notice.Title)).Append("  ").AppendLine(DisplayText.Visible(notice.Message));
            if (notice.BackEnd is { } backEnd)
                text.Append("  Back-end: ").AppendLine(DisplayText.Visible(backEnd));
            if (notice.Sha256 is { } sha256)
                text.Append("  SHA-256: ").AppendLine(sha256);
            if (notice.LinkAt(address) is { } link)
                text.Append("  Open: ").AppendLine(link);
            text.AppendLine(CultureInfo.InvariantCulture, $"  Found at {notice.At:yyyy-MM-dd HH:mm} UTC").AppendLine();
        }

        return text.Append("CaPortal on ").AppendLine(portal).ToString();
    }

    private static SecureSocketOptions SecurityOf(EmailSecurity security) => security switch
    {
        EmailSecurity.StartTls => SecureSocketOptions.StartTls,
        EmailSecurity.Tls => SecureSocketOptions.SslOnConnect,
        _ => SecureSocketOptions.None,
    };

    // What a server answers may repeat what was sent to it, so its own words are left out.
    private static string Explain(Exception exception) =>
        exception switch
        {
            SslHandshakeException => "No TLS connection to the mail server came about: its certificate is not trusted here, or is for another name.",
            AuthenticationException => "The mail server does not accept the user name and password.",
            SmtpCommandException { ErrorCode: SmtpErrorCode.RecipientNotAccepted } refused =>
                $"The mail server does not accept a recipient ({(int)refused.StatusCode}).",
            SmtpCommandException { ErrorCode: SmtpErrorCode.SenderNotAccepted } refused =>
                $"The mail server does not accept the sender ({(int)refused.StatusCode}).",
            SmtpCommandException refused => $"The mail server refused the message ({(int)refused.StatusCode}).",
            NotSupportedException =>
                "The mail server does not offer what the settings ask for: TLS, or signing in. "
                    + $"See {Settings}:{nameof(EmailOptions.Security)} and {nameof(EmailOptions.UserName)}.",
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } =>
                "The mail server's name has no address.",
            SocketException => "The mail server cannot be reached.",
            ProtocolException => "The mail server does not speak SMTP, or ended the connection.",
            TimeoutException => "The mail server did not answer in time.",
            IOException => "The connection to the mail server broke.",
            _ => "The message could not be sent.",
        };
}
