using System.Text;
using System.Text.Json;
using CaPortal.Api.Contracts;
using CaPortal.Core;
using CaPortal.Core.Certificates;
using CaPortal.Core.Inspection;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace CaPortal.Api;

/// <summary>Files to add, and how.</summary>
/// <param name="Files">The files.</param>
/// <param name="Store">The store that all certificates go to; null: the one that fits each.</param>
/// <param name="Reason">Why.</param>
/// <param name="Accepted">The Errors that are overridden.</param>
/// <param name="SkipInvalid">The good certificates are added where others are refused.</param>
/// <param name="Force">It is made also where trusted back-ends stop being trusted by it.</param>
/// <param name="Fields">How its fields are written.</param>
internal sealed record Upload(
    IReadOnlyList<UploadedFile> Files, CaStore? Store, string? Reason, IReadOnlySet<FindingCode> Accepted, bool SkipInvalid, bool Force, RequestFields Fields);

/// <summary>Reads uploads, bounded and in memory alone: a file may have a private key in it, and that must never reach a disk.</summary>
internal sealed class UploadReader(IOptions<CoreOptions> options)
{
    /// <summary>What a request may have besides its files.</summary>
    private const int Overhead = 256 * 1024;

    /// <summary>Bytes in the headers of one part of a form, in which its file name is.</summary>
    private const int MaxPartHeaders = 16 * 1024;

    private const int MaxPasswordLength = 1024;
    private const string FileField = "file";
    private static readonly string[] FormFields = [FileField, "storeName", "password", "reason", "override", "skipInvalid", "force"];
    private const string HowToRaise = "The setting CaPortal:Limits:MaxFileBytes raises the limit.";

    /// <summary>Bytes in one file.</summary>
    private int MaxFileBytes => options.Value.Limits.MaxFileBytes;

    /// <summary>Bytes in one request: one file of the greatest size also in base64, or several that have no more together.</summary>
    private int MaxRequestBytes => (int)Math.Min((2L * MaxFileBytes) + Overhead, Array.MaxLength);

    /// <exception cref="BadHttpRequestException">The request is no upload, or too large.</exception>
    public async Task<Upload> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        BoundedBody.Apply(request, MaxRequestBytes, $"The request has more than the {MaxRequestBytes:N0} bytes that are read at once. {HowToRaise}");
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        try
        {
            var upload = type?.ToLowerInvariant() switch
            {
                "multipart/form-data" => await ReadFormAsync(request, cancellationToken),
                "application/json" => await ReadJsonAsync(request, cancellationToken),
                _ => throw new BadHttpRequestException(
                    "Send the files as multipart/form-data, or one file as application/json.",
                    StatusCodes.Status415UnsupportedMediaType),
            };
            return upload.Files.All(f => f.Content.Length <= MaxFileBytes)
                ? upload
                : throw new BadHttpRequestException(
                    $"A file has more than the {MaxFileBytes:N0} bytes that are read. {HowToRaise}",
                    StatusCodes.Status413PayloadTooLarge);
        }
        catch (InvalidDataException e) when (IsOfHeaders(e))
        {
            throw new BadHttpRequestException(
                $"The headers of a part of the form have more than the {MaxPartHeaders:N0} bytes that are read: its name or its file name is too long.",
                e);
        }
        catch (Exception e)
            when (e is InvalidDataException or JsonException or InvalidOperationException or NotSupportedException
                || (e is IOException and not BadHttpRequestException))
        {
            throw new BadHttpRequestException($"The body is not well-formed {type}.", e);
        }
    }

    /// <summary>Whether the reader has stopped at the bound for headers, or for one line of them: it says so in words alone.</summary>
    private static bool IsOfHeaders(InvalidDataException exception) =>
        exception.Message.StartsWith("Multipart headers length limit", StringComparison.Ordinal)
        || exception.Message.StartsWith("Line length limit", StringComparison.Ordinal);

    private async Task<Upload> ReadFormAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var form = await request.ReadFormAsync(
            new FormOptions
            {
                MemoryBufferThreshold = MaxRequestBytes,
                MultipartBodyLengthLimit = MaxRequestBytes,
                ValueLengthLimit = Overhead,
                MultipartHeadersLengthLimit = MaxPartHeaders,
            },
            cancellationToken);
        FieldNames.RequireKnown(form.Keys.Concat(form.Files.Select(f => f.Name)), FormFields);
        if (form.Files.Count == 0 || form.Files.Any(f => f.Name != FileField))
            throw new BadHttpRequestException($"Send each file in a part that is named '{FileField}' and has a file name.");

        var password = Password(Single("password"));
        var files = new List<UploadedFile>(form.Files.Count);
        foreach (var file in form.Files)
        {
            var content = new byte[file.Length];
            await using var stream = file.OpenReadStream();
            await stream.ReadExactlyAsync(content, cancellationToken);
            files.Add(new UploadedFile(file.FileName, content, password));
        }

        return new Upload(
            files,
            RequestValues.StoreChoice(Single("storeName"), "storeName"),
            RequestValues.Reason(Single("reason")),
            RequestValues.FindingCodes(form["override"], "override"),
            RequestValues.YesOrNo(Single("skipInvalid"), "skipInvalid"),
            RequestValues.YesOrNo(Single("force"), "force"),
            RequestFields.OfForm);

        string? Single(string name) => form[name].Count <= 1 ? form[name] : throw new BadHttpRequestException($"'{name}' stands there more than once.");
    }

    private static async Task<Upload> ReadJsonAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        // JSON is UTF-8 (RFC 8259 §8.1), regardless of the header.
        using var document = await JsonDocument.ParseAsync(request.Body, default, cancellationToken);
        FieldNames.RequireKnown<EncodedUpload>(document.RootElement);
        var body = document.Deserialize<EncodedUpload>(JsonSerializerOptions.Web);
        if (body?.EncodedCertificate is not { Length: > 0 } encoded)
            throw new BadHttpRequestException("'encodedCertificate' is missing.");
        return new Upload(
            [new UploadedFile("encodedCertificate", Decode(encoded), Password(body.CertificatePassword))],
            RequestValues.StoreChoice(body.StoreName, "storeName"),
            RequestValues.Reason(body.Reason),
            RequestValues.FindingCodes(body.Override ?? [], "override"),
            body.SkipInvalid,
            body.Force,
            RequestFields.OfJson);
    }

    private static byte[] Decode(string encoded)
    {
        var bytes = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, bytes, out var length) ? bytes[..length] : Encoding.UTF8.GetBytes(encoded);
    }

    private static string? Password(string? text) =>
        text is null || text.Length <= MaxPasswordLength
            ? text
            : throw new BadHttpRequestException($"The password must have at most {MaxPasswordLength} characters.");
}
