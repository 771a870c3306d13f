using System.Net.Sockets;
using System.Text;
using MimeKit;

namespace CaPortal.Tests.Testing;

/// <summary>A mail server on a free loopback port, without TLS, that keeps what it is sent.</summary>
public sealed class MailServer : IAsyncDisposable
{
    private readonly TcpServer _server;
    private readonly Lock _gate = new();
    private readonly List<(string Recipients, MimeMessage Message)> _messages = [];

    public MailServer()
    {
        _server = new TcpServer(ConverseAsync);
    }

    public int Port => _server.Port;

    /// <summary>What it says to recipients.</summary>
    public string ToRecipients { get; set; } = "250 OK";

    public int Connections => _server.Connections;

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

    private async Task ConverseAsync(Socket socket, CancellationToken cancellationToken)
    {
        await using var stream = new NetworkStream(socket);
        await using var writer = new StreamWriter(stream, Encoding.ASCII) { NewLine = "\r\n", AutoFlush = true };
        using var reader = new StreamReader(stream, Encoding.Latin1);
        List<string> recipients = [];
        await writer.WriteLineAsync("220 mail.test ESMTP");
        while (await reader.ReadLineAsync(cancellationToken) is { } command)
        {
            if (command.StartsWith("RCPT TO:", StringComparison.OrdinalIgnoreCase))
                recipients.Add(command["RCPT TO:".Length..].Split(' ')[0]);
            if (command.Equals("DATA", StringComparison.OrdinalIgnoreCase))
                await TakeAsync(reader, writer, string.Join(",", recipients), cancellationToken);
            else
                await writer.WriteLineAsync(AnswerTo(command));
            if (command.StartsWith("QUIT", StringComparison.OrdinalIgnoreCase))
                break;
        }
    }

    private string AnswerTo(string command) => command.ToUpperInvariant().Split(' ', ':')[0] switch
    {
        "EHLO" or "HELO" => "250 mail.test",
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
        await writer.WriteLineAsync("250 Taken");
    }
}
