namespace CaPortal.Core.Data;

/// <summary>The portals on one database: what they keep there for each other, who works in the background, and how they call each other.</summary>
public interface IPeers
{
    /// <summary>Whether other portals may use the same database.</summary>
    bool MayExist { get; }

    /// <summary>Takes or renews the lead among the portals for <see cref="Term"/>.</summary>
    /// <returns>How often the lead has changed hands, so that an old leader is known; null if another portal leads.</returns>
    /// <exception cref="DatabaseException" />
    Task<long?> LeadAsync(CancellationToken cancellationToken);

    /// <summary>Gives up the lead, if this portal has it, so that another takes it at once.</summary>
    /// <exception cref="DatabaseException" />
    Task ResignAsync(CancellationToken cancellationToken);

    /// <summary>Listens to the other portals until the connection breaks or the token is cancelled.</summary>
    /// <param name="heard">Called with what another portal has changed: names of entities; empty for anything. Never throws.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DatabaseException">The connection broke: what was changed meanwhile was not heard.</exception>
    Task ListenAsync(Action<IReadOnlySet<string>> heard, CancellationToken cancellationToken);

    /// <summary>Keeps something for all portals, in place of what had that name. Nobody who reads the database can read it, or change it unseen.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">A secret.</param>
    /// <param name="expires">When it is forgotten, UTC; null: never.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DatabaseException" />
    Task PutAsync(string name, ReadOnlyMemory<byte> value, DateTime? expires, CancellationToken cancellationToken);

    /// <summary>Refuses a portal with another key file than that of the portals that have used the database.</summary>
    /// <param name="prefix">How the names begin of what it must be able to read.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DatabaseException">The database cannot be used, or the key is another one.</exception>
    Task RequireKeyAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>What is kept and has not expired. What another program has put there or changed is left out.</summary>
    /// <param name="prefix">How the names begin.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DatabaseException" />
    Task<IReadOnlyList<SharedItem>> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Takes something away. Of several who do so at once, one gets it.</summary>
    /// <returns>Whether this one did.</returns>
    /// <exception cref="DatabaseException" />
    Task<bool> TakeAsync(string name, CancellationToken cancellationToken);

    /// <summary>Counts something that all portals count together.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="more">How many more there are; 0 to look.</param>
    /// <param name="expires">When the count is forgotten, UTC.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>How many there are.</returns>
    /// <exception cref="DatabaseException" />
    Task<int> CountAsync(string name, int more, DateTime expires, CancellationToken cancellationToken);

    /// <summary>For how long the lead lasts unless it is renewed.</summary>
    static TimeSpan Term { get; } = TimeSpan.FromSeconds(6);
}

/// <summary>What the portals keep for each other.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">A secret.</param>
/// <param name="Expires">When it is forgotten, UTC; null: never.</param>
public sealed record SharedItem(string Name, ReadOnlyMemory<byte> Value, DateTime? Expires);
