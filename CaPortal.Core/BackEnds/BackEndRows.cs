using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;

namespace CaPortal.Core.BackEnds;

/// <summary>Between the rows of the table of back-ends and what the rest of the portal knows of them.</summary>
internal static class BackEndRows
{
    public static BackEndSummary SummaryOf(BackEnd row, bool isTesting) => new()
    {
        Id = row.Id,
        Name = row.Name,
        Address = BackEndColumns.AddressOf(row),
        Clients = BackEndColumns.ClientsOf(row.Clients),
        Verdict = row.Verdict,
        Message = row.Message,
        VerdictSince = row.VerdictSince,
        CheckedAt = row.CheckedAt,
        Anchor = row.AnchorSha256 is { } sha256 ? new BackEndAnchor(sha256, row.AnchorName ?? "") : null,
        ExpiresAt = row.ExpiresAt,
        IsTesting = isTesting,
    };

    /// <summary>Where it is, and what people call it.</summary>
    public static void Describe(BackEnd row, BackEndDraft draft)
    {
        (row.Host, row.Port, row.ServerName) = (draft.Address.Host, draft.Address.Port, BackEndColumns.ServerNameOf(draft.Address));
        row.Clients = draft.Clients is { Count: > 0 } clients ? string.Join(',', clients.Distinct()) : null;
        row.Name = NameOf(draft);
        row.NameOrder = row.Name.ToUpperInvariant();
        row.SearchText = SearchTextOf(row);
    }

    public static string NameOf(BackEndDraft draft) => string.IsNullOrWhiteSpace(draft.Name) ? draft.Address.Host : draft.Name.Trim();

    /// <summary>What was found. Since when is kept where the verdict stays.</summary>
    /// <returns>Whether the verdict is another one.</returns>
    public static bool Find(BackEnd row, TrustJudgement judgement, DateTime now)
    {
        var isNew = row.Verdict != judgement.Verdict;
        if (isNew)
            (row.Verdict, row.VerdictSince) = (judgement.Verdict, now);
        row.Message = judgement.Message;
        if (judgement.Path.Count == 0)
            return isNew;

        (row.AnchorSha256, row.AnchorName) = (judgement.Anchor?.Facts.Sha256, judgement.Anchor?.Facts.Name);
        row.ExpiresAt = judgement.ExpiresAt;
        row.SearchText = SearchTextOf(row);
        return isNew;
    }

    /// <summary>Forgets what was found out, because it was about another address.</summary>
    public static void Forget(BackEnd row)
    {
        (row.CheckedAt, row.Verdict, row.VerdictSince, row.Message) = (null, null, null, null);
        (row.ContactFailure, row.ContactAdvice, row.AsksForClientCertificate) = (null, null, false);
        (row.RemoteAddress, row.Protocol, row.ExpiresAt) = (null, null, null);
        (row.AnchorSha256, row.AnchorName, row.WasTrusted) = (null, null, false);
        row.Chain.Clear();
        row.SearchText = SearchTextOf(row);
    }

    /// <summary>The words of a search. Each of them must occur.</summary>
    public static IEnumerable<string> WordsOf(string? search) =>
        (search ?? "").ToUpperInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    public static ActivityDraft Draft(Actor actor, string action, object details, long? revision = null) =>
        new(actor.Name, actor.Role.ToString(), actor.Source, action, null, null, revision, details);

    private static string SearchTextOf(BackEnd row) =>
        string.Join('\n', row.Name, BackEndColumns.AddressOf(row).ToString(), row.ServerName, row.AnchorName).ToUpperInvariant();
}
