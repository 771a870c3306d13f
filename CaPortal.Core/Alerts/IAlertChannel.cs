using CaPortal.Core.Data;

namespace CaPortal.Core.Alerts;

/// <summary>A way on which alerts leave the portal.</summary>
internal interface IAlertChannel
{
    /// <summary>Its name in <see cref="AlertDelivery.Channel"/>. Never changes.</summary>
    string Name { get; }

    /// <summary>Whether the settings say where it leads.</summary>
    bool IsConfigured { get; }

    /// <summary>How many alerts go out as one message.</summary>
    int DigestSize { get; }

    /// <summary>Sends them as one message. Never throws but for cancellation.</summary>
    /// <returns>Null where they have arrived, else one sentence without secrets: why not.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    Task<string?> SendAsync(IReadOnlyList<AlertNotice> notices, CancellationToken cancellationToken);
}

/// <summary>An alert as it is sent.</summary>
internal sealed record AlertNotice
{
    /// <summary>Its identity.</summary>
    public required long Id { get; init; }

    /// <summary>What it is about.</summary>
    public required AlertKind Kind { get; init; }

    /// <summary>One line. Untrusted text.</summary>
    public required string Title { get; init; }

    /// <summary>One or two sentences. Untrusted text.</summary>
    public required string Message { get; init; }

    /// <summary>The address of the back-end that it is about; null where it is about none, or that is gone.</summary>
    public string? BackEnd { get; init; }

    /// <summary>The identity of that back-end; null as for <see cref="BackEnd"/>.</summary>
    public long? BackEndId { get; init; }

    /// <summary>The certificate that it is about.</summary>
    public string? Sha256 { get; init; }

    /// <summary>When that ends, or the first certificate in the back-end's chain, UTC.</summary>
    public DateTime? Expiry { get; init; }

    /// <summary>When it was raised, UTC.</summary>
    public required DateTime At { get; init; }

    /// <summary>The page of the portal that shows what it is about.</summary>
    /// <param name="portal">Where people open the portal; null where no setting says it.</param>
    /// <returns>The address; null where that of the portal is not known.</returns>
    public string? LinkAt(Uri? portal) => portal is null ? null : new Uri(portal, (Kind, BackEndId, Sha256) switch
    {
        (_, { } backEnd, _) => $"back-ends?show={backEnd}",
        (_, _, { } sha256) => $"ca-certificates?certificate={sha256}",
        (AlertKind.TrustStore, _, _) => "settings",
        (AlertKind.ActivityLog, _, _) => "activity",
        _ => "expiry",
    }).AbsoluteUri;
}
