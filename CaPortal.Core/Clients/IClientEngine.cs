namespace CaPortal.Core.Clients;

/// <summary>
/// A family of TLS clients that is asked itself, by the library that its programs use. The question is what it does with what
/// a server sent and a list of CA certificates. It gets all of both, because clients take one candidate and seldom come back
/// for another.
/// </summary>
public interface IClientEngine
{
    /// <summary>Its name in settings and over REST; lower case, never changes.</summary>
    string Name { get; }

    /// <summary>What people call it: <c>OpenSSL</c>.</summary>
    string Title { get; }

    /// <summary>Which programs decide as it does, in a few words.</summary>
    string Programs { get; }

    /// <summary>
    /// The version that is asked; null if it is not on this machine, and so not asked. May look at the machine the first
    /// time.
    /// </summary>
    string? Version { get; }

    /// <summary>
    /// Asks it. Never throws for what a certificate holds; writes nothing, fetches nothing. Can be called by several threads at once.
    /// </summary>
    /// <param name="question">The question.</param>
    /// <returns>What it says; null if it gives no answer: it is not here, or did not answer in time.</returns>
    ClientAnswer? Ask(ClientQuestion question);
}
