namespace CaPortal.Core.Data;

/// <summary>Which rows of the database are this portal's: the instance whose list it shows, and the machine that it runs on.</summary>
/// <param name="InstanceId">The <see cref="ServiceInstance"/>.</param>
/// <param name="NodeId">The <see cref="Node"/>.</param>
public sealed record PortalIdentity(int InstanceId, int NodeId)
{
    /// <summary>The one instance with the one machine of a database that the portal keeps for itself.</summary>
    public static PortalIdentity Embedded { get; } = new(1, 1);
}
