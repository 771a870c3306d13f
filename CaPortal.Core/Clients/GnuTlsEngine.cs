using System.Globalization;
using System.Security.Cryptography;
using CaPortal.Core.Files;
using CaPortal.Core.Processes;

namespace CaPortal.Core.Clients;

/// <summary>
/// GnuTLS with its default settings: its own command <c>certtool</c>, if that is installed. Each question is a process and
/// two files in a folder of its own. This takes some 10 ms: little for the details of one back-end, and too much for all of
/// them.
/// </summary>
/// <remarks>
/// Programs that use GnuTLS read the system's list of roots, in which no intermediates are, so it does not get those of the question.
/// They do not look at extended key usages, which wget shows, so the command is not asked to. They take at most 16 certificates,
/// which the command does not know, and a server's own certificate from their list, which the command never does: it is not asked.
/// Versions of <c>certtool</c> that cannot be given a time judge for the present, and are asked about no other.
/// </remarks>
internal sealed class GnuTlsEngine : IClientEngine
{
    private const string Label = "CERTIFICATE";
    private const string TimeOption = "--attime";

    // More of them are refused (DEFAULT_MAX_VERIFY_DEPTH).
    private const int MaxSent = 16;

    // How far a question may be from the clock to be one about the present.
    private static readonly TimeSpan Present = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    // In English, so that its words can be recognised.
    private static readonly Dictionary<string, string?> Environment = new() { ["LC_ALL"] = "C", ["LANGUAGE"] = null };

    private readonly string? _command;
    private readonly TimeProvider _time;
    private readonly Lazy<(string? Version, bool TakesTime)> _about;

    /// <summary>Creates it for the command that is installed, if there is one.</summary>
    public GnuTlsEngine(TimeProvider time)
        : this(ExternalCommand.Find("certtool"), time)
    {
    }

    internal GnuTlsEngine(string? command, TimeProvider time)
    {
        (_command, _time) = (command, time);
        _about = new(LookAtCommand);
    }

    public string Name => ClientNames.GnuTls;

    public string Title => "GnuTLS";

    public string Programs => "wget, and other programs that use GnuTLS";

    public string? Version => _about.Value.Version;

    public ClientAnswer? Ask(ClientQuestion question)
    {
        if (Version is null || !(_about.Value.TakesTime || (question.At - _time.GetUtcNow()).Duration() <= Present))
            return null;
        if (question.Presented.Count > MaxSent)
            return new ClientAnswer(ClientProblem.Other, "Some constraint limits were reached", null);
        if (question.Presented is [var own, ..] && question.Roots.Any(r => r.Span.SequenceEqual(own.Span)))
            return null;

        DirectoryInfo? folder = null;
        try
        {
            folder = PrivateDirectory.CreateTemporary("caportal-gnutls-");
            var (roots, sent) = (Path.Combine(folder.FullName, "roots.pem"), Path.Combine(folder.FullName, "sent.pem"));
            Write(roots, question.Roots);
            Write(sent, question.Presented);
            return Run(ArgumentsOf(question, roots, sent)) is { } result ? GnuTlsAnswer.Read(result) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        finally
        {
            Delete(folder);
        }
    }

    private List<string> ArgumentsOf(ClientQuestion question, string roots, string sent)
    {
        // The profile is that of GnuTLS's default priorities, which the command does not take by itself.
        List<string> arguments = ["--verify", $"--load-ca-certificate={roots}", $"--infile={sent}", "--verify-profile=low"];
        if (question.ServerName is { } name)
            arguments.Add($"--verify-hostname={name}");
        if (_about.Value.TakesTime)
            arguments.Add(string.Create(CultureInfo.InvariantCulture, $"{TimeOption}={question.At.ToUnixTimeSeconds()}"));
        return arguments;
    }

    private (string? Version, bool TakesTime) LookAtCommand() =>
        _command is not null
        && Run(["--version"]) is { ExitCode: 0 } version
        && version.Output.Split('\n')[0].Split(' ') is ["certtool", .., var number]
        && Run(["--help"]) is { ExitCode: 0 } help
            ? (number, help.Output.Contains(TimeOption, StringComparison.Ordinal))
            : (null, false);

    private CommandResult? Run(IEnumerable<string> arguments)
    {
        try
        {
            return Task.Run(() => ExternalCommand.RunAsync(new Command(_command!, arguments, Timeout) { Environment = Environment }, CancellationToken.None))
                .GetAwaiter()
                .GetResult();
        }
        catch (ExternalCommandException)
        {
            return null;
        }
    }

    private static void Write(string file, IEnumerable<ReadOnlyMemory<byte>> certificates) =>
        File.WriteAllLines(file, certificates.Select(c => PemEncoding.WriteString(Label, c.Span)));

    private static void Delete(DirectoryInfo? folder)
    {
        try
        {
            folder?.Delete(recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Two files with certificates remain, which are no secret.
        }
    }
}
