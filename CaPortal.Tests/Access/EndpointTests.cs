using System.Text.RegularExpressions;
using CaPortal.Authentication;
using CaPortal.Tests.Api;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Access;

/// <summary>Who may call which endpoint. The table names every endpoint that there is: one without a row fails, and so does a row without one.</summary>
public sealed partial class EndpointTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    /// <summary>Who, method and pattern of each endpoint but static files. "any" is an endpoint for every method.</summary>
    private const string Table = """
        Reader        GET    /api/v1/ca-certificates
        Reader        GET    /api/v1/ca-certificates/{sha256}
        Reader        GET    /api/v1/ca-certificates/{sha256}.cer
        Reader        GET    /api/v1/ca-certificates/{sha256}.pem
        Reader        GET    /api/v1/bundles/{storeName}.pem
        Reader        GET    /api/v1/bundles/{storeName}.p7b
        Reader        GET    /api/v1/bundles/{storeName}.p12
        Reader        GET    /api/v1/found-certificates
        Reader        GET    /api/v1/found-certificates/{sha256}.cer
        Reader        GET    /api/v1/found-certificates/{sha256}.pem
        Reader        GET    /api/v1/operating-system-roots
        Reader        GET    /api/v1/operating-system-roots/{sha256}.cer
        Reader        GET    /api/v1/operating-system-roots/{sha256}.pem
        Reader        GET    /api/v1/trust-stores
        Reader        GET    /api/v1/snapshots
        Reader        GET    /api/v1/snapshots/{id:long}
        Reader        GET    /api/v1/proposals
        Reader        GET    /api/v1/proposals/{id:long}
        Reader        GET    /api/v1/activity
        Reader        GET    /api/v1/activity.csv
        Reader        GET    /api/v1/activity.json
        Reader        GET    /api/v1/activity/verify
        Reader        GET    /api/v1/activity/{sequence:long}
        Reader        GET    /api/v1/back-ends
        Reader        GET    /api/v1/back-ends/{id:long}
        Reader        GET    /api/v1/expiry
        Reader        GET    /api/v1/expiry.ics
        Reader        GET    /api/v1/alerts
        Reader        GET    /metrics
        Reader        GET    /openapi/{documentName}.json
        Administrator POST   /api/v1/ca-certificates
        Administrator POST   /api/v1/ca-certificates/inspect
        Administrator DELETE /api/v1/ca-certificates/{sha256}
        Administrator POST   /api/v1/found-certificates/adopt
        Administrator POST   /api/v1/found-certificates/remove
        Administrator POST   /api/v1/activity/acknowledge
        Reader        GET    /api/v1/list-proof
        Administrator POST   /api/v1/list-proof/restore
        Administrator POST   /api/v1/list-proof/keep
        Administrator POST   /api/v1/list-proof/accept
        Administrator POST   /api/v1/trust-stores/verify
        Administrator POST   /api/v1/trust-stores/{name}/verify
        Administrator POST   /api/v1/trust-stores/repair
        Administrator POST   /api/v1/trust-stores/{name}/repair
        Administrator POST   /api/v1/snapshots/{id:long}/restore
        Administrator GET    /api/v1/api-keys
        Administrator POST   /api/v1/api-keys
        Administrator DELETE /api/v1/api-keys/{id:long}
        Administrator POST   /api/v1/proposals/{id:long}/approve
        Administrator POST   /api/v1/proposals/{id:long}/reject
        Administrator POST   /api/v1/proposals/{id:long}/withdraw
        Administrator GET    /api/v1/activity/{sequence:long}/undo
        Administrator POST   /api/v1/activity/{sequence:long}/undo
        Administrator POST   /api/v1/alerts/{id:long}/dismiss
        Administrator POST   /api/v1/back-ends
        Administrator PUT    /api/v1/back-ends/{id:long}
        Administrator DELETE /api/v1/back-ends/{id:long}
        Administrator POST   /api/v1/back-ends/{id:long}/test
        Administrator POST   /api/v1/back-ends/test
        Administrator POST   /api/v1/back-ends/probe
        SignedIn      any    /api/{**rest}
        Reader        GET    /
        Reader        GET    /ca-certificates
        Reader        GET    /ca-certificates/recycle-bin
        Reader        GET    /ca-certificates/compare
        Reader        GET    /ca-certificates/{Store}/{Sha256}
        Reader        GET    /back-ends
        Reader        GET    /programs
        Reader        GET    /expiry
        Reader        GET    /activity
        Reader        GET    /approvals
        Reader        GET    /approvals/{Id:long}
        Reader        GET    /settings
        Reader        GET    /not-found
        Anyone        GET    /login
        Anyone        POST   /login
        Anyone        POST   /login/new-link
        Anyone        POST   /login/link-for-command
        Anyone        GET    /logout
        Anyone        POST   /logout
        Anyone        GET    /signed-out
        Anyone        GET    /no-access
        Anyone        any    /health/live
        Anyone        any    /health/ready
        SignedIn      GET    /{**path:file}
        SignedIn      HEAD   /{**path:file}
        Anyone        GET    /api-reference/scalar.js
        Anyone        GET    /api-reference/scalar.aspnetcore.js
        Anyone        GET    /api-reference/favicon.svg
        Reader        GET    /api-reference/{documentName?}
        Reader        GET    /_framework/opaque-redirect
        Reader        POST   /activity
        Reader        POST   /approvals
        Reader        POST   /approvals/{Id:long}
        Reader        POST   /settings
        Reader        POST   /not-found
        Reader        POST   /programs
        Reader        POST   /expiry
        Reader        POST   /
        Reader        POST   /ca-certificates
        Reader        POST   /ca-certificates/recycle-bin
        Reader        POST   /ca-certificates/compare
        Reader        POST   /ca-certificates/{Store}/{Sha256}
        Reader        POST   /back-ends
        Reader        any    /_blazor/negotiate
        Reader        any    /_blazor
        Reader        any    /_blazor/disconnect
        Reader        any    /_blazor/initializers
        """;

    private const string Some = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>The values for the parameters of a pattern.</summary>
    private static readonly Dictionary<string, string> Values = new()
    {
        ["Store"] = "root",
        ["Sha256"] = new string('0', 64),
        ["sha256"] = Some,
        ["storeName"] = "Root",
        ["name"] = "pem-bundle",
        ["id"] = "1",
        ["Id"] = "1",
        ["sequence"] = "1",
        ["documentName"] = "v1",
        ["rest"] = "unknown",
        ["path"] = "unknown.css",
    };

    public enum Who { Anyone, SignedIn, Reader, Administrator }

    public static TheoryData<Who, string, string> Rows => [.. Table.Split('\n').Select(line =>
    {
        var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (Enum.Parse<Who>(columns[0]), columns[1], columns[2]);
    })];

    [Fact]
    public void Table_OfEndpoints_NamesThoseThatThereAre()
    {
        var endpoints = Endpoints().Where(e => !IsStaticFile(e)).SelectMany(Names).Distinct();

        Tables.AssertComplete(Rows.Select(r => $"{r.Data.Item2} {r.Data.Item3}"), endpoints);
    }

    [Fact]
    public void StaticFiles_All_AreOpenToAnyone()
    {
        var files = Endpoints().Where(IsStaticFile).ToList();

        Assert.NotEmpty(files);
        Assert.All(files, f => Assert.NotNull(f.Metadata.GetMetadata<IAllowAnonymous>()));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Endpoint_ForEachCaller_IsOpenToItsRoleAlone(Who who, string method, string pattern)
    {
        var path = Parameter().Replace(pattern, p => Values[p.Groups["name"].Value]);
        var isApi = SignInPaths.IsApi(path);
        var callers = isApi
            ? new[] { api.Nobody, api.WithoutRole, api.Reader, api.Administrator }
            : [api.Nobody, api.BrowserWithoutRole, api.ReadersBrowser, api.AdministratorsBrowser];
        var asPage = !isApi && method is "GET" && !path.StartsWith("/_blazor", StringComparison.Ordinal);
        for (var caller = 0; caller < callers.Length; caller++)
        {
            using var answer = await ApiFixture.SendAsync(callers[caller], method is "any" ? "POST" : method, path);
            var (status, location) = ((int)answer.StatusCode, answer.Headers.Location?.OriginalString ?? "");
            var expected = caller >= (int)who ? "open" : caller == 0 ? asPage ? "to sign-in" : "401" : asPage ? "to no access" : "403";
            var actual = status is 302 && location.Contains("/login?returnUrl=", StringComparison.Ordinal) ? "to sign-in"
                : status is 302 && location.Contains("/no-access?", StringComparison.Ordinal) ? "to no access"
                : status is 401 or 403 && pattern is not ("/no-access" or "/login/link-for-command") ? $"{status}"
                : status < 500 ? "open"
                : $"{status}";
            Assert.True(expected == actual, $"Caller {caller}: {status} {location}, expected: {expected}");
        }
    }

    private IEnumerable<RouteEndpoint> Endpoints()
    {
        _ = api.Portal.Address;
        return api.Portal.Services.GetRequiredService<EndpointDataSource>().Endpoints.Cast<RouteEndpoint>();
    }

    private static bool IsStaticFile(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is not null;

    private static IEnumerable<string> Names(RouteEndpoint endpoint)
    {
        var pattern = $"/{endpoint.RoutePattern.RawText!.Trim('/')}";
        return endpoint.Metadata.GetMetadata<HttpMethodMetadata>() is { HttpMethods: { Count: > 0 } methods }
            ? methods.Select(m => $"{m} {pattern}")
            : [$"any {pattern}"];
    }

    [GeneratedRegex(@"\{\**(?<name>\w+)[^}]*\}")]
    private static partial Regex Parameter();
}
