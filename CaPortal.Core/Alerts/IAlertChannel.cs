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

    /// <summary>The certificate that it is about.</summary>
    public string? Sha256 { get; init; }

    /// <summary>When that ends, or the first certificate in the back-end's chain, UTC.</summary>
    public DateTime? Expiry { get; init; }

    /// <summary>When it was raised, UTC.</summary>
    public required DateTime At { get; init; }
}
