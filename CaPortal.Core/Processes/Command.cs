using System.Collections.ObjectModel;

namespace CaPortal.Core.Processes;

/// <summary>A command of this machine.</summary>
/// <param name="File">The file of the command.</param>
/// <param name="Arguments">Its arguments, passed as they are.</param>
/// <param name="Timeout">When it has not ended after this time, it is killed.</param>
internal sealed record Command(string File, IEnumerable<string> Arguments, TimeSpan Timeout)
{
    /// <summary>It has the environment of the portal, without the portal's own settings; else it has no environment.</summary>
    public bool InheritsEnvironment { get; init; } = true;

    /// <summary>Environment variables to set, or to take away where the value is null.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = ReadOnlyDictionary<string, string?>.Empty;

    /// <summary>The folder that it runs in; empty for that of the portal.</summary>
    public string WorkingDirectory { get; init; } = "";

    /// <summary>What it reads from standard input.</summary>
    public string Input { get; init; } = "";

    /// <summary>How many characters of its output are read. A list of 20,000 certificates comes to the default.</summary>
    public int MaxOutput { get; init; } = 64 * 1024 * 1024;

    /// <summary>More output than that is dropped; otherwise it ends the command.</summary>
    public bool DropsMore { get; init; }

    /// <summary>What it writes to standard error is part of its output, where it comes.</summary>
    public bool MergesErrors { get; init; }

    /// <summary>
    /// How long to wait for its output after it has ended, because a program that it left running may hold the output open.
    /// Null: as long as the command may take.
    /// </summary>
    public TimeSpan? Drain { get; init; }

    /// <summary>Its name, for people.</summary>
    public string Name => Path.GetFileName(File);
}

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">Its exit code; null if it was ended because it took too long or was cancelled.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">What it wrote to standard error.</param>
internal sealed record CommandResult(int? ExitCode, string Output, string Errors);

/// <summary>A command could not be run to its end. The inner exception is a <see cref="TimeoutException"/> where it took too long.</summary>
internal sealed class ExternalCommandException(string message, Exception? innerException) : Exception(message, innerException);
