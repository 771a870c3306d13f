using CaPortal.Api.Contracts;
using CaPortal.Core.Certificates;

namespace CaPortal.Api;

/// <summary>How the fields of a request that changes the list are written, for the sentences that say what to send.</summary>
internal sealed class RequestFields
{
    private readonly bool _isJson;
    private readonly string _kind;

    private RequestFields(string kind, bool isJson) => (_kind, _isJson) = (kind, isJson);

    /// <summary>Of a form.</summary>
    public static RequestFields OfForm { get; } = new("form field", isJson: false);

    /// <summary>Of a query.</summary>
    public static RequestFields OfQuery { get; } = new("query parameter", isJson: false);

    /// <summary>Of a JSON object.</summary>
    public static RequestFields OfJson { get; } = new("JSON property", isJson: true);

    /// <summary>The fields that give a reason.</summary>
    public string Reason => _isJson ? $"the {_kind} \"reason\": \"...\"" : $"the {_kind} reason=...";

    /// <summary>The field that gives the password.</summary>
    public string Password => _isJson ? $"the {_kind} \"certificatePassword\"" : $"the {_kind} password";

    /// <summary>The field that adds what is good.</summary>
    public string SkipInvalid => _isJson ? "\"skipInvalid\": true" : "skipInvalid=true";

    /// <summary>The field that makes a change by which back-ends stop being trusted.</summary>
    public string Force => _isJson ? "\"force\": true" : "force=true";

    /// <summary>The fields that override Errors.</summary>
    public string Override(IEnumerable<FindingCode> codes) => _isJson
        ? $"the JSON properties \"override\": [{string.Join(", ", codes.Select(c => $"\"{c}\""))}] and \"reason\": \"...\""
        : $"the {_kind}s override={string.Join(',', codes)} and reason=...";

    /// <summary>What keeps items from being added, and what to send to add them all the same.</summary>
    /// <param name="items">The items.</param>
    /// <param name="accepted">The Errors that the request overrides already.</param>
    /// <param name="canSkip">Whether a field adds the good ones where others are refused; null where the request does not name them one by one.</param>
    public (string Advice, OverrideResource? Override) WhatNow(IReadOnlyList<ItemResource> items, IReadOnlySet<FindingCode> accepted, bool? canSkip)
    {
        // That one is refused also where it is overridden, as long as no trust store takes the certificate.
        var errors = items.Where(i => i.Result == ItemOutcome.Refused).SelectMany(i => i.Findings).Where(f => f.Severity == FindingSeverity.Error).ToList();
        var final = errors
            .Where(f => !f.CanOverride || (Finding.KeptOutOfSharedFiles.Contains(f.Code) && accepted.Contains(f.Code)))
            .Select(f => f.Code)
            .Distinct()
            .Order()
            .ToList();
        var open = errors.Select(f => f.Code).Except(final).ToList();
        List<FindingCode> codes = [.. open.Union(accepted).Order()];
        string?[] sentences =
        [
            open.Count > 0 ? $"To override it, send the same again with {Override(codes)}." : null,
            final.Count > 0 ? $"An Error that cannot be overridden: {string.Join(", ", final)}. {WithoutThose(canSkip)}" : null,
            open.Count > 0 && final.Count == 0 && canSkip == true ? $"To add the others without it, send {SkipInvalid}." : null,
        ];
        return (string.Join(' ', sentences.OfType<string>()), open.Count > 0 ? new OverrideResource { Override = codes, IsEnough = final.Count == 0 } : null);
    }

    private string WithoutThose(bool? canSkip) => canSkip switch
    {
        null => "So the change cannot be made; add the certificates that you need one by one.",
        true => $"Leave that item out, or send {SkipInvalid}, which adds the others.",
        false => "Leave that item out.",
    };
}
