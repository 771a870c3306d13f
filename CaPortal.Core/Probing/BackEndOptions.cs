namespace CaPortal.Core.Probing;

/// <summary>Settings of back-ends: <c>CaPortal:BackEnds</c>.</summary>
public sealed class BackEndOptions
{
    /// <summary>How long one test may take in all.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often each back-end is tested; zero: only when asked for.</summary>
    public TimeSpan TestEvery { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How much earlier or later than that, at most, as a part of it: 0 to 0.5.</summary>
    public double Jitter { get; set; } = 0.1;

    /// <summary>How many are tested at once.</summary>
    public int Parallelism { get; set; } = 8;

    /// <summary>How many back-ends there may be.</summary>
    public int MaxBackEnds { get; set; } = 10_000;

    /// <summary>
    /// The names of the clients that count for a verdict where a back-end names none; empty: .NET, OpenSSL and curl, and Java where
    /// its truststore is in use.
    /// </summary>
    public IList<string> Clients { get; } = [];

    /// <summary>Which addresses may be connected to.</summary>
    public AllowedAddresses Allowed { get; set; } = new();
}

/// <summary>
/// Which addresses may be connected to: <c>CaPortal:BackEnds:Allowed</c>. Link-local, metadata, multicast and unspecified addresses
/// never are.
/// </summary>
public sealed class AllowedAddresses
{
    /// <summary>Networks (<c>10.0.0.0/8</c>, <c>2001:db8::/32</c>); empty: all others.</summary>
    public IList<string> Networks { get; } = [];

    /// <summary>Ports and ranges of ports (<c>443</c>, <c>8000-8999</c>); empty: 443, 636, and 1024 to 65535.</summary>
    public IList<string> Ports { get; } = [];
}
