using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;

namespace CaPortal.Core.BackEnds;

/// <summary>
/// What an administrator does with back-ends: list them, test them, see why one is refused. Page and API both call it, and it
/// checks the actor's role itself. What is refused is recorded.
/// </summary>
public sealed class BackEndService
{
    /// <summary>How many back-ends the log names for one refused request.</summary>
    private const int MaxLogged = 100;

    private const int MaxUrlLength = 2_048;

    private readonly BackEndQueries _queries;
    private readonly BackEndWriter _writer;
    private readonly BackEndTester _tester;
    private readonly RequestedProbes _probes;
    private readonly BackEndEffects _effects;
    private readonly BackEndSchedule _schedule;
    private readonly BackEndChangeNotifier _notifier;
    private readonly ActivityRecorder _recorder;

    internal BackEndService(
        BackEndQueries queries,
        BackEndWriter writer,
        BackEndTester tester,
        RequestedProbes probes,
        BackEndEffects effects,
        BackEndSchedule schedule,
        BackEndChangeNotifier news,
        ActivityRecorder recorder) =>
        (_queries, _writer, _tester, _probes, _effects, _schedule, _notifier, _recorder) = (queries, writer, tester, probes, effects, schedule, news, recorder);

    /// <summary>
    /// Raised after the list or a verdict has changed, regardless of who changed it. Handlers return at once and never throw.
    /// </summary>
    public event Action? Changed
    {
        add => _notifier.Changed += value;
        remove => _notifier.Changed -= value;
    }

    /// <summary>A part of the list.</summary>
    /// <exception cref="DatabaseException" />
    public Task<BackEndPage> ListAsync(BackEndQuery query, CancellationToken cancellationToken) => _queries.ListAsync(query, cancellationToken);

    /// <summary>The identities of all that the query has, for selecting everything.</summary>
    /// <exception cref="DatabaseException" />
    public Task<IReadOnlyList<long>> IdsAsync(BackEndQuery query, CancellationToken cancellationToken) => _queries.IdsAsync(query, cancellationToken);

    /// <summary>All that is known of a back-end; null if there is none.</summary>
    /// <exception cref="DatabaseException" />
    public Task<BackEndView?> ViewAsync(long id, CancellationToken cancellationToken) => _queries.ViewAsync(id, cancellationToken);

    /// <summary>
    /// Understands a pasted list: lines of addresses, or CSV with the columns host or address, port, server name and name, with or
    /// without a heading. Blank lines and lines that begin with <c>#</c> are passed over.
    /// </summary>
    public static IReadOnlyList<BackEndLine> Parse(string text) => BackEndLines.Parse(text);

    /// <summary>Adds back-ends. Those that are there already are passed over.</summary>
    /// <exception cref="DatabaseException" />
    public Task<BackEndOutcome> AddAsync(IReadOnlyList<BackEndDraft> drafts, Actor actor, CancellationToken cancellationToken) =>
        ChangeAsync(actor, ActivityActions.AddBackEnds, drafts.Take(MaxLogged).Select(d => d.Address.ToString()), () =>
            _writer.AddAsync(drafts, actor, cancellationToken));

    /// <summary>Changes a back-end. What was found out about another address is forgotten.</summary>
    /// <exception cref="DatabaseException" />
    public Task<BackEndOutcome> EditAsync(long id, BackEndDraft draft, Actor actor, CancellationToken cancellationToken) =>
        ChangeAsync(actor, ActivityActions.EditBackEnd, new { id, Address = draft.Address.ToString() }, () =>
            _writer.EditAsync(id, draft, actor, cancellationToken));

    /// <summary>Deletes back-ends. Those that are not there are passed over.</summary>
    /// <exception cref="DatabaseException" />
    public Task<BackEndOutcome> DeleteAsync(IReadOnlyCollection<long> ids, Actor actor, CancellationToken cancellationToken) =>
        ChangeAsync(actor, ActivityActions.DeleteBackEnds, ids.Take(MaxLogged), () => _writer.DeleteAsync(ids, actor, cancellationToken));

    /// <summary>Tests back-ends now, several at once and each host once at a time. Their verdicts are recorded.</summary>
    /// <param name="ids">The back-ends; those that are not there are passed over.</param>
    /// <param name="actor">Who acts; must be an administrator.</param>
    /// <param name="progress">Receives each back-end as its test ends.</param>
    /// <param name="cancellationToken">Cancels what has not been tested yet.</param>
    /// <exception cref="DatabaseException" />
    public Task<BackEndOutcome> TestAsync(
        IReadOnlyCollection<long> ids,
        Actor actor,
        IProgress<BackEndTested>? progress,
        CancellationToken cancellationToken) => ChangeAsync(actor, ActivityActions.TestBackEnds, ids.Take(MaxLogged), async () =>
        {
            var tests = await _tester.RunAsync(ids, new TestRecord(actor, TestLogging.All), progress, cancellationToken);
            return new BackEndOutcome.Done([.. tests.Select(t => t.BackEnd.Id)], []);
        });

    /// <summary>Tests the back-ends that are due, and returns when the next one is due. Called by the watch.</summary>
    /// <exception cref="DatabaseException" />
    public Task<DateTimeOffset?> TestDueAsync(CancellationToken cancellationToken) => _schedule.TestDueAsync(cancellationToken);

    /// <summary>Asks a server once, whether it is in the list or not, and records that it was asked.</summary>
    /// <returns>Null if the actor may not do that.</returns>
    /// <exception cref="DatabaseException" />
    public async Task<BackEndProbed?> ProbeAsync(BackEndAddress address, Actor actor, CancellationToken cancellationToken) =>
        await MayAsync(actor, ActivityActions.Probe, address.ToString()) ? await _probes.ProbeAsync(address, actor, cancellationToken) : null;

    /// <summary>
    /// Fetches the issuer of a certificate from the addresses that it names, one after the other, behind the guard, and records
    /// that. What did not issue it is not given.
    /// </summary>
    /// <param name="issued">The certificate whose issuer is missing.</param>
    /// <param name="urls">The addresses. Untrusted text.</param>
    /// <param name="actor">Who acts; must be an administrator.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Null if the actor may not do that.</returns>
    /// <exception cref="DatabaseException" />
    public async Task<IssuerFetch?> FetchIssuerAsync(
        PresentedCertificate issued,
        IReadOnlyList<string> urls,
        Actor actor,
        CancellationToken cancellationToken) =>
        await MayAsync(actor, ActivityActions.FetchIssuer, DisplayText.Shorten(urls is [var first, ..] ? first : "", MaxUrlLength))
            ? await _probes.FetchIssuerAsync(issued, urls, actor, cancellationToken)
            : null;

    /// <summary>What a plan does to the back-ends, from the chains that they presented last: only what changes.</summary>
    /// <exception cref="DatabaseException" />
    public Task<IReadOnlyList<BackEndEffect>> EffectOfAsync(ChangePlan plan, CancellationToken cancellationToken) =>
        _effects.ForeseeAsync(plan, cancellationToken);

    /// <summary>
    /// The back-ends that use a certificate of the list, from the chains that they presented last: those for which something changes
    /// without it.
    /// </summary>
    /// <exception cref="DatabaseException" />
    public Task<IReadOnlyList<BackEndEffect>> UsesOfAsync(CaCertificateKey key, CancellationToken cancellationToken) =>
        _effects.ForeseeAsync([key], [], cancellationToken);

    /// <summary>Makes the first answer of <see cref="EffectOfAsync"/> as quick as the others. Called at start, behind everything else.</summary>
    /// <exception cref="DatabaseException" />
    public Task PrepareAsync(CancellationToken cancellationToken) => _effects.PrepareAsync(cancellationToken);

    private async Task<BackEndOutcome> ChangeAsync(Actor actor, string attempted, object what, Func<Task<BackEndOutcome>> work)
    {
        if (!await MayAsync(actor, attempted, what))
            return BackEndOutcome.Forbidden.Instance;
        var outcome = await work();
        if (outcome is BackEndOutcome.Refused refused)
            await _recorder.RefusedAsync(actor, attempted, refused.Message, what);
        return outcome;
    }

    private async Task<bool> MayAsync(Actor actor, string attempted, object what)
    {
        if (actor.Role == Role.Administrator)
            return true;
        await _recorder.ForbiddenAsync(actor, attempted, what);
        return false;
    }
}
