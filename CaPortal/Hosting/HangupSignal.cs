using System.Runtime.InteropServices;

namespace CaPortal.Hosting;

/// <summary>
/// What the signal SIGHUP does, which by default ends a process at once: the settings are read again, as administrators expect
/// of a service. Windows has no such signal: there the event is sent where a console is closed, and nothing holds that up.
/// </summary>
/// <remarks>
/// The system also sends it when the terminal that the portal writes to is closed. Then nobody sees the portal any more, and
/// the person who closed the window meant to end it. So it ends as it does at Ctrl+C. A portal that writes to another place
/// (<c>nohup</c>, <c>&gt; file</c>) goes on.
/// </remarks>
internal sealed partial class HangupSignal : IDisposable
{
    private const string Terminal = "/dev/tty";

    private readonly bool _hasTerminal;
    private readonly PosixSignalRegistration? _registration;
    private readonly Lock _reloading = new();
    private volatile Target? _target;

    /// <summary>Takes the signal, which is ignored before there is an application.</summary>
    public HangupSignal()
    {
        if (OperatingSystem.IsWindows())
            return;
        _hasTerminal = !Console.IsOutputRedirected && IsTerminalOpen();
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            var isClosed = _hasTerminal && !IsTerminalOpen();
            context.Cancel = _target is not null || !isClosed;
            Handle(isClosed);
        });
    }

    /// <summary>Lets the signal act on the application.</summary>
    public void Follow(WebApplication app) => _target = new((IConfigurationRoot)app.Configuration, app.Lifetime, app.Logger);

    /// <inheritdoc/>
    public void Dispose() => _registration?.Dispose();

    /// <summary>Does what the signal asks for.</summary>
    /// <param name="isClosed">Whether the terminal is closed that the application writes to.</param>
    internal void Handle(bool isClosed)
    {
        if (_target is not { } target)
            return;
        if (isClosed)
        {
            LogTerminalClosed(target.Logger);
            target.Lifetime.StopApplication();
            return;
        }

        try
        {
            lock (_reloading)
                target.Configuration.Reload();
            LogReloaded(target.Logger);
        }
        catch (Exception e)
        {
            // The portal does its work even if the files cannot be read.
            LogNotReloaded(target.Logger, e.Message, e.InnerException?.Message);
        }
    }

    private static bool IsTerminalOpen()
    {
        try
        {
            File.OpenHandle(Terminal, FileMode.Open, FileAccess.Read, FileShare.ReadWrite).Dispose();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>What it acts on, taken out of the application while that has its services.</summary>
    private sealed record Target(IConfigurationRoot Configuration, IHostApplicationLifetime Lifetime, ILogger Logger);

    [LoggerMessage(4301, LogLevel.Information, "SIGHUP: the files of settings were read again. Log levels apply now, other settings after a restart")]
    private static partial void LogReloaded(ILogger logger);

    [LoggerMessage(4302, LogLevel.Warning, "SIGHUP: the settings could not be read again, correct them before the next start. {Reason} {Detail}")]
    private static partial void LogNotReloaded(ILogger logger, string reason, string? detail);

    [LoggerMessage(4303, LogLevel.Information, "The terminal was closed; the portal ends")]
    private static partial void LogTerminalClosed(ILogger logger);
}
