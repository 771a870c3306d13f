namespace CaPortal.Core.Programs;

/// <summary>Whether a running program notices the CA certificates that CaPortal manages.</summary>
public enum RunningProgramState
{
    /// <summary>There are none to trust.</summary>
    NothingToTrust,

    /// <summary>The list that it has read holds all of them.</summary>
    Trusts,

    /// <summary>The list changed after the program had read it.</summary>
    NeedsReload,

    /// <summary>The list that it reads lacks some of them.</summary>
    ReadsAnotherList,

    /// <summary>It is not known which list it reads, or the list cannot be read.</summary>
    Unknown,
}

/// <summary>A program that runs on this machine and can make TLS connections. All texts are safe to show.</summary>
/// <param name="ProcessId">Its process, the one that the others belong to.</param>
/// <param name="Runtime">What runs it, for people: <c>nginx</c>, <c>Java</c>, <c>.NET</c>.</param>
/// <param name="Name">What people recognise it by: a script, a jar, a service. Never an argument that may be secret.</param>
/// <param name="Account">The account that it runs as.</param>
/// <param name="StartedAt">When it was started.</param>
/// <param name="LoadedAt">When it last read its list, as far as that is known from outside.</param>
/// <param name="List">The file or folder of the list; null if it is no single one, see <paramref name="ListTitle"/>.</param>
/// <param name="ListTitle">What the list is, for people, where <paramref name="List"/> is null; null if neither is known.</param>
/// <param name="Total">How many trusted root certificates CaPortal manages.</param>
/// <param name="Missing">How many of them are not in the list; null if that is unknown.</param>
/// <param name="State">Whether it notices them.</param>
/// <param name="Explanation">One or two sentences: why, and what to do.</param>
public sealed record RunningProgram(
    int ProcessId,
    string Runtime,
    string Name,
    string Account,
    DateTimeOffset StartedAt,
    DateTimeOffset LoadedAt,
    string? List,
    string? ListTitle,
    int Total,
    int? Missing,
    RunningProgramState State,
    string Explanation)
{
    /// <summary>A folder that the program reads besides the list, though nobody named it; null if there is none.</summary>
    public string? Beside { get; init; }

    /// <summary>It runs in a container: what is said of files is about those in there.</summary>
    public bool IsInContainer { get; init; }
}

/// <summary>What was found.</summary>
/// <param name="Programs">The programs, those first that need somebody.</param>
/// <param name="Inaccessible">How many processes could not be looked at, because they belong to another account.</param>
public sealed record RunningProgramsReport(IReadOnlyList<RunningProgram> Programs, int Inaccessible)
{
    /// <summary>How many processes were not looked at for lack of time; null if that is not known, because a look does not come to an end.</summary>
    public int? Skipped { get; init; } = 0;

    /// <summary>Nothing runs that could be looked at.</summary>
    public static RunningProgramsReport Empty { get; } = new([], 0);
}
