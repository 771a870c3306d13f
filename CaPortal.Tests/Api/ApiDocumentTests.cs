using System.Text.Json.Nodes;

namespace CaPortal.Tests.Api;

/// <summary>What the OpenAPI document promises.</summary>
public sealed class ApiDocumentTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static readonly Dictionary<string, int[]> Endpoints = new()
    {
        ["GET /api/v1/ca-certificates"] = [200, 400, 401, 403, 503],
        ["POST /api/v1/ca-certificates"] = [200, 201, 202, 400, 401, 403, 409, 413, 415, 422, 429, 503],
        ["POST /api/v1/ca-certificates/inspect"] = [200, 400, 401, 403, 413, 415, 429, 503],
        ["GET /api/v1/ca-certificates/{sha256}"] = [200, 400, 401, 403, 404, 503],
        ["DELETE /api/v1/ca-certificates/{sha256}"] = [200, 202, 400, 401, 403, 404, 409, 503],
        ["GET /api/v1/ca-certificates/{sha256}.cer"] = [200, 304, 401, 403, 404, 412, 503],
        ["GET /api/v1/ca-certificates/{sha256}.pem"] = [200, 304, 401, 403, 404, 412, 503],
        ["GET /api/v1/found-certificates"] = [200, 400, 401, 403, 503],
        ["POST /api/v1/found-certificates/adopt"] = [200, 202, 400, 401, 403, 404, 409, 413, 415, 422, 503],
        ["POST /api/v1/found-certificates/remove"] = [200, 202, 400, 401, 403, 404, 409, 413, 415, 422, 503],
        ["GET /api/v1/found-certificates/{sha256}.cer"] = [200, 304, 401, 403, 404, 412, 503],
        ["GET /api/v1/found-certificates/{sha256}.pem"] = [200, 304, 401, 403, 404, 412, 503],
        ["GET /api/v1/operating-system-roots"] = [200, 400, 401, 403, 503],
        ["GET /api/v1/operating-system-roots/{sha256}.cer"] = [200, 304, 401, 403, 404, 412, 503],
        ["GET /api/v1/operating-system-roots/{sha256}.pem"] = [200, 304, 401, 403, 404, 412, 503],
        ["GET /api/v1/bundles/{storeName}.pem"] = [200, 304, 401, 403, 404, 412, 503],
        ["GET /api/v1/bundles/{storeName}.p7b"] = [200, 304, 401, 403, 404, 412, 503],
        ["GET /api/v1/bundles/{storeName}.p12"] = [200, 304, 401, 403, 404, 412, 503],
        ["GET /api/v1/trust-stores"] = [200, 401, 403, 503],
        ["POST /api/v1/trust-stores/verify"] = [200, 401, 403, 503],
        ["POST /api/v1/trust-stores/{name}/verify"] = [200, 401, 403, 404, 503],
        ["POST /api/v1/trust-stores/repair"] = [200, 401, 403, 503],
        ["POST /api/v1/trust-stores/{name}/repair"] = [200, 401, 403, 404, 503],
        ["GET /api/v1/snapshots"] = [200, 401, 403, 503],
        ["GET /api/v1/snapshots/{id}"] = [200, 401, 403, 404, 503],
        ["POST /api/v1/snapshots/{id}/restore"] = [200, 202, 400, 401, 403, 404, 409, 422, 503],
        ["GET /api/v1/proposals"] = [200, 401, 403, 503],
        ["GET /api/v1/proposals/{id}"] = [200, 401, 403, 404, 503],
        ["POST /api/v1/proposals/{id}/approve"] = [200, 400, 401, 403, 404, 409, 413, 415, 422, 503],
        ["POST /api/v1/proposals/{id}/reject"] = [200, 400, 401, 403, 404, 409, 413, 415, 503],
        ["POST /api/v1/proposals/{id}/withdraw"] = [200, 400, 401, 403, 404, 409, 503],
        ["GET /api/v1/activity"] = [200, 400, 401, 403, 429, 503],
        ["GET /api/v1/activity.csv"] = [200, 400, 401, 403, 429, 503],
        ["GET /api/v1/activity.json"] = [200, 400, 401, 403, 429, 503],
        ["GET /api/v1/activity/verify"] = [200, 401, 403, 429, 503],
        ["POST /api/v1/activity/acknowledge"] = [200, 400, 401, 403, 413, 415, 422, 503],
        ["GET /api/v1/list-proof"] = [200, 401, 403, 503],
        ["POST /api/v1/list-proof/restore"] = [200, 400, 401, 403, 413, 415, 422, 503],
        ["POST /api/v1/list-proof/keep"] = [200, 400, 401, 403, 413, 415, 422, 503],
        ["POST /api/v1/list-proof/accept"] = [200, 400, 401, 403, 413, 415, 422, 503],
        ["GET /api/v1/activity/{sequence}"] = [200, 401, 403, 404, 503],
        ["GET /api/v1/activity/{sequence}/undo"] = [200, 401, 403, 404, 422, 503],
        ["POST /api/v1/activity/{sequence}/undo"] = [200, 202, 400, 401, 403, 404, 409, 413, 415, 422, 503],
        ["GET /api/v1/expiry"] = [200, 401, 403, 503],
        ["GET /api/v1/expiry.ics"] = [200, 401, 403, 503],
        ["GET /api/v1/alerts"] = [200, 400, 401, 403, 503],
        ["POST /api/v1/alerts/{id}/dismiss"] = [200, 401, 403, 404, 503],
        ["GET /api/v1/back-ends"] = [200, 400, 401, 403, 503],
        ["POST /api/v1/back-ends"] = [200, 201, 400, 401, 403, 413, 415, 422, 503],
        ["GET /api/v1/back-ends/{id}"] = [200, 401, 403, 404, 503],
        ["PUT /api/v1/back-ends/{id}"] = [200, 400, 401, 403, 404, 413, 415, 422, 503],
        ["DELETE /api/v1/back-ends/{id}"] = [204, 400, 401, 403, 404, 503],
        ["POST /api/v1/back-ends/{id}/test"] = [200, 400, 401, 403, 404, 429, 503],
        ["POST /api/v1/back-ends/test"] = [200, 400, 401, 403, 413, 415, 429, 503],
        ["POST /api/v1/back-ends/probe"] = [200, 400, 401, 403, 413, 415, 422, 429, 503],
        ["GET /api/v1/api-keys"] = [200, 401, 403, 503],
        ["POST /api/v1/api-keys"] = [201, 400, 401, 403, 413, 415, 422, 503],
        ["DELETE /api/v1/api-keys/{id}"] = [204, 401, 403, 404, 503],
    };

    [Fact]
    public async Task Document_OfTheApi_ListsItsEndpointsAloneWithEveryAnswer()
    {
        var found = Operations(await api.GetAsync("/openapi/v1.json")).ToDictionary(
            o => o.Name, o => o.Operation["responses"]!.AsObject().Select(r => int.Parse(r.Key, null)).Order().ToArray());

        Assert.Equal(Endpoints.Keys.Order(), found.Keys.Order());
        Assert.All(Endpoints, e => Assert.Equal(e.Value, found[e.Key]));
    }

    [Fact]
    public async Task Document_OfTheApi_DescribesProblemsParametersAndUploads()
    {
        var document = await api.GetAsync("/openapi/v1.json");
        var operations = Operations(document).ToDictionary(o => o.Name, o => o.Operation);

        Assert.All(operations.Values, o => Assert.NotEmpty((string)o["summary"]!));
        Assert.Equal(operations.Count, operations.Values.Select(o => (string)o["operationId"]!).Distinct().Count());
        foreach (var response in operations.Values.SelectMany(o => o["responses"]!.AsObject()).Where(r => int.Parse(r.Key, null) >= 400))
            Assert.Equal("#/components/schemas/ApiProblem", (string)response.Value!["content"]!["application/problem+json"]!["schema"]!["$ref"]!);

        var list = operations["GET /api/v1/ca-certificates"]["parameters"]!.AsArray().ToDictionary(p => (string)p!["name"]!, p => p!["schema"]!);
        Assert.Equal(["storeName", "search", "status", "skip", "top"], list.Keys);
        Assert.Equal(["Root", "CertificateAuthority"], list["storeName"]["enum"]!.AsArray().Select(v => (string)v!));
        Assert.Equal((1, 1000, "integer"), ((int)list["top"]["minimum"]!, (int)list["top"]["maximum"]!, (string)list["top"]["type"]!));

        var upload = operations["POST /api/v1/ca-certificates"]["requestBody"]!["content"]!;
        Assert.NotNull(upload["application/json"]!["schema"]);
        Assert.Equal(
            ["file", "storeName", "password", "reason", "override", "skipInvalid", "force"],
            upload["multipart/form-data"]!["schema"]!["properties"]!.AsObject().Select(p => p.Key));
        Assert.Equal(
            "binary",
            (string)operations["GET /api/v1/bundles/{storeName}.p12"]["responses"]!["200"]!["content"]!["application/x-pkcs12"]!["schema"]!["format"]!);

        var item = document["components"]!["schemas"]!["ItemResource"]!;
        Assert.Equal(["fileName", "findings", "kind", "result"], item["required"]!.AsArray().Select(r => (string)r!).Order(StringComparer.Ordinal));
        Assert.Equal("integer", (string)document["components"]!["schemas"]!["CaCertificateList"]!["properties"]!["count"]!["type"]!);
        Assert.Equal("http", (string)document["components"]!["securitySchemes"]!["Bearer"]!["type"]!);
        Assert.Contains(document["components"]!["schemas"]!["ItemOutcome"]!["enum"]!.AsArray(), v => (string)v! == "duplicate");
    }

    private static IEnumerable<(string Name, JsonNode Operation)> Operations(JsonNode document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select ($"{operation.Key.ToUpperInvariant()} {path.Key}", operation.Value!);
}
