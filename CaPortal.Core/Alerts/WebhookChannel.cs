using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Alerts;

/// <summary>Posts each alert as JSON to the address of the settings, behind the guard of back-ends.</summary>
internal sealed class WebhookChannel(IOptions<CoreOptions> options, AddressGuard guard) : IAlertChannel, IDisposable
{
    /// <summary>
    /// Shows that the request comes from this portal: <c>sha256=</c> and the HMAC (RFC 2104) of the body with the secret of
    /// the settings, in lower-case hexadecimal digits.
    /// </summary>
    public const string SignatureHeader = "CaPortal-Signature";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly HttpClient _client = new(GuardedHttp.CreateHandler(guard, AddressChoice.Administrator, Timeout)) { Timeout = Timeout };

    public string Name => "webhook";

    public bool IsConfigured => Webhook.Url.Length > 0;

    public int DigestSize => 1;

    private WebhookOptions Webhook => options.Value.Alerts.Webhook;

    public async Task<string?> SendAsync(IReadOnlyList<AlertNotice> notices, CancellationToken cancellationToken)
    {
        var notice = notices.Single();
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new Payload(
                notice.Id, notice.Kind, notice.Title, notice.Message, notice.BackEnd, notice.Sha256, notice.Expiry, notice.At,
                options.Value.Alerts.ResolvedPortalName, notice.LinkAt(options.Value.ResolvedPublicUrl)),
            Json);
        using var request = new HttpRequestMessage(HttpMethod.Post, Webhook.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("CaPortal", null));
        if (Webhook.Secret.Length > 0)
            request.Headers.Add(SignatureHeader, $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Webhook.Secret), body))}");
        try
        {
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return answer.IsSuccessStatusCode ? null
                : (int)answer.StatusCode is >= 300 and < 400
                    ? $"The server answered {(int)answer.StatusCode}: it redirects to another address, which is not followed."
                : $"The server answered {(int)answer.StatusCode}.";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "The server did not answer in time.";
        }
        catch (HttpRequestException e)
        {
            return Explain(e);
        }
    }

    public void Dispose() => _client.Dispose();

    // The path of the address may be a secret, so that no message is passed on but that of the guard, which names the host alone.
    private static string Explain(HttpRequestException exception) =>
        exception switch
        {
            { InnerException: AddressBlockedException blocked } => blocked.Message,
            { HttpRequestError: HttpRequestError.ConnectionError } => "The server cannot be reached.",
            { HttpRequestError: HttpRequestError.SecureConnectionError } =>
                "No TLS connection came about: the server's certificate is not trusted here, or is for another name.",
            _ => "The server did not answer as a web server does.",
        };

    private sealed record Payload(
        long Id, AlertKind Kind, string Title, string Message, string? BackEnd, string? Sha256, DateTime? Expiry, DateTime At, string Portal, string? Link);
}
