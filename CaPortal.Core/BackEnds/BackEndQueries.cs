using System.Linq.Expressions;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;
using CaPortal.Core.Probing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.BackEnds;

/// <summary>Reading the list of back-ends. Everything comes from what the last tests found.</summary>
internal sealed class BackEndQueries(
    PortalDatabase database, PresentedChains chains, CurrentTrust trust, ChainJudge judge, BackEndFixes fixes, BackEndTester tester, TimeProvider time)
{
    /// <summary>A part of the list.</summary>
    public Task<BackEndPage> ListAsync(BackEndQuery query, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var rows = Filter(db.BackEnds.AsNoTracking(), query);
            var count = await rows.CountAsync(cancellationToken);
            var page = await Sort(rows, query).Skip(query.Skip).Take(query.Top).ToListAsync(cancellationToken);
            return new BackEndPage([.. page.Select(SummaryOf)], count);
        },
        cancellationToken);

    /// <summary>The identities of all that the query matches, in its order, regardless of the part that it asks for.</summary>
    public Task<IReadOnlyList<long>> IdsAsync(BackEndQuery query, CancellationToken cancellationToken) => database.RunAsync(
        async db => (IReadOnlyList<long>)await Sort(Filter(db.BackEnds.AsNoTracking(), query), query).Select(b => b.Id).ToListAsync(cancellationToken),
        cancellationToken);

    /// <summary>All that is known of one; null if there is none.</summary>
    public async Task<BackEndView?> ViewAsync(long id, CancellationToken cancellationToken)
    {
        var (row, stored) = await database.RunAsync(
            async db => (
                await db.BackEnds.AsNoTracking().SingleOrDefaultAsync(b => b.Id == id, cancellationToken),
                (await chains.LoadAsync(db, [id], cancellationToken)).SingleOrDefault()),
            cancellationToken);
        if (row is null)
            return null;

        var trusted = (await trust.GetAsync(cancellationToken)).Set;
        var now = time.GetUtcNow();
        var fromChain = stored is null
            ? null
            : await Task.Run(() => judge.Judge(stored.Contact, trusted, now, stored.Choice with { AsksAll = true }), cancellationToken);
        var judgement = JudgementOf(row, fromChain);
        var fix =
            stored is null || judgement != fromChain
                ? null
                : await fixes.FindAsync(stored.Chain, stored.Address.TlsName, judgement, stored.Choice, cancellationToken);
        return new BackEndView(SummaryOf(row), judgement, stored?.Chain ?? [], fix)
        {
            RemoteAddress = row.RemoteAddress,
            Protocol = row.Protocol,
            AsksForClientCertificate = row.AsksForClientCertificate,
        };
    }

    private BackEndSummary SummaryOf(BackEnd row) => BackEndRows.SummaryOf(row, tester.IsTesting(row.Id));

    private static TrustJudgement JudgementOf(BackEnd row, TrustJudgement? fromChain) => row switch
    {
        { Verdict: null } => new TrustJudgement { Verdict = TrustVerdict.HandshakeFailed, Message = "It has not been tested yet.", Advice = "Test it now." },

        // What it presented before it did not answer any more is still to be seen.
        { ContactFailure: { } failure } when failure != TrustVerdict.ClientCertificateRequired || fromChain is null => (
            fromChain ?? new TrustJudgement { Verdict = failure, Message = "" }
        ) with
        {
            Verdict = failure,
            Message = row.Message ?? "",
            Advice = row.ContactAdvice,
        },
        _ => fromChain ?? new TrustJudgement { Verdict = row.Verdict.Value, Message = row.Message ?? "" },
    };

    private IQueryable<BackEnd> Filter(IQueryable<BackEnd> rows, BackEndQuery query)
    {
        foreach (var word in BackEndRows.WordsOf(query.Search))
            rows = rows.Where(b => b.SearchText.Contains(word));
        if (query.AnchorSha256 is { } anchor)
            rows = rows.Where(b => b.AnchorSha256 == anchor);
        var soon = time.GetUtcNow().UtcDateTime.AddDays(CertificateFacts.ExpiresSoonDays);
        return query.Filter switch
        {
            BackEndFilter.Trusted => rows.Where(b => b.Verdict == TrustVerdict.Trusted || b.Verdict == TrustVerdict.ClientCertificateRequired),
            BackEndFilter.Unreachable => rows.Where(IsUnreachable),
            BackEndFilter.NotTested => rows.Where(b => b.Verdict == null),
            BackEndFilter.NotTrusted => rows
                .Where(b => b.Verdict != null && b.Verdict != TrustVerdict.Trusted && b.Verdict != TrustVerdict.ClientCertificateRequired)
                .Where(b => b.Verdict != TrustVerdict.HandshakeFailed && b.Verdict != TrustVerdict.Refused && b.Verdict != TrustVerdict.TimedOut
                    && b.Verdict != TrustVerdict.NameNotFound && b.Verdict != TrustVerdict.Blocked),
            BackEndFilter.ExpiresSoon => rows.Where(b => b.ExpiresAt < soon),
            _ => rows,
        };
    }

    private static readonly Expression<Func<BackEnd, bool>> IsUnreachable = b =>
        b.Verdict == TrustVerdict.HandshakeFailed || b.Verdict == TrustVerdict.Refused || b.Verdict == TrustVerdict.TimedOut
        || b.Verdict == TrustVerdict.NameNotFound || b.Verdict == TrustVerdict.Blocked;

    private static IQueryable<BackEnd> Sort(IQueryable<BackEnd> rows, BackEndQuery query)
    {
        // What has no value is always last, in ascending and in descending order.
        var sorted = query.Sort switch
        {
            BackEndSort.Address => By(rows.OrderBy(b => 0), b => b.Host, b => b.Port),
            BackEndSort.Verdict => By(
                rows.OrderBy(b => b.Verdict == null),
                b => b.Verdict == TrustVerdict.Trusted || b.Verdict == TrustVerdict.ClientCertificateRequired,
                b => b.Verdict),
            BackEndSort.Anchor => By(rows.OrderBy(b => b.AnchorName == null), b => b.AnchorName, b => b.AnchorSha256),
            BackEndSort.Expiry => By(rows.OrderBy(b => b.ExpiresAt == null), b => b.ExpiresAt, b => 0),
            BackEndSort.CheckedAt => By(rows.OrderBy(b => b.CheckedAt == null), b => b.CheckedAt, b => 0),
            _ => By(rows.OrderBy(b => 0), b => b.NameOrder, b => 0),
        };

        // A tie must not change its order from one part of the list to the next.
        return sorted.ThenBy(b => b.NameOrder).ThenBy(b => b.Id);

        IOrderedQueryable<BackEnd> By<T1, T2>(IOrderedQueryable<BackEnd> ordered, Expression<Func<BackEnd, T1>> first, Expression<Func<BackEnd, T2>> second) =>
            query.Descending ? ordered.ThenByDescending(first).ThenByDescending(second) : ordered.ThenBy(first).ThenBy(second);
    }
}
