using System.Text;
using CaPortal.Api.Contracts;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Probing;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace CaPortal.Api;

/// <summary>Reads what callers say of back-ends, and says in plain words what is wrong with it.</summary>
internal static class BackEndRequests
{
    /// <summary>Bytes of a request: 10,000 back-ends with long names.</summary>
    private const int MaxBytes = 4 * 1024 * 1024;

    private const int MaxBackEnds = 10_000;
    private const int MaxNamed = 5;

    /// <summary>The back-ends of a request in JSON, CSV or lines.</summary>
    /// <exception cref="BadHttpRequestException">One of them cannot be understood, or there is none.</exception>
    public static async Task<IReadOnlyList<BackEndDraft>> DraftsAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBytes;
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value?.ToLowerInvariant() : null;
        return type is "text/csv" or "text/plain"
            ? Drafts(await TextAsync(request, cancellationToken))
            : Drafts(await JsonBody.ReadAsync<AddBackEndsRequest>(request, cancellationToken));
    }

    /// <exception cref="BadHttpRequestException">It cannot be understood.</exception>
    public static BackEndDraft Draft(BackEndDescription description)
    {
        var (draft, problem) = Read(description);
        return draft ?? throw Unprocessable(problem!);
    }

    /// <exception cref="BadHttpRequestException">It cannot be understood.</exception>
    public static BackEndAddress Address(ProbeRequest request) =>
        Draft(new BackEndDescription { Host = request.Host, Port = request.Port, ServerName = request.ServerName }).Address;

    private static List<BackEndDraft> Drafts(AddBackEndsRequest request)
    {
        if (request.Value is not { Count: > 0 and <= MaxBackEnds } descriptions)
            throw new BadHttpRequestException($"'value' must have 1 to {MaxBackEnds:N0} back-ends.");
        var read = descriptions.Select(d => Read(d ?? new BackEndDescription())).ToList();
        Refuse(read.Select((r, i) => r.Problem is { } problem ? $"Number {i + 1}: {problem}" : null));
        return [.. read.Select(r => r.Draft!)];
    }

    private static List<BackEndDraft> Drafts(string text)
    {
        var lines = BackEndService.Parse(text);
        if (lines.Count == 0)
            throw new BadHttpRequestException("There is no back-end in the list.");
        Refuse(lines.Select(l => l.Problem is { } problem ? $"Line {l.Number}: {problem}" : null));
        return [.. lines.Select(l => l.Draft!)];
    }

    private static (BackEndDraft? Draft, string? Problem) Read(BackEndDescription description)
    {
        if (description.Port is < 1 or > ushort.MaxValue)
            return (null, "'port' must be a number from 1 to 65535.");
        if (description.Host is not null && description.Address is not null)
            return (null, "There must be 'address' or 'host', not both.");
        if (!BackEndAddress.TryParse(description.Address ?? description.Host, description.ServerName, out var address, out var problem))
            return (null, problem);
        return (new BackEndDraft(description.Port is { } port ? address with { Port = port } : address, description.Name) { Clients = description.Clients },
            null);
    }

    private static void Refuse(IEnumerable<string?> problems)
    {
        var all = problems.OfType<string>().ToList();
        if (all.Count == 0)
            return;
        var rest = all.Count > MaxNamed ? $" And {all.Count - MaxNamed} more." : "";
        throw Unprocessable($"Nothing was added. {string.Join(' ', all.Take(MaxNamed))}{rest}");
    }

    private static BadHttpRequestException Unprocessable(string problem) => new(problem, StatusCodes.Status422UnprocessableEntity);

    private static async Task<string> TextAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        // Any bytes become a text: what is no UTF-8 is no address either.
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
