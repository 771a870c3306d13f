using System.ComponentModel;
using CaPortal.Api.Contracts;
using CaPortal.Authentication;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;
using CaPortal.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CaPortal.Api;

/// <summary>CA certificates: list, add, inspect, look at, download, delete.</summary>
internal static class CaCertificatesApi
{
    private const string Path = "/ca-certificates";
    private const int MaxPage = 1000;
    private const int DefaultPage = 100;

    public static void MapCaCertificates(this IEndpointRouteBuilder api)
    {
        var certificates = api.MapGroup(Path).WithTags("CA certificates");
        certificates.MapGet("", ListAsync)
            .WithName("ListCaCertificates").WithSummary("Lists the CA certificates, by name.")
            .Answers(400, 503)
            .WithParameter("storeName", ApiDocument.OneOf(Enum.GetNames<CaStore>()))
            .WithParameter("status", ApiDocument.OneOf(Enum.GetNames<CaCertificateStatus>()))
            .WithParameter("skip", ApiDocument.WholeNumber(0, int.MaxValue, 0))
            .WithParameter("top", ApiDocument.WholeNumber(1, MaxPage, DefaultPage));
        certificates
            .MapPost("", AddAsync)
            .WithName("AddCaCertificates")
            .WithSummary("Adds every usable certificate of the files.")
            .WithDescription(
                "All or nothing, unless skipInvalid is true. Sending the same again changes nothing and is answered alike. "
                    + "The certificates are in the trust stores of this machine when the answer comes; "
                    + "where changes need a second administrator, the answer is 202 and a proposal. "
                    + "Where back-ends would not be trusted any more by it, nothing is added unless force is true.")
            .RequireAuthorization(Policies.Administrator)
            .RequireRateLimiting(RateLimits.Upload)
            .WithUpload()
            .Answers(400, 409, 413, 415, 422, 429, 503);
        certificates
            .MapPost("/inspect", InspectAsync)
            .WithName("InspectCaCertificates")
            .WithSummary("Says what adding the files would do, and changes nothing.")
            .RequireAuthorization(Policies.Administrator)
            .RequireRateLimiting(RateLimits.Upload)
            .WithUpload()
            .Answers(400, 413, 415, 429, 503);
        certificates
            .MapGet("/{sha256}", GetAsync)
            .WithName("GetCaCertificate")
            .WithSummary("One CA certificate with its state in each trust store.")
            .WithDescription("A certificate that is in both stores is shown as it is in Root, unless storeName says otherwise.")
            .WithParameter("storeName", ApiDocument.OneOf(Enum.GetNames<CaStore>()))
            .Answers(400, 404, 503);
        certificates
            .MapGet("/{sha256}.cer", (string sha256, HttpContext context, CertificateList list, CancellationToken cancellationToken) =>
                DownloadAsync(sha256, DownloadFormat.Der, context, list, cancellationToken))
            .WithName("DownloadCaCertificateDer")
            .WithSummary("The certificate as a DER file.")
            .Downloads(DownloadFormat.Der.ContentType)
            .Answers(404, 503);
        certificates
            .MapGet("/{sha256}.pem", (string sha256, HttpContext context, CertificateList list, CancellationToken cancellationToken) =>
                DownloadAsync(sha256, DownloadFormat.Pem, context, list, cancellationToken))
            .WithName("DownloadCaCertificatePem")
            .WithSummary("The certificate as a PEM file.")
            .Downloads(DownloadFormat.Pem.ContentType)
            .Answers(404, 503);
        certificates
            .MapDelete("/{sha256}", DeleteAsync)
            .WithName("DeleteCaCertificate")
            .WithSummary("Deletes a CA certificate, from both stores where none is named.")
            .WithDescription(
                "It goes to the recycle bin, from which it can be restored in the portal. It is gone from the trust stores of this machine when the "
                    + "answer comes; where changes need a second administrator, the answer is 202 and a proposal. "
                    + "Where back-ends depend on it, which would not be trusted any more, nothing is deleted unless force is true.")
            .RequireAuthorization(Policies.Administrator)
            .WithParameter("force", ApiDocument.YesOrNo())
            .WithParameter("storeName", ApiDocument.OneOf(Enum.GetNames<CaStore>()))
            .Answers(400, 404, 409, 503);
    }

    private static async Task<Ok<CaCertificateList>> ListAsync(
        CertificateList certificates,
        string? storeName,
        [Description("Words that must all occur in names, thumbprints, serial number, reason or administrator.")] string? search,
        string? status,
        string? skip,
        string? top,
        CancellationToken cancellationToken)
    {
        var page = await certificates.ListAsync(
            new CaCertificateQuery
            {
                Store = RequestValues.OneOf<CaStore>(storeName, nameof(storeName)),
                Search = RequestValues.Search(search),
                Status = RequestValues.OneOf<CaCertificateStatus>(status, nameof(status)),
                Skip = RequestValues.WholeNumber(skip, nameof(skip), 0, int.MaxValue, 0),
                Top = RequestValues.WholeNumber(top, nameof(top), 1, MaxPage, DefaultPage),
            },
            cancellationToken);
        return TypedResults.Ok(
            new CaCertificateList
            {
                Value = [.. page.Certificates.Select(c => c.ToResource())],
                Count = page.Count,
                Revision = page.Revision,
            });
    }

    private static async Task<Results<Created<AddResult>, Ok<AddResult>, Accepted<ProposedResult>, ProblemResult>> AddAsync(
        HttpContext context,
        UploadReader uploads,
        CertificateChanges changes,
        UnattendedChanges unattended,
        MachineTrust machine,
        TrustStoreSelection trustStores,
        CancellationToken cancellationToken)
    {
        var upload = await uploads.ReadAsync(context.Request, cancellationToken);
        var actor = ActorFactory.Create(context);
        var (addition, outcome) = await unattended.RunAsync(
            async mayRepeat =>
            {
                var addition = Addition.Of(changes, await changes.InspectAsync(upload.Files, cancellationToken), upload);
                var plan = addition.Plan with { IsPlannedAnewWhenStale = mayRepeat, IsForced = upload.Force };
                return new Attempt<Addition>(
                    addition, addition.IsRefused ? null : await changes.ApplyAsync(plan, actor, upload.Reason, null, cancellationToken));
            },
            cancellationToken);

        var items = addition.ToResources(outcome);
        if (outcome is null)
        {
            await changes.RefuseAsync(addition.Plan, actor, upload.Reason, Problems.Reason(addition.Inspection));
            return Problems.Refused(addition.Inspection, upload, items);
        }

        if (outcome is ChangeOutcome.Proposed proposed)
            return ProposalsApi.Accepted(proposed);
        if (await InstalledAsync(machine, addition.Plan, outcome, cancellationToken) is not { } installed)
            return Problems.From(outcome, items, addition.Plan.Revision, upload.Fields);
        if (!installed.IsInstalled)
            return Problems.From(installed, items);
        if (!installed.Reaches(addition.Keys, trustStores))
            return Problems.InstalledNowhere(installed, items);

        var result = installed.ToAddResult(items);
        return addition.HasRefused ? TypedResults.Ok(result) : TypedResults.Created(LocationOf(items), result);
    }

    private static async Task<Ok<InspectResult>> InspectAsync(
        HttpContext context, UploadReader uploads, CertificateChanges changes, BackEndService backEnds, CancellationToken cancellationToken)
    {
        var upload = await uploads.ReadAsync(context.Request, cancellationToken);
        var addition = Addition.Of(changes, await changes.InspectAsync(upload.Files, cancellationToken), upload);
        var effect = addition.IsRefused ? [] : await backEnds.EffectOfAsync(addition.Plan, cancellationToken);
        return TypedResults.Ok(new InspectResult
        {
            Files = [.. addition.Inspection.Files.Select(f => f.ToResource())],
            Items = addition.ToResources(),
            Revision = addition.Inspection.Revision,
            Plan = addition.ToPlanResource(),
            Effect = effect.ToResources(),
        });
    }

    private static async Task<Results<Ok<CaCertificateResource>, ProblemResult>> GetAsync(
        string sha256, string? storeName, MachineTrust machine, CancellationToken cancellationToken)
    {
        var chosen = RequestValues.OneOf<CaStore>(storeName, nameof(storeName));
        List<CertificateView> views = [];
        if (RequestValues.Sha256(sha256) is { } known)
        {
            foreach (var store in Enum.GetValues<CaStore>())
                if (await machine.ViewAsync(new CaCertificateKey(store, known), cancellationToken) is { } view)
                    views.Add(view);
        }

        if (views.Find(v => chosen is null || v.Certificate.Key.Store == chosen) is not { } shown)
            return NoSuchCertificate();
        return TypedResults.Ok(shown.Certificate.ToResource() with
        {
            TrustStores = [.. views.SelectMany(v => v.Places.Select(p => p.ToResource(v.Certificate.Key.Store)))],
        });
    }

    private static async Task<Results<FileContentHttpResult, ProblemResult>> DownloadAsync(
        string sha256, DownloadFormat format, HttpContext context, CertificateList certificates, CancellationToken cancellationToken)
    {
        if (RequestValues.Sha256(sha256) is not { } known
            || await certificates.FindAsync(known, cancellationToken) is not [var certificate, ..]
            || await certificates.DerAsync(known, cancellationToken) is not { } der)
        {
            return NoSuchCertificate();
        }

        return format.Send(context, [new BundledCertificate(known, der)], DownloadNames.For(certificate.Facts, format.Extension));
    }

    private static async Task<Results<Ok<DeleteResult>, Accepted<ProposedResult>, ProblemResult>> DeleteAsync(
        string sha256,
        string? storeName,
        [Description("Why; goes into the activity log.")] string? reason,
        string? force,
        HttpContext context,
        CertificateChanges changes,
        UnattendedChanges unattended,
        CancellationToken cancellationToken)
    {
        var chosen = RequestValues.OneOf<CaStore>(storeName, nameof(storeName));
        var why = RequestValues.Reason(reason);
        var isForced = RequestValues.YesOrNo(force, nameof(force));
        if (RequestValues.Sha256(sha256) is not { } known)
            return NoSuchCertificate();

        var actor = ActorFactory.Create(context);
        CaCertificateKey[] keys = [.. Enum.GetValues<CaStore>().Where(s => chosen is null || s == chosen).Select(s => new CaCertificateKey(s, known))];
        var (plan, outcome) = await unattended.RunAsync(
            async mayRepeat =>
            {
                var plan = await changes.PlanDeleteAsync(keys, cancellationToken) with { IsPlannedAnewWhenStale = mayRepeat, IsForced = isForced };
                return new Attempt<ChangePlan>(plan, plan.IsEmpty ? null : await changes.ApplyAsync(plan, actor, why, null, cancellationToken));
            },
            cancellationToken);
        return outcome switch
        {
            null => NoSuchCertificate(),
            ChangeOutcome.Applied { IsInstalled: true } applied => TypedResults.Ok(applied.ToDeleteResult(plan)),
            ChangeOutcome.Proposed proposed => ProposalsApi.Accepted(proposed),
            _ => Problems.From(outcome, planned: plan.Revision),
        };
    }

    /// <summary>The state of the trust stores after a change, also where there was nothing to change; null if it was not made.</summary>
    private static async Task<ChangeOutcome.Applied?> InstalledAsync(
        MachineTrust machine,
        ChangePlan plan,
        ChangeOutcome outcome,
        CancellationToken cancellationToken) =>
        outcome switch
        {
            ChangeOutcome.Applied applied => applied,

            // What is there already may be missing from a trust store, but the answer must hold for this machine now.
            ChangeOutcome.Unchanged unchanged =>
                new ChangeOutcome.Applied(unchanged.Revision, await machine.HealAsync(cancellationToken)) { Asked = plan.Asked },
            _ => null,
        };

    private static string LocationOf(IReadOnlyList<ItemResource> items)
    {
        var added = items.Select(i => i.Sha256).OfType<string>().Distinct().ToList();
        return added is [var only] ? $"{PortalApi.BasePath}{Path}/{only}" : $"{PortalApi.BasePath}{Path}";
    }

    private static ProblemResult NoSuchCertificate() => Problems.NotFound("No CA certificate with this SHA-256 is in the store.");
}
