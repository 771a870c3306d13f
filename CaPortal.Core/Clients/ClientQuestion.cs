namespace CaPortal.Core.Clients;

/// <summary>What a client is asked.</summary>
/// <param name="Presented">DER of what the server sent, its own certificate first, in that order.</param>
/// <param name="ServerName">The name that the certificate must be for: a DNS name in ASCII or an IP address; null where names do not count.</param>
/// <param name="Roots">DER of the trusted roots, in the order in which the trust stores write them.</param>
/// <param name="Intermediates">DER of the intermediates of the list. .NET alone looks into a store of them; the files that others
/// are given hold the roots.</param>
/// <param name="At">The time to judge for.</param>
public sealed record ClientQuestion(
    IReadOnlyList<ReadOnlyMemory<byte>> Presented,
    string? ServerName,
    IReadOnlyList<ReadOnlyMemory<byte>> Roots,
    IReadOnlyList<ReadOnlyMemory<byte>> Intermediates,
    DateTimeOffset At);
