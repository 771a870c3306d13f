using System.Diagnostics;

namespace CaPortal.Tests.Testing;

/// <summary>This test program once more, as another process that plays one part: <see cref="EntryPoint"/> lists them.</summary>
public sealed class ChildProcess : IDisposable
{
    public const string Switch = "--caportal-child";

    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    /// <summary>Starts it with a home folder of its own.</summary>
    public static ChildProcess Start(string role, string home, params string[] arguments) => StartWith(role, home, [], arguments);

    /// <summary>Starts it with a home folder and further environment variables of its own.</summary>
    public static ChildProcess StartWith(string role, string home, Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            // Without the pipes of the diagnostics, which a killed process leaves behind.
            Environment = { [PrivateHome.GivenHomeVariable] = home, ["DOTNET_TieredPGO"] = "0", ["DOTNET_EnableDiagnostics"] = "0" },
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        foreach (var argument in (string[])[Switch, role, .. arguments])
            start.ArgumentList.Add(argument);
        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>The next line that it prints; null at the end.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken cancellationToken) =>
        await _process.StandardOutput.ReadLineAsync(cancellationToken);

    /// <summary>Sends it a line and waits for the one that it prints in return.</summary>
    public async Task<string?> AskAsync(string line, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(line.AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        return await ReadLineAsync(cancellationToken);
    }

    /// <summary>Ends it as kill -9 does, wherever it is, and waits until it is gone.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Waits for its end and returns its exit code.</summary>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
