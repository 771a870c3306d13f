using CaPortal.Api.Contracts;
using CaPortal.Core.Certificates;

namespace CaPortal.Api;

/// <summary>How the fields of a request that adds certificates are written, for the sentences that say what to send.</summary>
internal sealed class RequestFields
{
    private readonly bool _isJson;

    private RequestFields(bool isJson) => _isJson = isJson;

    /// <summary>Of a form.</summary>
    public static RequestFields OfForm { get; } = new(isJson: false);

    /// <summary>Of a JSON object.</summary>
    public static RequestFields OfJson { get; } = new(isJson: true);

    /// <summary>The fields that give a reason.</summary>
    public string Reason => _isJson ? "the JSON property \"reason\": \"...\"" : "the form field reason=...";

    /// <summary>The field that gives the password.</summary>
    public string Password => _isJson ? "the JSON property \"certificatePassword\"" : "the form field password";

    /// <summary>The field that adds what is good.</summary>
    public string SkipInvalid => _isJson ? "\"skipInvalid\": true" : "skipInvalid=true";

    /// <summary>The fields that override Errors.</summary>
    public string Override(IEnumerable<FindingCode> codes) => _isJson
        ? $"the JSON properties \"override\": [{string.Join(", ", codes.Select(c => $"\"{c}\""))}] and \"reason\": \"...\""
        : $"the form fields override={string.Join(',', codes)} and reason=...";

    /// <summary>What keeps items from being added, and what to send to add them all the same.</summary>
    /// <param name="items">The items.</param>
    /// <param name="accepted">The Errors that the request overrides already.</param>
    /// <param name="canSkip">Whether a field adds the good ones where others are refused.</param>
    public (string Advice, OverrideResource? Override) WhatNow(IReadOnlyList<ItemResource> items, IReadOnlySet<FindingCode> accepted, bool canSkip)
    {
        // That one is refused also where it is overridden, as long as no trust store takes the certificate.
        var errors = items.Where(i => i.Result == ItemOutcome.Refused).SelectMany(i => i.Findings).Where(f => f.Severity == FindingSeverity.Error).ToList();
        var final = errors.Where(f => !f.CanOverride || (Finding.KeptOutOfSharedFiles.Contains(f.Code) && accepted.Contains(f.Code))).Select(f => f.Code).Distinct().Order().ToList();
        var open = errors.Select(f => f.Code).Except(final).ToList();
        List<FindingCode> codes = [.. open.Union(accepted).Order()];
        string?[] sentences =
        [
            open.Count > 0 ? $"To override it, send the same again with {Override(codes)}." : null,
            final.Count > 0 ? $"An Error that cannot be overridden: {string.Join(", ", final)}. Leave that item out{(canSkip ? $", or send {SkipInvalid}, which adds the others" : "")}." : null,
            open.Count > 0 && final.Count == 0 && canSkip ? $"To add the others without it, send {SkipInvalid}." : null,
        ];
        return (string.Join(' ', sentences.OfType<string>()), open.Count > 0 ? new OverrideResource { Override = codes, IsEnough = final.Count == 0 } : null);
    }
}
