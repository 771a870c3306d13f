using System.Globalization;
using System.Text.Json.Nodes;
using CaPortal.Api.Contracts;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CaPortal.Api;

/// <summary>What the OpenAPI document says beyond what the endpoints' signatures do.</summary>
internal static class ApiDocument
{
    public const string Name = "v1";
    private const string Scheme = "Bearer";

    public static void Configure(OpenApiOptions options)
    {
        options.ShouldInclude = d => d.RelativePath?.StartsWith(PortalApi.BasePath[1..], StringComparison.Ordinal) == true;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "CaPortal",
                Version = Name,
                Description = "The CA certificates that programs must trust. Readers see and download; administrators change. "
                    + "Errors are problem details (RFC 9457) with a code that never changes.",
            };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Scheme] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "An API key, or an access token "
                    + "of Microsoft Entra ID where that is set up."
                },
            };
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
            return Task.CompletedTask;
        });
    }

    public static OpenApiSchema OneOf(IEnumerable<string> values) => new() { Type = JsonSchemaType.String, Enum = [.. values.Select(v => (JsonNode)v)] };

    public static OpenApiSchema WholeNumber(int min, int max, int absent) => new()
    {
        Type = JsonSchemaType.Integer,
        Format = "int32",
        Minimum = min.ToString(CultureInfo.InvariantCulture),
        Maximum = max.ToString(CultureInfo.InvariantCulture),
        Default = absent,
    };

    public static OpenApiSchema Moment() => new() { Type = JsonSchemaType.String, Format = "date-time" };

    public static OpenApiSchema YesOrNo() => new() { Type = JsonSchemaType.Boolean, Default = false };

    /// <summary>Says what a parameter that is read as text may be.</summary>
    public static RouteHandlerBuilder WithParameter(this RouteHandlerBuilder endpoint, string name, OpenApiSchema schema) =>
        endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            if (operation.Parameters?.FirstOrDefault(p => p.Name == name) is OpenApiParameter parameter)
                parameter.Schema = schema;
            return Task.CompletedTask;
        });

    /// <summary>The problems that an endpoint answers with, besides those that all have.</summary>
    public static RouteHandlerBuilder Answers(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (var status in (int[])[.. statuses, StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden])
            endpoint.Produces<ApiProblem>(status, ProblemResult.ContentType);
        return endpoint;
    }

    /// <summary>The endpoint sends a file.</summary>
    public static RouteHandlerBuilder Downloads(this RouteHandlerBuilder endpoint, string contentType) =>
        endpoint.Produces(StatusCodes.Status304NotModified).Answers(StatusCodes.Status412PreconditionFailed)
            .AddOpenApiOperationTransformer((operation, _, _) =>
            {
                operation.Responses ??= [];
                operation.Responses["200"] = new OpenApiResponse
                {
                    Description = "The file.",
                    Content = new Dictionary<string, OpenApiMediaType> { [contentType] = new() { Schema = Binary() } },
                };
                return Task.CompletedTask;
            });

    /// <summary>The endpoint takes files, in either form of upload.</summary>
    public static RouteHandlerBuilder WithUpload(this RouteHandlerBuilder endpoint) =>
        endpoint.WithMetadata(TakesBody.Instance).AddOpenApiOperationTransformer(async (operation, context, cancellationToken) =>
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["multipart/form-data"] = new() { Schema = Form() },
                    ["application/json"] = new() { Schema = await context.GetOrCreateSchemaAsync(typeof(EncodedUpload), null, cancellationToken) },
                },
            });

    /// <summary>
    /// The endpoint takes JSON and reads it itself. So other content is reported as unsupported, and not as missing.
    /// </summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="texts">Types of text that it takes instead.</param>
    public static RouteHandlerBuilder WithBody<T>(this RouteHandlerBuilder endpoint, params string[] texts) =>
        endpoint.WithMetadata(TakesBody.Instance).AddOpenApiOperationTransformer(async (operation, context, cancellationToken) =>
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/json"] = new() { Schema = await context.GetOrCreateSchemaAsync(typeof(T), null, cancellationToken) },
                },
            };
            foreach (var text in texts)
                operation.RequestBody.Content![text] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        });

    private static OpenApiSchema Binary() => new() { Type = JsonSchemaType.String, Format = "binary" };

    private static OpenApiSchema Form() => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string> { "file" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["file"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = Binary(), Description = "One or more files, each in a part of its own." },
            ["storeName"] = OneOf(RequestValues.StoreChoices),
            ["password"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "password", Description = "The password of the files that have one." },
            ["reason"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Why; goes into the activity log." },
            ["override"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Items = new OpenApiSchema { Type = JsonSchemaType.String },
                Description = "Codes of the Errors that are accepted; needs a reason.",
            },
            ["skipInvalid"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Boolean,
                Default = false,
                Description = "Adds the good certificates where others "
                + "are refused."
            },
            ["force"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Boolean,
                Default = false,
                Description = "Adds them also where trusted back-ends would "
                + "not be trusted any more."
            },
        },
    };
}
