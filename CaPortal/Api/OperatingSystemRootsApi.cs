using System.ComponentModel;
using CaPortal.Api.Contracts;
using CaPortal.Core.Changes;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CaPortal.Api;

/// <summary>The operating system's own roots: list and download. Nothing changes them.</summary>
internal static class OperatingSystemRootsApi
{
    private const int MaxPage = 1000;
    private const int DefaultPage = 100;

    public static void MapOperatingSystemRoots(this IEndpointRouteBuilder api)
    {
        var roots = api.MapGroup("/operating-system-roots").WithTags("Operating system's roots");
        roots.MapGet("", ListAsync)
            .WithName("ListOperatingSystemRoots").WithSummary("Lists the operating system's own roots, by name.")
            .WithDescription("What CaPortal or somebody else added to the operating system's list is not among them.")
            .Answers(400, 503)
            .WithParameter("skip", ApiDocument.WholeNumber(0, int.MaxValue, 0))
            .WithParameter("top", ApiDocument.WholeNumber(1, MaxPage, DefaultPage));
        roots.MapUnmanagedDownloads("OperatingSystemRoot", (machine, cancellationToken) => machine.ListOperatingSystemRootsAsync(null, cancellationToken));
    }

    private static async Task<Ok<OperatingSystemRootList>> ListAsync(
        MachineTrust machine,
        [Description("Words that must all occur in names, thumbprints or serial number.")] string? search,
        string? skip,
        string? top,
        CancellationToken cancellationToken)
    {
        var (from, most) = (
            RequestValues.WholeNumber(skip, nameof(skip), 0, int.MaxValue, 0),
            RequestValues.WholeNumber(top, nameof(top), 1, MaxPage, DefaultPage));
        var all = (await machine.ListOperatingSystemRootsAsync(RequestValues.Search(search), cancellationToken)).Certificates;
        return TypedResults.Ok(new OperatingSystemRootList { Value = [.. all.Skip(from).Take(most).Select(c => c.ToResource())], Count = all.Count });
    }
}
