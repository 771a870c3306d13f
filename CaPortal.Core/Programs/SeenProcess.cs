namespace CaPortal.Core.Programs;

/// <summary>A process with a runtime that is known, and what is kept of it.</summary>
/// <param name="Status">Its number, parent and start.</param>
/// <param name="Found">What it runs on.</param>
/// <param name="Account">The account that it acts as.</param>
/// <param name="Command">What is kept of its command line.</param>
/// <param name="Environment">What is kept of its environment.</param>
/// <param name="Service">The service of systemd that it belongs to; null if it belongs to none.</param>
internal sealed record SeenProcess(
    ProcessStatus Status, FoundRuntime Found, ProcessAccount Account, ProgramCommand Command, KeptEnvironment Environment, string? Service)
{
    /// <summary>What it runs on.</summary>
    public Runtime Runtime => Found.Runtime;

    /// <summary>What people recognise it by.</summary>
    public string Name => Command.Name ?? Service ?? Path.GetFileName(Found.Executable);

    /// <summary>Whether it works for another process: it is the same program, and reads the same list.</summary>
    public bool WorksFor(SeenProcess parent) =>
        Found.Executable == parent.Found.Executable
        && Runtime == parent.Runtime
        && (RuntimeFacts.IsServer(Runtime) || (Name == parent.Name && Environment.IsSameAs(parent.Environment)));
}

/// <summary>The processes of one program.</summary>
/// <param name="Master">The one that the others belong to.</param>
/// <param name="Workers">The others.</param>
internal sealed record ProgramGroup(SeenProcess Master, IReadOnlyList<SeenProcess> Workers)
{
    /// <summary>
    /// When it last read its list, as far as its processes say. A reload gives nginx and HAProxy new workers. One worker of nginx can be
    /// new for another reason, so that the oldest counts; those that a reload is about to end do not. Those of HAProxy cannot be told
    /// apart. Apache replaces its workers all the time, by copies of its master, which has read the list.
    /// </summary>
    public DateTimeOffset LoadedAt => Master.Runtime switch
    {
        Runtime.HaProxy => Newest(Workers) ?? Master.Status.StartedAt,
        Runtime.Nginx => OldestWorker ?? Master.Status.StartedAt,
        _ => Master.Status.StartedAt,
    };

    /// <summary>When the oldest worker was started that is not about to end; null if there are none.</summary>
    public DateTimeOffset? OldestWorker =>
        Workers.Where(w => !w.Command.IsEnding).Select(w => (DateTimeOffset?)w.Status.StartedAt).Min();

    private static DateTimeOffset? Newest(IEnumerable<SeenProcess> processes) => processes.Select(w => (DateTimeOffset?)w.Status.StartedAt).Max();
}
