using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;

namespace CaPortal.Core.BackEnds;

/// <summary>Asks servers that a person names, in the list or not. Each request that was made is recorded, also where it was broken off.</summary>
internal sealed class RequestedProbes(
    BackEndTester tester,
    IssuerFetcher fetcher,
    FetchedIssuers issuers,
    ChainJudge judge,
    CurrentTrust trust,
    BackEndFixes fixes,
    DatabaseWriter writer,
    TimeProvider time)
{
    private const int MaxUrlLength = 2_048;

    /// <summary>Each may take its time, and a person waits.</summary>
    private const int MaxUrls = 3;

    /// <summary>Asks a server once.</summary>
    public async Task<BackEndProbed> ProbeAsync(BackEndAddress address, Actor actor, CancellationToken cancellationToken)
    {
        ProbeContact? contact = null;
        TrustJudgement? judgement = null;
        try
        {
            contact = await tester.ConnectAsync(address, cancellationToken);
            var set = (await trust.GetAsync(cancellationToken)).Set;
            judgement = await Task.Run(() => judge.Judge(contact, set, time.GetUtcNow(), new ClientChoice(null, AsksAll: true)), cancellationToken);
            var fix = await fixes.FindAsync(contact.Chain, address.TlsName, judgement, ClientChoice.Default, cancellationToken);
            return new BackEndProbed(contact, judgement, fix);
        }
        finally
        {
            await RecordAsync(actor, ActivityActions.Probe, new
            {
                Address = address.ToString(),
                address.ServerName,
                RemoteAddress = contact?.RemoteAddress?.ToString(),
                Verdict = (judgement?.Verdict ?? contact?.Failure?.Verdict)?.ToString() ?? "None",
                Presented = contact?.Chain.Select(c => c.Sha256),
            });
        }
    }

    /// <summary>Fetches the issuer of a certificate from the first of the addresses that gives it.</summary>
    public async Task<IssuerFetch> FetchIssuerAsync(PresentedCertificate issued, IReadOnlyList<string> urls, Actor actor, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (var url in urls.Take(MaxUrls))
        {
            var fetched = await FetchIssuerAsync(issued, url, actor, cancellationToken);
            if (fetched.Problem is null)
                return fetched;
            problems.Add(fetched.Problem);
        }

        return new IssuerFetch(null, problems.Count == 0 ? "There is no address to fetch it from." : string.Join(' ', problems.Distinct()));
    }

    private async Task<IssuerFetch> FetchIssuerAsync(PresentedCertificate issued, string url, Actor actor, CancellationToken cancellationToken)
    {
        IssuerFetch? fetched = null;
        IssuerFetch? issuer = null;
        try
        {
            fetched = await fetcher.FetchAsync(url, cancellationToken);
            return issuer = await issuers.CheckAsync(fetched, issued, cancellationToken);
        }
        finally
        {
            await RecordAsync(actor, ActivityActions.FetchIssuer, new
            {
                Url = DisplayText.Shorten(url, MaxUrlLength),
                Sha256 = fetched?.Content is { } content ? Thumbprints.Sha256(content.Span) : null,
                Problem = issuer is null ? "Cancelled" : issuer.Problem,
            });
        }
    }

    private Task RecordAsync(Actor actor, string action, object details) =>
        writer.RecordAsync(BackEndRows.Draft(actor, action, details));
}
