using System.ComponentModel;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;

namespace CaPortal.Api.Contracts;

/// <summary>A back-end, drawn from what its last test found. Names and messages may hold text of the server and are not to be trusted.</summary>
public record BackEndResource
{
    public required long Id { get; init; }

    [Description("What people call it.")]
    public required string Name { get; init; }

    public required string Host { get; init; }

    public required int Port { get; init; }

    [Description("The name that its certificate must be for, where that is not the host.")]
    public string? ServerName { get; init; }

    [Description("The names of the clients that count for its verdict. Absent: those of the settings.")]
    public IReadOnlyList<string>? Clients { get; init; }

    [Description("Absent where it was never tested.")]
    public TrustVerdict? Verdict { get; init; }

    [Description("What was found.")]
    public string? Message { get; init; }

    [Description("Since when it has that verdict.")]
    public DateTime? VerdictSince { get; init; }

    [Description("When it was tested last.")]
    public DateTime? CheckedAt { get; init; }

    [Description("The CA certificate that it depends on.")]
    public BackEndAnchorResource? Anchor { get; init; }

    [Description("The earliest end of validity in its chain.")]
    public DateTime? Expiry { get; init; }

    [Description("It is being tested now.")]
    public required bool IsTesting { get; init; }
}

/// <summary>The CA certificate that a back-end depends on.</summary>
public sealed record BackEndAnchorResource
{
    public required string Sha256 { get; init; }

    public required string Name { get; init; }
}

/// <summary>A part of the list.</summary>
public sealed record BackEndList
{
    public required IReadOnlyList<BackEndResource> Value { get; init; }

    [Description("How many there are in all, whatever the part.")]
    public required int Count { get; init; }
}

/// <summary>A back-end with the chain that it presented last, judged against what is in the stores now.</summary>
public sealed record BackEndDetails : BackEndResource
{
    public required ChainResource Chain { get; init; }
}

/// <summary>What clients that trust the CA certificates of the list make of a server.</summary>
public sealed record ChainResource
{
    public required TrustVerdict Verdict { get; init; }

    [Description("What was found.")]
    public required string Message { get; init; }

    [Description("What to do.")]
    public string? Advice { get; init; }

    [Description("What each client says.")]
    public required IReadOnlyList<ClientResource> Clients { get; init; }

    [Description("What clients that are not on this machine refuse.")]
    public required IReadOnlyList<ChainRestrictionResource> Restrictions { get; init; }

    [Description("What the server sent, its own certificate first.")]
    public required IReadOnlyList<PresentedCertificateResource> Presented { get; init; }

    [Description("From the server's certificate to the root, or to where the chain ends.")]
    public required IReadOnlyList<PathCertificateResource> Path { get; init; }

    [Description("The issuer that is in no store.")]
    public MissingIssuerResource? Missing { get; init; }

    [Description("The certificate that would make it trusted.")]
    public TrustFixResource? Fix { get; init; }

    [Description("The IP address that was connected to.")]
    public string? RemoteAddress { get; init; }

    [Description("The protocol of the handshake.")]
    public string? Protocol { get; init; }

    [Description("The server asked for a certificate of the client, whether it insisted or not.")]
    public required bool AsksForClientCertificate { get; init; }

    [Description("How long the handshake took, where there was one just now.")]
    public long? Milliseconds { get; init; }
}

/// <summary>A certificate that a server sent.</summary>
public sealed record PresentedCertificateResource
{
    public required string Sha256 { get; init; }

    [Description("This and what follows are absent where the certificate cannot be read.")]
    public string? Thumbprint { get; init; }

    public string? Subject { get; init; }

    public string? Issuer { get; init; }

    public string? SerialNumber { get; init; }

    public DateTime? NotBefore { get; init; }

    public DateTime? Expiry { get; init; }

    public string? KeyAlgorithm { get; init; }

    public int? KeySize { get; init; }

    public string? SignatureAlgorithm { get; init; }

    public bool? IsCa { get; init; }

    public bool? IsSelfSigned { get; init; }

    public required string Pem { get; init; }
}

/// <summary>One certificate of a path.</summary>
public sealed record PathCertificateResource
{
    public required string Sha256 { get; init; }

    public string? Subject { get; init; }

    public DateTime? Expiry { get; init; }

    public required PathOrigin Origin { get; init; }

    [Description("Its store, where it is under management.")]
    public CaStore? StoreName { get; init; }

    [Description("What is wrong with it here.")]
    public required IReadOnlyList<string> Problems { get; init; }
}

/// <summary>An issuer that is in no store.</summary>
public sealed record MissingIssuerResource
{
    public required string Name { get; init; }

    public required string Subject { get; init; }

    [Description("Upper-case hexadecimal, where the certificate below it says it.")]
    public string? KeyIdentifier { get; init; }

    [Description("Where the certificate below it says that it can be fetched. Not to be trusted.")]
    public required IReadOnlyList<string> Urls { get; init; }
}

/// <summary>The certificate that would make a back-end trusted, or that it needs for that.</summary>
public sealed record TrustFixResource
{
    public required TrustFixSource Source { get; init; }

    [Description("The store that it is to go to.")]
    public required CaStore StoreName { get; init; }

    [Description("Absent where it has to be fetched first.")]
    public string? Sha256 { get; init; }

    public required string Name { get; init; }

    [Description("Where it can be fetched, where that is needed. Not to be trusted.")]
    public string? Url { get; init; }

    [Description("What is wrong still once it is in its store. Absent where the back-end is trusted then, and where it has to be fetched first.")]
    public string? Remaining { get; init; }

    [Description("Host and port of the other back-end that presented it.")]
    public string? PresentedBy { get; init; }

    [Description(
        "The root, trusted already, to which the signatures of what another back-end presented lead. "
            + "Where it is absent, compare the SHA-256 by another way before you add it.")]
    public string? ProvenBy { get; init; }
}

/// <summary>What a change does to a back-end, from the chain that it presented last.</summary>
public sealed record BackEndEffectResource
{
    public required long Id { get; init; }

    public required string Name { get; init; }

    [Description("Host and port.")]
    public required string Address { get; init; }

    public required BackEndEffectKind Effect { get; init; }

    [Description("The verdict without the change.")]
    public required TrustVerdict Before { get; init; }

    [Description("The verdict with it.")]
    public required TrustVerdict After { get; init; }

    [Description("What is found with the change.")]
    public required string Message { get; init; }
}

/// <summary>A back-end as an administrator describes it.</summary>
public sealed record BackEndDescription
{
    [Description("host, host:port, [IPv6]:port or an https URL. Either this or host.")]
    public string? Address { get; init; }

    public string? Host { get; init; }

    [Description("443 where none is given.")]
    public int? Port { get; init; }

    [Description("The name that its certificate must be for, where that is not the host.")]
    public string? ServerName { get; init; }

    [Description("What people call it; its host where none is given.")]
    public string? Name { get; init; }

    [Description("The names of the clients that count for its verdict; those of the settings where none is given.")]
    public IReadOnlyList<string>? Clients { get; init; }
}

/// <summary>Back-ends to add.</summary>
public sealed record AddBackEndsRequest
{
    public IReadOnlyList<BackEndDescription?>? Value { get; init; }
}

/// <summary>What came of adding back-ends.</summary>
public sealed record AddBackEndsResult
{
    [Description("Those that were added.")]
    public required IReadOnlyList<long> Ids { get; init; }

    [Description("Those that were there already, or stand earlier in the request.")]
    public required IReadOnlyList<string> Duplicates { get; init; }
}

/// <summary>Which back-ends to test.</summary>
public sealed record TestBackEndsRequest
{
    [Description("Absent or empty: all.")]
    public IReadOnlyList<long>? Ids { get; init; }
}

/// <summary>A server to ask once.</summary>
public sealed record ProbeRequest
{
    public string? Host { get; init; }

    [Description("443 where none is given.")]
    public int? Port { get; init; }

    [Description("The name that its certificate must be for, where that is not the host.")]
    public string? ServerName { get; init; }
}
