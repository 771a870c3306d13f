namespace CaPortal.Core.Programs;

/// <summary>A process with a runtime that is known, and what is kept of it.</summary>
/// <param name="Status">Its number, parent and start.</param>
/// <param name="Found">What it runs on.</param>
/// <param name="User">The account that it acts as.</param>
/// <param name="Command">What is kept of its command line.</param>
/// <param name="Environment">What is kept of its environment.</param>
/// <param name="Service">The service of systemd that it belongs to; null if it belongs to none.</param>
internal sealed record SeenProcess(
    ProcessStatus Status, FoundRuntime Found, uint User, ProgramCommand Command, KeptEnvironment Environment, string? Service)
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
    /// When it last read its list, as far as that is known from outside. A reload gives a server new workers. One worker of nginx or
    /// Apache can be new for another reason, so that the oldest counts; those that a reload is about to end do not. Those of HAProxy look
    /// all the same.
    /// </summary>
    public DateTimeOffset LoadedAt
    {
        get
        {
            var workers = Workers.Where(w => !w.Command.IsEnding).Select(w => w.Status.StartedAt).ToList();
            return workers.Count == 0 || !RuntimeFacts.IsServer(Master.Runtime) ? Master.Status.StartedAt
                : Master.Runtime == Runtime.HaProxy ? workers.Max()
                : workers.Min();
        }
    }
}
