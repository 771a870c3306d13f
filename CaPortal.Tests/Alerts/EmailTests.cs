using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.Alerts;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Alerts;

/// <summary>Alerts that people are written about.</summary>
public sealed class EmailTests : AlertTest
{
    private readonly MailServer _server = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Alerts_OfOnePass_AreOneMessageToEverybody()
    {
        await StartAsync(Configure);
        await RaiseAsync("a.corp", "b.corp");

        Assert.Null(await Alerts.DeliverAsync(Cancellation));
        Assert.Null(await Alerts.DeliverAsync(Cancellation));

        var (recipients, message) = Assert.Single(_server.Messages);
        Assert.Equal("<anna@example.org>,<bert@example.org>", recipients);
        Assert.Equal("[CaPortal] 2 alerts of Gateway 7", message.Subject);
        Assert.Equal(("CaPortal", "caportal@example.org"), (message.From.Mailboxes.Single().Name, message.From.Mailboxes.Single().Address));
        Assert.Equal("auto-generated", message.Headers["Auto-Submitted"]);
        Assert.Contains("* a.corp:443 is not trusted any more", message.TextBody, StringComparison.Ordinal);
        Assert.Contains("* b.corp:443 is not trusted any more", message.TextBody, StringComparison.Ordinal);
        Assert.All(await DeliveriesAsync(), d => Assert.Equal(("email", Time.GetUtcNow().UtcDateTime), (d.Channel, d.DeliveredAt)));
    }

    [Fact]
    public async Task Alert_WherePeopleOpenThePortalIsSet_LeadsToWhatItIsAbout()
    {
        await StartAsync(o =>
        {
            Configure(o);
            o.PublicUrl = "https://portal.corp/caportal";
        });
        await RaiseAsync("a.corp");
        await Alerts.DeliverAsync(Cancellation);

        var alert = Assert.Single(await ListAsync());
        Assert.Contains(
            $"  Open: https://portal.corp/caportal/back-ends?show={alert.BackEndId}\n",
            Assert.Single(_server.Messages).Message.TextBody!.ReplaceLineEndings("\n"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AlertKind.Expiring, "ab", "ca-certificates?certificate=ab")]
    [InlineData(AlertKind.Expiring, null, "expiry")]
    [InlineData(AlertKind.TrustStore, null, "settings")]
    [InlineData(AlertKind.ActivityLog, null, "activity")]
    public void Link_OfAnAlertAboutNoBackEnd_LeadsToItsPage(AlertKind kind, string? sha256, string expected)
    {
        var notice = new AlertNotice { Id = 1, Kind = kind, Title = "t", Message = "m", Sha256 = sha256, At = DateTime.UnixEpoch };

        Assert.Equal($"https://portal.corp/{expected}", notice.LinkAt(new("https://portal.corp/")));
        Assert.Null(notice.LinkAt(null));
    }

    [Fact]
    public async Task Webhook_ThatDoesNotAnswerYet_DoesNotHoldUpTheMail()
    {
        await using var webhook = new TcpServer(async (socket, stop) =>
        {
            // A portal that waits for this answer before it sends the mail waits in vain.
            await _server.Taken.WaitAsync(stop);
            await socket.ReceiveAsync(new byte[64 * 1024], stop);
            await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), stop);
        });
        await StartAsync(o =>
        {
            Configure(o);
            o.Alerts.Webhook.Url = $"http://127.0.0.1:{webhook.Port}/";
        });
        await RaiseAsync("a.corp");

        Assert.Null(await Alerts.DeliverAsync(Cancellation));

        Assert.All(await DeliveriesAsync(), d => Assert.NotNull(d.DeliveredAt));
    }

    [Fact]
    public async Task Name_WithLineBreaks_AddsNoHeaderAndNoLine()
    {
        await StartAsync(Configure);
        var id = await BackEnds.AddAsync("pay.corp", TrustVerdict.Trusted, name: "Pay\r\nBcc: evil@example.org\r\n\r\n.\r\nQUIT");
        await OpenAsync();
        await BackEnds.FindAsync(id, TrustVerdict.UnknownIssuer);
        await OpenAsync();
        await Alerts.DeliverAsync(Cancellation);

        var (recipients, message) = Assert.Single(_server.Messages);
        Assert.DoesNotContain("evil", recipients, StringComparison.Ordinal);
        Assert.Empty(message.Bcc);
        Assert.StartsWith("[CaPortal] Pay\\u{000D}\\u{000A}Bcc: evil@example.org", message.Subject, StringComparison.Ordinal);
        Assert.DoesNotContain(message.TextBody!.Split('\n'), l =>
            l.StartsWith("Bcc", StringComparison.Ordinal) || l.StartsWith("QUIT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Server_ThatRefusesARecipient_IsToldWithoutItsWordsAndTriedAgain()
    {
        await StartAsync(Configure);
        _server.ToRecipients = "550 no such user, and here is a secret";
        await RaiseAsync("a.corp");

        Assert.Equal(Time.GetUtcNow().AddMinutes(1), await Alerts.DeliverAsync(Cancellation));
        Assert.Equal("The mail server does not accept a recipient (550).", Assert.Single(await DeliveriesAsync()).Error);
        _server.ToRecipients = "250 OK";
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await Alerts.DeliverAsync(Cancellation));
        Assert.Single(_server.Messages);
    }

    [Fact]
    public async Task Server_WithoutTlsWhereTheSettingsDoNotAllowThat_IsSentNothing()
    {
        await StartAsync(o =>
        {
            Configure(o);
            o.Alerts.Email.Security = EmailSecurity.StartTls;
        });
        await RaiseAsync("a.corp");
        await Alerts.DeliverAsync(Cancellation);

        Assert.Equal((1, 0), (await _server.ConnectionsAsync(), _server.Messages.Count));
        Assert.Contains("CaPortal:Alerts:Email:Security", Assert.Single(await DeliveriesAsync()).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(EmailSecurity.StartTls)]
    [InlineData(EmailSecurity.Tls)]
    public async Task Server_WithTls_IsSentTheMailWhereItsCaIsTrustedAndItsNameRight(EmailSecurity security)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only there can a process be told by its environment what to trust.");
        using var folder = new TemporaryDirectory();
        using var root = TestCertificates.Root();
        using var other = TestCertificates.Root("Other Root");
        X509Certificate2[] certificates = [TestCertificates.Server(root), TestCertificates.Server(root, "mail.corp"), TestCertificates.Server(other)];
        var servers = certificates.Select(c => new MailServer(c, isTlsFromTheStart: security == EmailSecurity.Tls)).ToList();
        await File.WriteAllTextAsync(folder["root.pem"], root.ExportCertificatePem(), Cancellation);

        var answers = await MailSender.SendAsync(security, folder["root.pem"], servers, Cancellation);

        Assert.Equal(MailSender.Sent, answers[0]);
        Assert.All(answers.Skip(1), a => Assert.StartsWith("No TLS connection to the mail server came about", a, StringComparison.Ordinal));
        Assert.Equal(["<anna@example.org>"], servers.SelectMany(s => s.Messages).Select(m => m.Recipients));
        foreach (var (server, certificate) in servers.Zip(certificates))
        {
            await server.DisposeAsync();
            certificate.Dispose();
        }
    }

    private void Configure(CoreOptions options)
    {
        options.Alerts.PortalName = "Gateway 7";
        var email = options.Alerts.Email;
        (email.Host, email.Port, email.Security) = ("127.0.0.1", _server.Port, EmailSecurity.None);
        (email.From, email.To) = ("CaPortal <caportal@example.org>", "anna@example.org, Bert <bert@example.org>");
    }

    private async Task RaiseAsync(params string[] hosts)
    {
        List<long> ids = [];
        foreach (var host in hosts)
            ids.Add(await BackEnds.AddAsync(host, TrustVerdict.Trusted));
        await OpenAsync();
        foreach (var id in ids)
            await BackEnds.FindAsync(id, TrustVerdict.UnknownIssuer);
        await OpenAsync();
    }
}
