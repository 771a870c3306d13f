using System.Diagnostics;
using CaPortal.Core.Processes;

namespace CaPortal.Core.Clients.DotNet;

/// <summary>
/// .NET, in a process of its own. In this process the stores of the account and of the machine would complete chains,
/// regardless of the question. The other process has only the certificates that it is asked about.
/// </summary>
internal sealed class DotNetEngine(TimeProvider time) : IClientEngine, IDisposable
{
    /// <summary>Includes the start of the process, on a machine that is busy.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    /// <summary>A place where nothing is: .NET looks for certificates there.</summary>
    private const string Nowhere = "/nonexistent";

    private readonly PipeWorker _worker = new(Command, Timeout, time);

    public string Name => ClientNames.DotNet;

    public string Title => ".NET";

    public string Programs => ".NET programs with their default TLS settings";

    public string? Version => OwnProgram.IsKnown ? $".NET {Environment.Version}" : null;

    public ClientAnswer? Ask(ClientQuestion question) =>
        OwnProgram.IsKnown && _worker.Ask(WorkerFrames.Write(question)) is { } answer ? WorkerFrames.ReadAnswer(answer) : null;

    public void Dispose() => _worker.Dispose();

    private static ProcessStartInfo Command()
    {
        var command = OwnProgram.Command(DotNetWorker.Verb);
        (command.Environment["HOME"], command.Environment["SSL_CERT_FILE"], command.Environment["SSL_CERT_DIR"]) = (Nowhere, Nowhere, Nowhere);

        // One small question at a time: a heap for each core would be waste.
        (command.Environment["DOTNET_gcServer"], command.Environment["DOTNET_TieredPGO"]) = ("0", "0");
        return command;
    }
}
