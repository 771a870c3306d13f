using System.Globalization;
using CaPortal.Api.Contracts;
using CaPortal.Core.ApiKeys;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Formats;
using CaPortal.Core.Inspection;
using Microsoft.AspNetCore.WebUtilities;

namespace CaPortal.Api;

/// <summary>An answer that is a problem.</summary>
internal sealed class ProblemResult(ApiProblem problem, TimeSpan? retryAfter = null) : IResult, IStatusCodeHttpResult
{
    public const string ContentType = "application/problem+json";

    public int? StatusCode => problem.Status;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (retryAfter is { } delay)
            httpContext.Response.Headers.RetryAfter = delay.TotalSeconds.ToString("F0", CultureInfo.InvariantCulture);
        return TypedResults.Json(problem, contentType: ContentType, statusCode: problem.Status).ExecuteAsync(httpContext);
    }
}

/// <summary>Everything that the API answers when it does not do what was asked.</summary>
internal static class Problems
{
    private const string CertificatesRefused = nameof(RefusalCode.CertificatesRefused);

    private const int MaxNamed = 5;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    public static ProblemResult NotFound(string detail) => new(Of(StatusCodes.Status404NotFound) with { Detail = detail });

    /// <summary>A status that the host answers with before or behind the endpoints.</summary>
    public static ProblemResult ForStatus(int status) => new(Of(status));

    /// <summary>A request for a host name that the portal does not answer to.</summary>
    /// <param name="host">The name. Untrusted text that was shortened.</param>
    public static ProblemResult HostRefused(string host) => new(Of(StatusCodes.Status400BadRequest) with
    {
        Code = nameof(HostRefused),
        Detail = $"The request came for the host '{host}'. The portal listens for its own machine alone and answers to localhost and to the name in the "
            + "setting CaPortal:PublicUrl. "
            + "Use one of those, have a reverse proxy pass on the header Host, or set CaPortal:PublicUrl to the address at which people open the portal.",
    });

    /// <summary>The connection of a page that is not the portal's, as far as the portal knows.</summary>
    /// <param name="received">Where the browser says that the page is from. Untrusted text that was shortened.</param>
    /// <param name="expected">What the request was for.</param>
    public static ProblemResult WrongOrigin(string received, string expected) => new(Of(StatusCodes.Status403Forbidden) with
    {
        Code = nameof(WrongOrigin),
        Detail = $"The page was opened at {received}, but its connection reached CaPortal as one for {expected}, and was refused. "
            + "Have the reverse proxy pass on the headers Host and X-Forwarded-Proto for all addresses, "
            + "and set CaPortal:PublicUrl to the address in the browser.",
    });

    /// <summary>An API key or a token was sent for everybody on the way to read.</summary>
    /// <param name="origin">Where https answers.</param>
    public static ProblemResult HttpsRequired(string origin) => new(Of(StatusCodes.Status403Forbidden) with
    {
        Code = nameof(HttpsRequired),
        Detail = $"The API key or token came over plain http, where others can read it, and was not accepted. Send it to {origin}, and revoke this one: "
            + "it may be known.",
    });

    /// <summary>A change that was not made, or not made everywhere.</summary>
    /// <param name="outcome">What came of it.</param>
    /// <param name="items">What became of each item.</param>
    /// <param name="planned">The revision that it was planned for, which is that of the list where it was refused.</param>
    /// <param name="fields">How the fields of the request are written.</param>
    public static ProblemResult From(
        ChangeOutcome outcome, IReadOnlyList<ItemResource>? items = null, long? planned = null, RequestFields? fields = null) => outcome switch
        {
            ChangeOutcome.Forbidden => ForStatus(StatusCodes.Status403Forbidden),
            ChangeOutcome.Stale stale => new(Of(StatusCodes.Status409Conflict) with { Items = items, Revision = stale.Revision }),
            ChangeOutcome.Refused { Code: RefusalCode.ReasonRequired } refused => Unprocessable(
                refused.Code.ToString(), $"{refused.Message} {refused.Advice}{(fields is null ? "" : $" Send it as {fields.Reason}.")}", items ?? [], planned),
            ChangeOutcome.Refused { Code: RefusalCode.BackEndsDependOnIt } refused => new(Of(StatusCodes.Status409Conflict) with
            {
                Code = refused.Code.ToString(),
                Detail = $"{refused.Message} Nothing was changed; {(fields ?? RequestFields.OfQuery).Force} makes the change all the same.",
                Revision = planned,
                Effect = refused.Stopping.ToResources(),
            }),
            ChangeOutcome.Refused refused => new(Of(StatusOf(refused.Code)) with
            {
                Code = refused.Code.ToString(),
                Detail = $"{refused.Message} "
                + $"{refused.Advice}"
            }),
            ChangeOutcome.Unavailable unavailable => Unavailable("DatabaseUnavailable", $"{unavailable.Message} {unavailable.Advice}"),
            ChangeOutcome.Applied applied => NotInstalled(applied, items),
            _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "This outcome is no problem."),
        };

    /// <summary>A database that cannot be used now.</summary>
    public static ProblemResult From(DatabaseException unusable) => Unavailable("DatabaseUnavailable", $"{unusable.Message} {unusable.Advice}");

    /// <summary>An upload that added nothing.</summary>
    public static ProblemResult Refused(InspectionResult inspection, Upload upload, IReadOnlyList<ItemResource> items)
    {
        var (code, detail) = WhyRefused(inspection);
        if (code != CertificatesRefused)
            return Unprocessable(code, $"{detail} Send the right one as {upload.Fields.Password}.", items, inspection.Revision);
        var (advice, accepting) = upload.Fields.WhatNow(items, upload.Accepted, canSkip: true);
        return Unprocessable(code, $"{detail} See the findings of the items. {advice}", items, inspection.Revision, accepting);
    }

    /// <summary>Why nothing of an upload was added, for people who did not send it.</summary>
    public static string Reason(InspectionResult inspection)
    {
        var (code, detail) = WhyRefused(inspection);
        if (code != CertificatesRefused)
            return detail;
        var errors = inspection.Items.SelectMany(
            i => i.FindingsFor(i.Facts?.SuggestedStore ?? CaStore.Root).Where(f => f.Severity == FindingSeverity.Error).Take(1),
            (i, error) => i.Facts is { Name: var name } ? $"{DisplayText.Shorten(name)}: {error.Message}" : error.Message);
        return string.Join(" ", errors.Take(MaxNamed).Prepend("Nothing was added."));
    }

    /// <summary>Why nothing of an upload was added: a code and a sentence.</summary>
    private static (string Code, string Detail) WhyRefused(InspectionResult inspection) =>
        inspection.Files.Select(f => f.Password).Max() switch
        {
            PasswordState.Wrong => ("PasswordWrong", "The password does not open the file. Nothing was added."),
            PasswordState.Needed => ("PasswordRequired", "The file is protected by a password, and none was given. Nothing was added."),
            _ => (CertificatesRefused, "An item has an Error, so nothing was added."),
        };

    /// <summary>A change of the list of back-ends that was not made.</summary>
    public static ProblemResult From(BackEndOutcome outcome) => outcome switch
    {
        BackEndOutcome.Refused refused => new(Of(StatusCodes.Status422UnprocessableEntity) with
        {
            Code = "BackEndsRefused",
            Detail = $"{refused.Message} "
            + $"{refused.Advice}"
        }),
        _ => ForStatus(StatusCodes.Status403Forbidden),
    };

    /// <summary>An API key that was not made or not revoked.</summary>
    public static ProblemResult From(ApiKeyOutcome outcome) => outcome switch
    {
        ApiKeyOutcome.Refused refused => new(Of(StatusCodes.Status422UnprocessableEntity) with
        {
            Code = "ApiKeyRefused",
            Detail = $"{refused.Message} "
            + $"{refused.Advice}"
        }),
        ApiKeyOutcome.NotFound => NotFound("There is no such API key, or it was revoked before. GET /api-keys lists them."),
        _ => ForStatus(StatusCodes.Status403Forbidden),
    };

    /// <summary>A change that cannot be taken back, or was already.</summary>
    public static ProblemResult NothingToAcknowledge(string why) => Unprocessable("NothingToAcknowledge", why, []);

    /// <summary>A change cannot be taken back.</summary>
    public static ProblemResult NothingToUndo(string why, long? revision = null) => Unprocessable("NothingToUndo", why, [], revision);

    /// <summary>Found certificates; none of them was adopted.</summary>
    public static ProblemResult AdoptionRefused(long revision, IReadOnlyList<ItemResource> items, IReadOnlySet<FindingCode> accepted) =>
        CannotBeAdded("so nothing was adopted", revision, items, accepted, RequestFields.OfJson, canSkip: false);

    /// <summary>A change that would bring certificates back, or those of others, and one of them has an Error.</summary>
    public static ProblemResult CannotComeBack(ChangePlan plan, IReadOnlySet<FindingCode> accepted, RequestFields fields) =>
        CannotBeAdded("so nothing was changed", plan.Revision, [.. plan.Additions.Select(a => a.ToResource())], accepted, fields, canSkip: null);

    /// <summary>Found certificates; none of them was removed.</summary>
    public static ProblemResult CannotBeRemoved(ChangePlan plan) => Unprocessable(
        "CannotBeRemoved",
        string.Join(' ', ["Nothing was removed.", .. plan.RefusedRemovals.Select(r => $"{r.Key.Sha256}: {r.Reason}").Take(MaxNamed)]),
        [],
        plan.Revision);

    /// <summary>Answers what an endpoint could not know before: a bad request, or a database that does not answer.</summary>
    public static async ValueTask<object?> AnswerAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (BadHttpRequestException e)
        {
            return new ProblemResult(Of(e.StatusCode) with { Detail = e.Message });
        }
        catch (DatabaseException e)
        {
            return From(e);
        }
    }

    /// <summary>The change is recorded, and no trust store that can be used takes anything of it.</summary>
    public static ProblemResult InstalledNowhere(ChangeOutcome.Applied applied, IReadOnlyList<ItemResource> items) => NotInstalled(
        applied, items, "but none of the trust stores that can be used takes these certificates, so they are installed nowhere; some hold roots alone.");

    /// <summary>The change is recorded, and a trust store does not hold what it should, or none can be used.</summary>
    private static ProblemResult NotInstalled(
        ChangeOutcome.Applied applied, IReadOnlyList<ItemResource>? items, string what = "and not every trust store could be brought to it; "
            + "it is tried again every minute.")
    {
        var problem = applied.Wrong.FirstOrDefault() ?? applied.TrustStores.FirstOrDefault(t => t.Error is not null);
        return new(
            Of(StatusCodes.Status503ServiceUnavailable) with
            {
                Code = "TrustStoreUnavailable",
                Detail = string.Join(' ', $"The list is at revision {applied.Revision}, {what}", problem?.Error, problem?.Advice).TrimEnd(),
                Items = items,
                Revision = applied.Revision,
                TrustStores = [.. applied.TrustStores.Select(t => t.ToResource())],
                StillTrusted = applied.StillTrusted.Count > 0 ? [.. applied.StillTrusted.Select(s => s.ToResource())] : null,
            },
            RetryDelay);
    }

    private static ProblemResult CannotBeAdded(
        string what, long revision, IReadOnlyList<ItemResource> items, IReadOnlySet<FindingCode> accepted, RequestFields fields, bool? canSkip)
    {
        var (advice, accepting) = fields.WhatNow(items, accepted, canSkip);
        return Unprocessable(CertificatesRefused, $"A certificate has an Error, {what}. See the findings of the items. {advice}", items, revision, accepting);
    }

    private static ProblemResult Unprocessable(
        string code, string detail, IReadOnlyList<ItemResource> items, long? revision = null, OverrideResource? accepting = null) =>
        new(Of(StatusCodes.Status422UnprocessableEntity) with
        {
            Code = code,
            Detail = detail,
            Items = items,
            Override = accepting,
            Revision = revision,
            TrustStores = [],
        });

    private static ProblemResult Unavailable(string code, string detail) =>
        new(Of(StatusCodes.Status503ServiceUnavailable) with { Code = code, Detail = detail }, RetryDelay);

    private static int StatusOf(RefusalCode code) => code switch
    {
        RefusalCode.NotFound => StatusCodes.Status404NotFound,
        RefusalCode.ApprovalRefused or RefusalCode.PersonRequired => StatusCodes.Status403Forbidden,
        RefusalCode.CertificatesRefused or RefusalCode.CannotBeRemoved => StatusCodes.Status422UnprocessableEntity,
        _ => StatusCodes.Status409Conflict,
    };

    private static ApiProblem Of(int status)
    {
        var (code, detail) = status switch
        {
            StatusCodes.Status400BadRequest => ("BadRequest", "The request is not well formed."),
            StatusCodes.Status401Unauthorized => ("Unauthenticated", "The request carries no valid sign-in. Send an API key or a token as Authorization: "
                + "Bearer."),
            StatusCodes.Status403Forbidden => ("Forbidden", "The signed-in account has no role that allows this. An administrator of CaPortal can do it."),
            StatusCodes.Status404NotFound => ("NotFound", "There is nothing at this address."),
            StatusCodes.Status405MethodNotAllowed => ("MethodNotAllowed", "The address does not know this method."),
            StatusCodes.Status409Conflict => ("Stale", "Others kept changing the list meanwhile, so nothing was changed. Send the request again."),
            StatusCodes.Status412PreconditionFailed => ("PreconditionFailed", "The content is not the one that the request asks for."),
            StatusCodes.Status413PayloadTooLarge => ("TooLarge", "The request is larger than the portal accepts. The setting CaPortal:Limits:MaxFileBytes "
                + "raises the limit."),
            StatusCodes.Status415UnsupportedMediaType => ("UnsupportedMediaType", "Send the files as multipart/form-data or one file as application/json."),
            StatusCodes.Status422UnprocessableEntity => ("Unprocessable", "The request cannot be understood."),
            StatusCodes.Status429TooManyRequests => ("TooManyRequests", "There were too many requests at once. Send the request again after the time in "
                + "Retry-After."),
            StatusCodes.Status503ServiceUnavailable => ("Unavailable", "The portal cannot do this now. Send the request again after the time in Retry-After."),
            >= 500 => ("InternalError", "The portal failed. Its log says why."),
            _ => ("BadRequest", "The request cannot be answered."),
        };
        return new ApiProblem { Title = ReasonPhrases.GetReasonPhrase(status), Status = status, Detail = detail, Code = code };
    }
}
