using CaPortal.Core.Certificates;
using CaPortal.Core.Clients;

namespace CaPortal.Core.Probing;

/// <summary>
/// The clients whose answers make a verdict. Their answers are kept by question. So judging many chains against a changed
/// list asks only where the change can count. Can be used by several threads at once.
/// </summary>
public sealed class ClientPanel
{
    private const int CacheSize = 50_000;

    private readonly BoundedCache<string, ClientAnswer> _answers = new(CacheSize);
    private readonly IReadOnlySet<string> _counted;

    /// <summary>Creates it.</summary>
    /// <param name="engines">All clients, in the order in which they are shown.</param>
    /// <param name="counted">The names of those that count for the verdict where a back-end names none of its own.</param>
    public ClientPanel(IEnumerable<IClientEngine> engines, IEnumerable<string> counted) =>
        (Engines, _counted) = ([.. engines], counted.ToHashSet());

    /// <summary>All clients, in the order in which they are shown.</summary>
    public IReadOnlyList<IClientEngine> Engines { get; }

    /// <summary>The clients that count where a back-end names none of its own, in the order in which they are shown.</summary>
    public IEnumerable<IClientEngine> Counted => Engines.Where(e => Counts(e, null));

    /// <summary>Whether a client counts for a verdict.</summary>
    /// <param name="engine">The client.</param>
    /// <param name="chosen">The names of those that count for a back-end; null for the setting.</param>
    public bool Counts(IClientEngine engine, IReadOnlyCollection<string>? chosen) => chosen?.Contains(engine.Name) ?? _counted.Contains(engine.Name);

    /// <summary>Asks a client, for each order of namesakes where there are any: which one it takes first is chance.</summary>
    /// <returns>Its answer, a refusal where one order leads to it; null if it gives none.</returns>
    internal ClientOpinion? Ask(IClientEngine engine, ClientCase about)
    {
        if (Answer(engine, about) is not { } first)
            return null;
        if (!about.HasNamesakes || Answer(engine, about.Reversed()) is not { } second || first.IsAccepted == second.IsAccepted)
            return new ClientOpinion(first, DependsOnOrder: false);
        return new ClientOpinion(first.IsAccepted ? second : first, DependsOnOrder: true);
    }

    private ClientAnswer? Answer(IClientEngine engine, ClientCase about)
    {
        var key = $"{engine.Name} {about.Key}";
        if (_answers.TryGet(key, out var known))
            return known;
        var answer = engine.Ask(about.Question);
        return answer is null ? null : _answers.GetOrAdd(key, static (_, a) => a, answer);
    }
}

/// <summary>What a client says.</summary>
/// <param name="Answer">Its answer.</param>
/// <param name="DependsOnOrder">It accepts where it takes certificates of one name in another order.</param>
internal sealed record ClientOpinion(ClientAnswer Answer, bool DependsOnOrder);
