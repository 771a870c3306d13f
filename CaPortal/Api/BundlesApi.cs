using System.Globalization;
using CaPortal.Core.Certificates;
using CaPortal.Core.Inventory;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CaPortal.Api;

/// <summary>A whole store as one file, for programs that fetch it regularly.</summary>
internal static class BundlesApi
{
    /// <summary>How many certificates a bundle leaves out.</summary>
    private const string LeftOutHeader = "CaPortal-Left-Out";

    private const string LeftOutNote =
        " The ETag changes with the content alone. Certificates that would stop the programs that read the file are left out; "
            + $"the header {LeftOutHeader} says how many, where there are any.";

    public static void MapBundles(this IEndpointRouteBuilder api)
    {
        var bundles = api.MapGroup("/bundles").WithTags("Bundles");
        Map(bundles, DownloadFormat.Pem, "The store as a PEM file.");
        Map(bundles, DownloadFormat.Pkcs7, "The store as a PKCS#7 file.");
        Map(
            bundles,
            DownloadFormat.Pkcs12,
            "The store as a PKCS#12 file without password, in which each certificate is a trusted entry to Java. Where a password is asked for, leave it empty."
        );
    }

    private static void Map(IEndpointRouteBuilder bundles, DownloadFormat format, string description) =>
        bundles
            .MapGet(
                $"/{{storeName}}.{format.Extension}",
                (string storeName, HttpContext context, CertificateList certificates, CancellationToken cancellationToken) =>
                    DownloadAsync(storeName, format, context, certificates, cancellationToken))
            .WithName($"DownloadBundle{char.ToUpperInvariant(format.Extension[0])}{format.Extension[1..]}")
            .WithSummary($"All certificates of a store as one .{format.Extension} file.")
            .WithDescription(description + LeftOutNote)
            .WithParameter("storeName", ApiDocument.OneOf(Enum.GetNames<CaStore>()))
            .Downloads(format.ContentType).Answers(404, 503);

    private static async Task<Results<FileContentHttpResult, ProblemResult>> DownloadAsync(
        string storeName, DownloadFormat format, HttpContext context, CertificateList certificates, CancellationToken cancellationToken)
    {
        if (!Enum.GetNames<CaStore>().Contains(storeName, StringComparer.OrdinalIgnoreCase))
            return Problems.NotFound($"There is no such store. The stores are {string.Join(" and ", Enum.GetNames<CaStore>())}.");

        var store = Enum.Parse<CaStore>(storeName, ignoreCase: true);
        var bundle = await certificates.BundleAsync(store, cancellationToken);
        if (bundle.LeftOut > 0)
            context.Response.Headers[LeftOutHeader] = bundle.LeftOut.ToString(CultureInfo.InvariantCulture);
        return format.Send(context, bundle.Certificates, $"{store}.{format.Extension}");
    }
}
