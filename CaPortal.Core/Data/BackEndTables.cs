using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;

namespace CaPortal.Core.Data;

/// <summary>A TLS server that the gateways call.</summary>
public sealed class BackEnd
{
    /// <summary>Key.</summary>
    public long Id { get; set; }

    /// <summary>What people call it.</summary>
    public required string Name { get; set; }

    /// <summary>Its host; see <see cref="BackEndAddress.Host"/>.</summary>
    public required string Host { get; set; }

    /// <summary>Its port.</summary>
    public int Port { get; set; }

    /// <summary>The name that its certificate must be for; empty if that is the host. Host, port and this are unique together.</summary>
    public required string ServerName { get; set; }

    /// <summary>The names of the clients that count for its verdict, with commas between; null: those of the settings.</summary>
    public string? Clients { get; set; }

    /// <summary>The name as it is sorted: upper-case.</summary>
    public required string NameOrder { get; set; }

    /// <summary>What the search looks in: upper-case name, address, server name, anchor.</summary>
    public required string SearchText { get; set; }

    /// <summary>Who added it.</summary>
    public required string AddedBy { get; set; }

    /// <summary>When it was added, UTC.</summary>
    public DateTime AddedAt { get; set; }

    /// <summary>When it was tested last, UTC; null if it never was.</summary>
    public DateTime? CheckedAt { get; set; }

    /// <summary>When it will be tested next by itself, UTC.</summary>
    public DateTime NextCheckAt { get; set; }

    /// <summary>The verdict; null if it was never tested.</summary>
    public TrustVerdict? Verdict { get; set; }

    /// <summary>Since when it has that verdict, UTC.</summary>
    public DateTime? VerdictSince { get; set; }

    /// <summary>It was trusted when that was looked at last, so that no longer being so is news. Set by alerts.</summary>
    public bool WasTrusted { get; set; }

    /// <summary>One sentence: what was found.</summary>
    public string? Message { get; set; }

    /// <summary>The verdict of the contact alone, where there was no chain: <c>Refused</c>, <c>TimedOut</c>...</summary>
    public TrustVerdict? ContactFailure { get; set; }

    /// <summary>What to do about that.</summary>
    public string? ContactAdvice { get; set; }

    /// <summary>The server asked for a certificate of the client.</summary>
    public bool AsksForClientCertificate { get; set; }

    /// <summary>The IP address that was connected to.</summary>
    public string? RemoteAddress { get; set; }

    /// <summary>The protocol of the handshake.</summary>
    public string? Protocol { get; set; }

    /// <summary>The certificate that it depends on: the end of its chain in the stores or the operating system's list.</summary>
    public string? AnchorSha256 { get; set; }

    /// <summary>The name of that. Untrusted text.</summary>
    public string? AnchorName { get; set; }

    /// <summary>The earliest end of validity in its chain, UTC.</summary>
    public DateTime? ExpiresAt { get; set; }

    /// <summary>What it presented last, its own certificate first. Kept when a later test gets no chain.</summary>
    public ICollection<BackEndChainLink> Chain { get; } = [];
}

/// <summary>One certificate of the chain that a back-end presented last.</summary>
public sealed class BackEndChainLink
{
    /// <summary>The back-end.</summary>
    public long BackEndId { get; set; }

    /// <summary>0 for its own certificate, then as it was sent.</summary>
    public int Position { get; set; }

    /// <summary>The certificate.</summary>
    public required string Sha256 { get; set; }

    /// <summary>The certificate.</summary>
    public PresentedBlob Blob { get; set; } = null!;
}

/// <summary>A certificate that back-ends presented, once, however many of them sent it.</summary>
public sealed class PresentedBlob
{
    /// <summary>Key: SHA-256 of <see cref="Der"/>.</summary>
    public required string Sha256 { get; set; }

    /// <summary>The DER encoding.</summary>
    public required byte[] Der { get; set; }

    /// <summary>When it ends, UTC; null if it cannot be read.</summary>
    public DateTime? NotAfter { get; set; }

    /// <summary>What was read from it as JSON; null if it cannot be read.</summary>
    public CertificateFacts? Facts { get; set; }
}
