using CaPortal.Core.Activity;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;

namespace CaPortal.Core.Management.BackEnds;

/// <summary>Asks servers that a person names, in the list or not. Each request that was made is recorded, also where it was broken off.</summary>
internal sealed class BackEndProbes(
    PortalDatabase database, BackEndTester tester, IssuerFetcher fetcher, ChainJudge judge, CurrentTrust trust, BackEndFixes fixes, ActivityLog activity, TimeProvider time)
{
    private const int MaxUrlLength = 2_048;

    /// <summary>Asks a server once.</summary>
    public async Task<BackEndProbed> ProbeAsync(BackEndAddress address, Actor actor, CancellationToken cancellationToken)
    {
        ProbeContact? contact = null;
        TrustJudgement? judgement = null;
        try
        {
            contact = await tester.ConnectAsync(address, cancellationToken);
            var set = (await trust.GetAsync(cancellationToken)).Set;
            judgement = await Task.Run(() => judge.Judge(contact, set, time.GetUtcNow()), cancellationToken);
            var fix = await fixes.FindAsync(contact.Chain, address.TlsName, judgement, cancellationToken);
            return new BackEndProbed(contact, judgement, fix);
        }
        finally
        {
            await RecordAsync(actor, "Probe", new
            {
                Address = address.ToString(),
                address.ServerName,
                RemoteAddress = contact?.RemoteAddress?.ToString(),
                Verdict = (judgement?.Verdict ?? contact?.Failure?.Verdict)?.ToString() ?? "None",
                Presented = contact?.Chain.Select(c => c.Sha256),
            });
        }
    }

    /// <summary>Fetches an issuer from the address that a certificate names.</summary>
    public async Task<IssuerFetch> FetchIssuerAsync(string url, Actor actor, CancellationToken cancellationToken)
    {
        IssuerFetch? fetched = null;
        try
        {
            return fetched = await fetcher.FetchAsync(url, cancellationToken);
        }
        finally
        {
            await RecordAsync(actor, "FetchIssuer", new
            {
                Url = DisplayText.Shorten(url, MaxUrlLength),
                Sha256 = fetched?.Content is { } content ? Thumbprints.Sha256(content.Span) : null,
                Problem = fetched is null ? "Cancelled" : fetched.Problem,
            });
        }
    }

    private Task<bool> RecordAsync(Actor actor, string action, object details) =>
        database.RunAsync(db => activity.RecordAsync(db, BackEndRows.Draft(actor, action, details)), CancellationToken.None);
}
