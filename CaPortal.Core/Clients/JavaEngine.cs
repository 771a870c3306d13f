using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using CaPortal.Core.Files;
using CaPortal.Core.Processes;

namespace CaPortal.Core.Clients;

/// <summary>
/// Java with its default settings for TLS: the TLS client of the Java that is installed here. Its process is started when it
/// is first asked, and ended when nobody has asked for a while. It gets what the server sent as the first messages of a
/// handshake. So chain building, names, disabled algorithms and the bounds on what a server may send are Java's own.
/// </summary>
/// <remarks>
/// What is in a Java truststore is an anchor: it has no place for intermediates, so Java does not get those of the question.
/// A root that Java cannot read is left out, and the others remain. The program is <c>Java/ClientWorker.java</c>; its compiled
/// form comes with the portal, because gateways have no Java compiler.
/// </remarks>
internal sealed class JavaEngine : IClientEngine, IDisposable
{
    private const string Program = "ClientWorker";

    // A start takes about a second, an answer about a millisecond; the rest is for a machine that is busy.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    // Options that others set for their own Java programs would change what it answers, or what it writes.
    private static readonly string[] OptionVariables = ["JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS"];

    private readonly string? _command;
    private readonly Lazy<string?> _version;
    private readonly PipeWorker _worker;
    private DirectoryInfo? _folder;

    /// <summary>Creates it for the Java that is installed, if there is one.</summary>
    public JavaEngine(TimeProvider time)
        : this(ExternalCommand.Find("java"), time)
    {
    }

    internal JavaEngine(string? command, TimeProvider time)
    {
        _command = command;
        _version = new(FindVersion);
        _worker = new PipeWorker(Command, Timeout, time);
    }

    public string Name => ClientNames.Java;

    public string Title => "Java";

    public string Programs => "Java programs with their default TLS settings";

    public string? Version => _version.Value;

    /// <summary>Where the program is while it runs.</summary>
    internal string? Folder => _folder?.FullName;

    public ClientAnswer? Ask(ClientQuestion question)
    {
        if (_command is null)
            return null;

        var answer = _worker.Ask(FrameOf(question, withRoots: false));
        if (answer is [(byte)JavaAnswer.RootsUnknown])
            answer = _worker.Ask(FrameOf(question, withRoots: true));
        return answer is null ? null : JavaAnswer.Read(Encoding.UTF8.GetString(answer));
    }

    public void Dispose()
    {
        _worker.Dispose();
        DeleteFolder();
    }

    // Java needs the program as a file: in a new folder for each start, which no other account can enter.
    private ProcessStartInfo Command()
    {
        DeleteFolder();
        _folder = PrivateDirectory.CreateTemporary("caportal-java-");
        using (var program = typeof(JavaEngine).Assembly.GetManifestResourceStream($"{Program}.class")!)
        using (var file = File.Create(Path.Combine(_folder.FullName, $"{Program}.class")))
            program.CopyTo(file);

        // Standard output is for answers alone, and Java keeps no file of figures for other tools.
        var start = new ProcessStartInfo(
            _command!,
            [
                "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m", "-XX:-UsePerfData", "-XX:+DisplayVMOutputToStderr",
                "-Duser.language=en", "-cp", _folder.FullName, Program,
            ])
        { WorkingDirectory = _folder.FullName };
        foreach (var variable in OptionVariables)
            start.Environment.Remove(variable);
        return start;
    }

    private void DeleteFolder()
    {
        try
        {
            _folder?.Delete(recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has been deleted already, or a process that is just ending still has its file.
        }

        _folder = null;
    }

    private string? FindVersion()
    {
        if (_command is null)
            return null;
        try
        {
            var command = new Command(_command, ["-version"], Timeout) { Environment = OptionVariables.ToDictionary(v => v, _ => (string?)null) };
            var result = Task.Run(() => ExternalCommand.RunAsync(command, CancellationToken.None)).GetAwaiter().GetResult();
            return result.ExitCode == 0 && result.Errors.Split('"') is [_, var version, ..] ? version : null;
        }
        catch (ExternalCommandException)
        {
            return null;
        }
    }

    private static byte[] FrameOf(ClientQuestion question, bool withRoots)
    {
        var frame = new MemoryStream();
        WriteBlock(frame, HashOf(question.Roots));
        Span<byte> time = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(time, question.At.ToUnixTimeMilliseconds());
        frame.Write(time);
        WriteBlock(frame, Encoding.ASCII.GetBytes(question.ServerName ?? ""));
        WriteBlocks(frame, question.Presented);
        if (withRoots)
            WriteBlocks(frame, question.Roots);
        return frame.ToArray();
    }

    private static byte[] HashOf(IReadOnlyList<ReadOnlyMemory<byte>> certificates)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var certificate in certificates)
            hash.AppendData(certificate.Span);
        return hash.GetHashAndReset();
    }

    private static void WriteBlocks(MemoryStream frame, IReadOnlyList<ReadOnlyMemory<byte>> blocks)
    {
        WriteNumber(frame, blocks.Count);
        foreach (var block in blocks)
            WriteBlock(frame, block.Span);
    }

    private static void WriteBlock(MemoryStream frame, ReadOnlySpan<byte> block)
    {
        WriteNumber(frame, block.Length);
        frame.Write(block);
    }

    private static void WriteNumber(MemoryStream frame, int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        frame.Write(bytes);
    }
}
