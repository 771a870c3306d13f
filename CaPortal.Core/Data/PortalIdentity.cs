namespace CaPortal.Core.Data;

/// <summary>Which rows of the database are this portal's: the instance whose list it shows, and the machine that it runs on.</summary>
public sealed class PortalIdentity
{
    /// <summary>The <see cref="ServiceInstance"/>.</summary>
    public int InstanceId { get; } = 1;

    /// <summary>The <see cref="Node"/>. Where several portals use one database, known once that is open.</summary>
    public int NodeId { get; internal set; } = 1;

    /// <summary>This process, in which no other portal has part.</summary>
    public string Process { get; } = Guid.NewGuid().ToString("N");
}
