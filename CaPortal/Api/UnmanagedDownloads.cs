using CaPortal.Core.Changes;
using CaPortal.Core.Inspection;
using CaPortal.Core.Inventory;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CaPortal.Api;

/// <summary>Downloads of certificates that are not under management.</summary>
internal static class UnmanagedDownloads
{
    /// <summary>Maps one download for each form.</summary>
    /// <param name="group">Where.</param>
    /// <param name="name">What is downloaded, for the names of the operations.</param>
    /// <param name="listAsync">Among which certificates.</param>
    public static void MapUnmanagedDownloads(
        this IEndpointRouteBuilder group, string name, Func<MachineTrust, CancellationToken, Task<UnmanagedList>> listAsync)
    {
        Map(DownloadFormat.Der, "Der", "The certificate as a DER file.");
        Map(DownloadFormat.Pem, "Pem", "The certificate as a PEM file.");

        void Map(DownloadFormat format, string form, string summary) =>
            group.MapGet(
                    $"/{{sha256}}.{format.Extension}",
                    async Task<Results<FileContentHttpResult, ProblemResult>> (
                        string sha256,
                        HttpContext context,
                        MachineTrust machine,
                        CancellationToken cancellationToken) =>
                    {
                        var known = RequestValues.Sha256(sha256);
                        return (await listAsync(machine, cancellationToken)).Certificates.FirstOrDefault(c => c.Key.Sha256 == known) is { } certificate
                            ? format.Send(
                                context,
                                [new BundledCertificate(certificate.Key.Sha256, certificate.Der.ToArray())],
                                DownloadNames.For(certificate.Facts, format.Extension))
                            : Problems.NotFound("No certificate with this SHA-256 is there.");
                    })
                .WithName($"Download{name}{form}").WithSummary(summary)
                .Downloads(format.ContentType).Answers(404, 503);
    }
}
