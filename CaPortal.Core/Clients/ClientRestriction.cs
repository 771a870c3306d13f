namespace CaPortal.Core.Clients;

/// <summary>What a certificate is in a chain.</summary>
public enum CertificateRole
{
    /// <summary>The server's own certificate.</summary>
    Server,

    /// <summary>The certificate of a CA: of the root, or of an intermediate.</summary>
    Ca,
}

/// <summary>Why some clients refuse a certificate, or what it issued, that others accept.</summary>
/// <param name="Id">Which one it is: lower case with hyphens; never changes.</param>
/// <param name="Clients">Who refuses it, in words: <c>Python 3.13 and later</c>.</param>
/// <param name="Message">One sentence: who refuses it, and why. Without certificate text.</param>
/// <param name="Advice">One sentence: what to do.</param>
/// <param name="IsByAll">No client that is known here accepts it.</param>
public sealed record ClientRestriction(string Id, IReadOnlyList<string> Clients, string Message, string Advice, bool IsByAll = false);
