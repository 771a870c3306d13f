using System.Globalization;
using System.Text.Json;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CsvHelper;

namespace CaPortal.Api;

/// <summary>The activity log as a file, written as it is read: however long it is, a small part of it is in memory.</summary>
internal static class ActivityExport
{
    private const string Csv = "csv";

    // Full-width forms are formulas too to spreadsheets that are set to Chinese, Japanese or Korean.
    private const string MoreFormulaCharacters = "\uFF1D\uFF0B\uFF0D\uFF20";

    private static readonly string[] Columns =
    [
        "sequence",
        "at",
        "actor",
        "role",
        "source",
        "action",
        "category",
        "reason",
        "revisionBefore",
        "revisionAfter",
        "certificates",
        "trustStores",
        "details",
        "previousHash",
        "hash",
    ];

    /// <summary>Sends it as JSON: an array of entries.</summary>
    public static Task<IResult> JsonAsync(
        IAsyncEnumerable<ActivityRecord> entries,
        string day,
        JsonSerializerOptions json,
        CancellationToken cancellationToken) =>
        SendAsync(
            entries,
            "application/json",
            $"activity-{day}.json",
            (started, body) => JsonSerializer.SerializeAsync(body, started.Select(e => e.ToResource()), json, cancellationToken),
            cancellationToken);

    /// <summary>Sends it as CSV (RFC 4180) in UTF-8, so that no spreadsheet takes a cell for a formula.</summary>
    public static Task<IResult> CsvAsync(IAsyncEnumerable<ActivityRecord> entries, string day, CancellationToken cancellationToken) =>
        SendAsync(entries, "text/csv", $"activity-{day}.{Csv}", (started, body) => WriteCsvAsync(started, body, cancellationToken), cancellationToken);

    private static async Task<IResult> SendAsync(
        IAsyncEnumerable<ActivityRecord> entries,
        string contentType,
        string fileName,
        Func<IAsyncEnumerable<ActivityRecord>, Stream, Task> write,
        CancellationToken cancellationToken)
    {
        // The first part is read before the answer begins: so a database that does not answer is still reported as a problem.
        var reading = entries.GetAsyncEnumerator(cancellationToken);
        var hasAny = await reading.MoveNextAsync();
        return Results.Stream(body => write(Started(reading, hasAny), body), contentType, fileName);
    }

    private static async IAsyncEnumerable<ActivityRecord> Started(IAsyncEnumerator<ActivityRecord> reading, bool hasAny)
    {
        await using (reading)
        {
            for (; hasAny; hasAny = await reading.MoveNextAsync())
                yield return reading.Current;
        }
    }

    private static async Task WriteCsvAsync(IAsyncEnumerable<ActivityRecord> entries, Stream body, CancellationToken cancellationToken)
    {
        await using var csv = CsvWriter.Create(body, new CsvWriterOptions { Injection = CsvInjection.Escape }, leaveOpen: true);
        await csv.WriteRecordAsync(Columns, cancellationToken);
        await foreach (var entry in entries.WithCancellation(cancellationToken))
            await csv.WriteRecordAsync([.. CellsOf(entry).Select(CellOf)], cancellationToken);
        await csv.FlushAsync(cancellationToken);
    }

    private static IEnumerable<string?> CellsOf(ActivityRecord entry) =>
    [
        entry.Sequence.ToString(CultureInfo.InvariantCulture),
        entry.At.ToString("O", CultureInfo.InvariantCulture),
        entry.Actor,
        entry.Role,
        entry.Source,
        entry.Action,
        entry.Category.ToString(),
        entry.Reason,
        entry.RevisionBefore?.ToString(CultureInfo.InvariantCulture),
        entry.RevisionAfter?.ToString(CultureInfo.InvariantCulture),
        string.Join(
            "; ",
            [.. entry.Certificates.Select(c => $"{(c.IsAddition ? "added" : "removed")} {c.Name} ({c.Key.Store}, {c.Key.Sha256})"), .. More(entry)]),
        string.Join("; ", entry.Outcomes.Select(o => $"{o.TrustStore}: {o.Result}")),
        entry.Details,
        entry.PreviousHash,
        entry.Hash,
    ];

    private static IEnumerable<string> More(ActivityRecord entry) =>
        entry.AddedCount + entry.RemovedCount - entry.Certificates.Count is > 0 and var more
            ? [string.Create(CultureInfo.InvariantCulture, $"and {more} more")]
            : [];

    private static string CellOf(string? text)
    {
        var visible = DisplayText.Visible(text ?? "");
        return visible.Length > 0 && MoreFormulaCharacters.Contains(visible[0], StringComparison.Ordinal) ? $"'{visible}" : visible;
    }
}
