namespace CaPortal.Core.Activity;

/// <summary>
/// Where entries of the activity log go besides the database. So they survive anyone who can change the database.
/// </summary>
public sealed class ActivityOptions
{
    /// <summary>A file to which each entry is appended as one line of JSON. Empty: none.</summary>
    public string File { get; set; } = "";

    /// <summary>A syslog server: <c>udp://host:514</c>, <c>tcp://host:601</c> or <c>unix:/dev/log</c>. Empty: none.</summary>
    public string Syslog { get; set; } = "";
}
