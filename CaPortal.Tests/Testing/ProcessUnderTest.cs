using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;

namespace CaPortal.Tests.Testing;

/// <summary>The portal as a process of its own, started from a folder that is not its own.</summary>
public sealed class ProcessUnderTest : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly ConcurrentQueue<string> _output = [];
    private readonly ConcurrentQueue<string> _errors = [];

    /// <param name="arguments">The settings.</param>
    /// <param name="within">A command, with its arguments, that runs the program that follows.</param>
    public ProcessUnderTest(IEnumerable<string> arguments, params IReadOnlyList<string> within)
        : this([
            .. within,
            Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet",
            Path.Combine(AppContext.BaseDirectory, "CaPortal.dll"),
            .. arguments,
        ])
    { }

    private ProcessUnderTest(string[] command)
    {
        _process = new()
        {
            StartInfo = new(command[0], command[1..])
            {
                WorkingDirectory = Path.GetTempPath(),
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                // Without the pipes of the diagnostics, which a killed process leaves behind.
                Environment =
                {
                    ["ASPNETCORE_ENVIRONMENT"] = "Production",
                    ["ASPNETCORE_URLS"] = null,
                    ["DOTNET_EnableDiagnostics"] = "0",
                    ["DOTNET_TieredPGO"] = "0",
                },
            },
        };
        _process.OutputDataReceived += (_, e) =>
        {
            if (e.Data is null)
            {
                _lines.Writer.TryComplete();
                return;
            }
            _output.Enqueue(e.Data);
            _lines.Writer.TryWrite(e.Data);
        };
        _process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is not null)
                _errors.Enqueue(e.Data);
        };
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Starts another build of the portal than the one that the tests come with.</summary>
    /// <param name="command">The program, or what runs it, with its arguments.</param>
    public static ProcessUnderTest Start(params string[] command) => new(command);

    public string Output => string.Join('\n', _output);

    public string ErrorOutput => string.Join('\n', _errors);

    /// <summary>Its identifier; that of the starter where there is one.</summary>
    public int Id => _process.Id;

    /// <summary>The next line that it prints.</summary>
    public async Task<string> NextLineAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _lines.Reader.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException)
        {
            await _process.WaitForExitAsync(cancellationToken);
            throw new InvalidOperationException($"The portal has ended:\n{ErrorOutput}");
        }
    }

    /// <summary>The next line that it prints with these words.</summary>
    public async Task<string> NextLineAsync(string words, CancellationToken cancellationToken)
    {
        while (true)
            if (await NextLineAsync(cancellationToken) is var line && line.Contains(words, StringComparison.Ordinal))
                return line;
    }

    /// <summary>Waits until it ends by itself.</summary>
    public async Task<int> ExitCodeAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
