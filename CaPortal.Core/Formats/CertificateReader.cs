using CaPortal.Core.Certificates;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Formats;

/// <summary>
/// The only door for uploaded bytes. Recognises what a file is by its content, never by its name, and reads every item in it
/// with a verdict of its own. Private keys are never decrypted, kept or shown.
/// </summary>
public sealed class CertificateReader(IEnumerable<ICertificateFormat> formats, IOptions<CoreOptions> options, TimeProvider time)
{
    private readonly FileWalk _walk = new([.. formats]);

    /// <summary>
    /// Reads one file on another thread and within <see cref="ReadLimits"/>. The answer is a result for any content: a file
    /// that is too large, takes too long or is no certificate yields one item that says so.
    /// </summary>
    /// <param name="content">The file.</param>
    /// <param name="password">The password as typed; null if none was given.</param>
    /// <param name="cancellationToken">Cancels for the caller.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<ReadResult> ReadAsync(ReadOnlyMemory<byte> content, string? password, CancellationToken cancellationToken)
    {
        var limits = options.Value.Limits;
        if (content.Length > limits.MaxFileBytes)
        {
            return One("Unknown", ReadItems.Other(
                "File too large",
                $"The file has {content.Length:N0} bytes, more than the {limits.MaxFileBytes:N0} that are read.",
                "Check that this is the right file; the setting CaPortal:Limits:MaxFileBytes raises the limit."));
        }

        using var timeout = new CancellationTokenSource(limits.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var request = new ReadRequest(content, password, limits, both.Token);
        try
        {
            // A parser may be in the middle of work that cannot be interrupted: the caller does not wait for it.
            return await Task.Run(() => Read(request), both.Token).WaitAsync(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return One("Unknown", ReadItems.Other(
                "File not read in time",
                $"Reading the file took longer than {limits.Timeout.TotalSeconds:0} seconds and was stopped.",
                "Split the file, or export it again with fewer password iterations."));
        }
    }

    private ReadResult Read(ReadRequest request)
    {
        var found = _walk.Read(request);
        if (found.Items.Count > request.Limits.MaxCertificates)
            found = FoundItems.Of(found.Format, ReadItems.TooMany(request.Limits));
        return new(found.Format, found.Password, Finish(found.Placed()));
    }

    private static ReadResult One(string format, ReadItem item) => new(format, PasswordState.NotNeeded, [item]);

    /// <summary>What is harmless beside certificates, such as a key that is left out, is an error where it is all that the file holds.</summary>
    private static IReadOnlyList<ReadItem> Finish(IReadOnlyList<ReadItem> items) =>
        items.Any(i => i.Facts is not null) ? items : [.. items.Select(AsUnusable)];

    private static ReadItem AsUnusable(ReadItem item)
    {
        if (item.Findings.Any(f => f.Code == FindingCode.NotACertificate))
            return item with
            {
                Findings = [.. item.Findings.Select(f => f.Code == FindingCode.NotACertificate ? f with { Severity = FindingSeverity.Error } : f)],
            };
        return item with
        {
            Findings =
            [
                new(
                    FindingCode.NotACertificate,
                    FindingSeverity.Error,
                    "The file holds a private key and no certificate.",
                    "Add the CA certificate alone; CaPortal never needs a private key."),
                .. item.Findings,
            ],
        };
    }
}
