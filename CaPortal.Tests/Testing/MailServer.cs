using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MimeKit;

namespace CaPortal.Tests.Testing;

/// <summary>A mail server on a free loopback port that keeps what it is sent. With a certificate it takes mail over TLS alone, from an account.</summary>
public sealed class MailServer : IAsyncDisposable
{
    /// <summary>The one account that it knows.</summary>
    public static readonly (string UserName, string Password) Account = ("caportal", "mail-password");

    private readonly TcpServer _server;
    private readonly Lock _gate = new();
    private readonly List<(string Recipients, MimeMessage Message)> _messages = [];
    private readonly TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly X509Certificate2? _certificate;
    private readonly bool _isTlsFromTheStart;

    /// <summary>Starts it.</summary>
    /// <param name="certificate">Its certificate with key; null: it has no TLS.</param>
    /// <param name="isTlsFromTheStart">TLS begins with the connection, and not by STARTTLS (RFC 3207).</param>
    public MailServer(X509Certificate2? certificate = null, bool isTlsFromTheStart = false)
    {
        (_certificate, _isTlsFromTheStart) = (certificate, isTlsFromTheStart);
        _server = new TcpServer(ServeAsync);
    }

    public int Port => _server.Port;

    /// <summary>What it says to recipients.</summary>
    public string ToRecipients { get; set; } = "250 OK";

    /// <summary>How many connections have been made to it.</summary>
    public Task<int> ConnectionsAsync() => _server.ConnectionsAsync();

    /// <summary>Ends when the first message has come.</summary>
    public Task Taken => _taken.Task;

    /// <summary>What has come, in order, with the recipients of the envelope.</summary>
    public IReadOnlyList<(string Recipients, MimeMessage Message)> Messages
    {
        get
        {
            lock (_gate)
                return [.. _messages];
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(Socket socket, CancellationToken cancellationToken)
    {
        await using var stream = new NetworkStream(socket);
        if (_isTlsFromTheStart || await ConverseAsync(stream, isNew: true, isSafe: _certificate is null, cancellationToken))
        {
            await using var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, cancellationToken);
            await ConverseAsync(tls, isNew: _isTlsFromTheStart, isSafe: true, cancellationToken);
        }
    }

    /// <summary>Answers until the client goes, or wants to go on over TLS.</summary>
    /// <returns>It wants to go on over TLS.</returns>
    private async Task<bool> ConverseAsync(Stream stream, bool isNew, bool isSafe, CancellationToken cancellationToken)
    {
        await using var writer = new StreamWriter(stream, Encoding.ASCII, leaveOpen: true) { NewLine = "\r\n", AutoFlush = true };
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
        List<string> recipients = [];
        var maySend = _certificate is null;
        if (isNew)
            await writer.WriteLineAsync("220 mail.test ESMTP");
        while (await reader.ReadLineAsync(cancellationToken) is { } command)
        {
            var verb = command.ToUpperInvariant().Split(' ', ':')[0];
            if (verb is "RCPT")
                recipients.Add(command["RCPT TO:".Length..].Split(' ')[0]);
            if (verb is "AUTH")
                maySend = isSafe && command == $"AUTH PLAIN {Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{Account.UserName}\0{Account.Password}"))}";
            if (verb is "DATA" && maySend)
                await TakeAsync(reader, writer, string.Join(",", recipients), cancellationToken);
            else
                await writer.WriteLineAsync(AnswerTo(verb, isSafe, maySend));
            if (verb is "STARTTLS" && !isSafe)
                return true;
            if (verb is "QUIT")
                break;
        }

        return false;
    }

    private string AnswerTo(string verb, bool isSafe, bool maySend) => verb switch
    {
        "EHLO" or "HELO" when !isSafe => "250-mail.test\r\n250 STARTTLS",
        "EHLO" or "HELO" when _certificate is not null => "250-mail.test\r\n250 AUTH PLAIN",
        "EHLO" or "HELO" => "250 mail.test",
        "STARTTLS" when !isSafe => "220 Go on",
        "AUTH" => maySend ? "235 Welcome" : "535 Who are you",
        "MAIL" or "RCPT" or "DATA" when !maySend => "530 Sign in",
        "RCPT" => ToRecipients,
        "QUIT" => "221 Bye",
        "MAIL" or "RSET" or "NOOP" => "250 OK",
        _ => "502 Not implemented",
    };

    private async Task TakeAsync(StreamReader reader, StreamWriter writer, string recipients, CancellationToken cancellationToken)
    {
        await writer.WriteLineAsync("354 Go on");
        var lines = new StringBuilder();
        while (await reader.ReadLineAsync(cancellationToken) is { } line && line != ".")
            lines.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        using var content = new MemoryStream(Encoding.Latin1.GetBytes(lines.ToString()));
        var message = await MimeMessage.LoadAsync(content, cancellationToken);
        lock (_gate)
            _messages.Add((recipients, message));
        _taken.TrySetResult();
        await writer.WriteLineAsync("250 Taken");
    }
}
