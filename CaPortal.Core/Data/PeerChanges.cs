namespace CaPortal.Core.Data;

/// <summary>Passes on what other portals have changed, so that pages here show it as if it were done here.</summary>
public sealed class PeerChanges
{
    private event Action<IReadOnlySet<string>>? Heard;

    /// <summary>Has a handler called when another portal has changed one of these entities, or may have.</summary>
    /// <param name="handler">Returns at once and never throws.</param>
    /// <param name="entities">Types of <see cref="PortalDb"/>.</param>
    public void On(Action handler, params Type[] entities)
    {
        var names = entities.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        Heard += changed =>
        {
            if (changed.Count == 0 || names.Overlaps(changed))
                handler();
        };
    }

    /// <summary>Another portal has changed entities of these names; of any where there is none.</summary>
    public void Raise(IReadOnlySet<string> changed) => Heard?.Invoke(changed);

    /// <summary>How portals call an entity among each other.</summary>
    internal static string NameOf(Type entity) => entity.Name;
}
