using System.Globalization;
using System.Net;
using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;

namespace CaPortal.Core.Probing;

/// <summary>Fetches an issuer from the address that a certificate names (RFC 5280 §4.2.2.1), behind the guard of back-ends.</summary>
public sealed class IssuerFetcher : IDisposable
{
    private const int MaxBytes = 64 * 1024;
    private const int MaxUrlLength = 2048;

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;
    private readonly TimeSpan _timeout;

    /// <summary>Creates it.</summary>
    public IssuerFetcher(AddressGuard guard)
        : this(guard, DefaultTimeout)
    {
    }

    internal IssuerFetcher(AddressGuard guard, TimeSpan timeout)
    {
        _timeout = timeout;
        _http = new HttpClient(GuardedHttp.CreateHandler(guard, AddressChoice.Server, timeout)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Fetches. Never throws but for cancellation.</summary>
    /// <param name="url">An address of <c>http</c> or <c>https</c>. Untrusted text.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IssuerFetch> FetchAsync(string url, CancellationToken cancellationToken)
    {
        if (url.Length > MaxUrlLength
            || !Uri.TryCreate(url, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
            return Failed($"{Shown(url)} is no address of http or https, and others are not fetched.");

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_timeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(uri) { UserName = "", Password = "", Fragment = "" }.Uri);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return await ReadAsync(url, response, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed($"{Shown(url)} did not answer in full within {_timeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} s.");
        }
        catch (HttpRequestException exception) when (exception.InnerException is AddressBlockedException blocked)
        {
            return Failed(blocked.Message);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or UriFormatException or InvalidOperationException)
        {
            return Failed($"{Shown(url)} could not be fetched ({ReadItems.Reason(exception)}).");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static async Task<IssuerFetch> ReadAsync(string url, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        if (status is >= 300 and < 400)
            return Failed($"{Shown(url)} leads to another address, and such answers are not followed.");
        if (response.StatusCode != HttpStatusCode.OK)
            return Failed($"{Shown(url)} answered with HTTP status {status}.");

        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var content = new byte[MaxBytes + 1];
        var length = await body.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellationToken);
        return length switch
        {
            0 => Failed($"{Shown(url)} gave an empty file."),
            > MaxBytes => Failed($"{Shown(url)} gave more than {MaxBytes / 1024} KB, which is no certificate."),
            _ => new IssuerFetch(content.AsMemory(0, length), null) { Url = url },
        };
    }

    private static string Shown(string url) => DisplayText.Shorten(url);

    private static IssuerFetch Failed(string problem) => new(null, problem);
}

/// <summary>What fetching gave: the file's content (a certificate or PKCS#7), or why there is none.</summary>
/// <param name="Content">The file; null where there is none.</param>
/// <param name="Problem">One sentence: why there is none; null where there is one.</param>
public sealed record IssuerFetch(ReadOnlyMemory<byte>? Content, string? Problem)
{
    /// <summary>The address that gave it; null where none did. Untrusted text.</summary>
    public string? Url { get; init; }
}
