using CaPortal.Core.Certificates;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Reading;

/// <summary>
/// The only door for uploaded bytes: tells what a file is by its content, never by its name, and reads every item in
/// it with a verdict of its own. Private keys are never decrypted, kept or shown.
/// </summary>
public sealed class CertificateReader(IEnumerable<ICertificateFormat> formats, IOptions<CoreOptions> options, TimeProvider time)
{
    /// <summary>A file in base64 may be base64 of another one; more than this is nobody's intention.</summary>
    private const int MaxEncodings = 3;

    private readonly ICertificateFormat[] _formats = [.. formats];

    /// <summary>
    /// Reads one file on another thread and within <see cref="ReadLimits"/>. Whatever the content is, the answer is a
    /// result: a file that is too large, takes too long or is no certificate yields one item that says so.
    /// </summary>
    /// <param name="content">The file.</param>
    /// <param name="password">The password as typed; null where none was given.</param>
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
        for (var encodings = 0; ; encodings++)
        {
            var (format, outcome) = FirstMatch(request);
            if (outcome is ReadOutcome.Encoded encoded && encodings < MaxEncodings)
            {
                request = request with { Content = encoded.Content };
                continue;
            }

            return outcome switch
            {
                ReadOutcome.Items { All.Count: > 0 } items => new(format, PasswordState.NotNeeded, Finish(items.All)),
                ReadOutcome.PasswordRequired { State: PasswordState.Wrong } => One(format, PasswordState.Wrong, ReadItems.Other(
                    $"{format} file", "The password is wrong: the file's integrity check does not match it.", "Enter the password that was set when the file was exported.")),
                ReadOutcome.PasswordRequired => One(format, PasswordState.Needed, ReadItems.Other(
                    $"{format} file", "The file is protected by a password.", "Enter the password that was set when the file was exported.")),
                ReadOutcome.Broken broken => One(format, broken.Password, ReadItems.Other(broken.Kind, broken.Message, broken.Advice)),
                _ => One("Unknown", NotCertificates.Name(DerKind.Unknown)),
            };
        }
    }

    private (string Format, ReadOutcome Outcome) FirstMatch(ReadRequest request)
    {
        foreach (var format in _formats)
        {
            request.CancellationToken.ThrowIfCancellationRequested();
            var outcome = format.Read(request);
            if (outcome is not ReadOutcome.NotThisFormat)
                return (format.Name, outcome);
        }

        return ("Unknown", ReadOutcome.NotThisFormat.Instance);
    }

    private static ReadResult One(string format, ReadItem item) => One(format, PasswordState.NotNeeded, item);

    private static ReadResult One(string format, PasswordState password, ReadItem item) => new(format, password, [item]);

    /// <summary>What is harmless beside certificates, such as a key that is left out, is an error where it is all that the file holds.</summary>
    private static IReadOnlyList<ReadItem> Finish(IReadOnlyList<ReadItem> items)
    {
        if (!items.Any(i => i.Facts is not null))
            items = [.. items.Select(AsUnusable)];
        return items is [var only] ? [only with { Position = null }] : items;
    }

    private static ReadItem AsUnusable(ReadItem item)
    {
        if (item.Findings.Any(f => f.Code == FindingCode.NotACertificate))
            return item with { Findings = [.. item.Findings.Select(f => f.Code == FindingCode.NotACertificate ? f with { Severity = FindingSeverity.Error } : f)] };
        return item with
        {
            Findings =
            [
                new(FindingCode.NotACertificate, FindingSeverity.Error, "The file holds a private key and no certificate.", "Add the CA certificate alone; CaPortal never needs a private key."),
                .. item.Findings,
            ],
        };
    }
}
