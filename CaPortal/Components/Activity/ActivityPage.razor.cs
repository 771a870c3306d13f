using System.Globalization;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.TrustStores;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Activity;

/// <summary>
/// The activity log as a timeline, newest first, loaded in parts. New entries appear by themselves where that moves nothing that somebody reads.
/// </summary>
public sealed partial class ActivityPage
{
    private const int PartSize = 50;

    private readonly HashSet<long> _open = [];
    private ActivityFilter _filter = new();
    private LiveView _live = null!;
    private List<ActivityRecord>? _entries;
    private IReadOnlyList<string> _actors = [];
    private IReadOnlyDictionary<string, string> _trustStores = new Dictionary<string, string>();
    private ActivityVerification? _verification;
    private ActivityDamage? _loss;
    private string? _certificateName;
    private string? _fingerprint;
    private string? _fingerprintProblem;
    private int _older;
    private int _news;
    private bool _isVerifying;
    private bool _isLoadingMore;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required ActivityService Activities { get; init; }

    [Inject]
    public required CertificateList Certificates { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required BrowserInterop Browser { get; init; }

    [Inject]
    public required TrustStoreSelection TrustStores { get; init; }

    [Inject]
    public required TimeProvider Time { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    [CascadingParameter]
    public required Actor Actor { get; set; }

    [SupplyParameterFromQuery(Name = "actor")]
    private string? ActorName { get; set; }

    [SupplyParameterFromQuery]
    private string? Kind { get; set; }

    [SupplyParameterFromQuery]
    private string? Certificate { get; set; }

    [SupplyParameterFromQuery]
    private string? Period { get; set; }

    [SupplyParameterFromQuery]
    private string? From { get; set; }

    [SupplyParameterFromQuery]
    private string? Until { get; set; }

    [SupplyParameterFromQuery]
    private string? All { get; set; }

    [SupplyParameterFromQuery]
    private string? Entry { get; set; }

    private bool IsEmpty => _entries is { Count: 0 } && !_filter.IsNarrow && _news == 0;

    private bool HasMore => _older > 0;

    private int Total => _entries!.Count + _older + _news;

    private string CountText => _filter.IsNarrow ? $"{Total:N0} found" : Counted.Of(Total, "entry", "entries");

    private DateTime Now => Time.GetUtcNow().UtcDateTime;

    protected override Task OnInitializedAsync()
    {
        _filter = FilterOfAddress();
        _trustStores = TrustStores.Enabled.ToDictionary(s => s.Name, s => s.Title);
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync, LiveTopics.Activity);
        return _live.ReloadAsync();
    }

    protected override async Task OnParametersSetAsync()
    {
        if (FilterOfAddress() is var filter && filter == _filter)
            return;
        _filter = filter;
        (_entries, _fingerprint, _fingerprintProblem) = (null, null, null);
        await _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (_entries is null)
            await LoadFirstAsync();
        else
            await CatchUpAsync(_entries);
        _loss = await Activities.FindOpenLossAsync(cancellationToken);
        _live.Problem = null;
    }

    private ActivityFilter FilterOfAddress() => ActivityFilter.Parse(ActorName, Kind, Certificate, Period, From, Until, All, Entry);

    private async Task LoadFirstAsync()
    {
        var filter = _filter;
        if (filter.Entry is { } sequence)
        {
            var found = await Activities.FindAsync(sequence, _live.Lifetime);
            if (filter == _filter)
                (_entries, _older, _news) = (found is null ? [] : [found], 0, 0);
            _open.Add(sequence);
            return;
        }

        if (_actors.Count == 0)
            _actors = await Activities.ActorsAsync(_live.Lifetime);
        var page = await Activities.ListAsync(filter.ToQuery(Now) with { Top = PartSize }, _live.Lifetime);
        var name = await NameOfAsync(filter.Sha256, page.Entries);

        // Another filter may have been chosen in the meantime, and may have been faster.
        if (filter != _filter)
            return;
        _certificateName = name;
        Put([.. page.Entries], page.Count - page.Entries.Count, 0);
    }

    private async Task<string?> NameOfAsync(string? sha256, IReadOnlyList<ActivityRecord> entries)
    {
        if (sha256 is null)
            return null;
        return entries.SelectMany(e => e.Certificates).FirstOrDefault(c => c.Key.Sha256 == sha256)?.Name
            ?? (await Certificates.FindAsync(sha256, _live.Lifetime) is [var certificate, ..] ? certificate.Facts.Name : null);
    }

    /// <summary>Reads again what is shown, for its outcomes, and counts what is new. That is shown at once unless somebody reads further below.</summary>
    private async Task CatchUpAsync(List<ActivityRecord> shown)
    {
        var filter = _filter;
        if (filter.Entry is not null)
        {
            await LoadFirstAsync();
            return;
        }

        var newest = shown.Count > 0 ? shown[0].Sequence : 0;
        var query = filter.ToQuery(Now);
        var news = (await Activities.ListAsync(query with { After = newest, Top = PartSize }, _live.Lifetime)) is { Count: > 0 } found ? found : null;
        var again = await Activities.ListAsync(query with { Before = newest + 1, Top = shown.Count }, _live.Lifetime);
        var shows = news is { Count: <= PartSize } && news.Entries.Count == news.Count
            && (shown.Count == 0 || (_open.Count == 0 && await Browser.IsAtTopAsync()));
        if (filter != _filter || _entries != shown)
            return;
        List<ActivityRecord> entries = [.. shows ? news!.Entries : [], .. again.Entries, .. shown.Skip(again.Entries.Count)];
        Put(entries, _older, shows ? 0 : news?.Count ?? 0);
    }

    private void Put(List<ActivityRecord> entries, int older, int news)
    {
        (_entries, _older, _news) = (entries, older, news);
        _actors = [.. _actors.Union(entries.Select(e => e.Actor)).Order(StringComparer.OrdinalIgnoreCase)];
    }

    private async Task ShowMoreAsync()
    {
        var shown = _entries!;
        _isLoadingMore = true;
        try
        {
            var page = await Activities.ListAsync(_filter.ToQuery(Now) with { Before = shown[^1].Sequence, Top = PartSize }, _live.Lifetime);
            if (_entries == shown)
                Put([.. shown, .. page.Entries], page.Count - page.Entries.Count, _news);
        }
        catch (DatabaseException e)
        {
            _live.Fail(e);
        }

        _isLoadingMore = false;
    }

    private async Task ShowNewsAsync()
    {
        await RetryAsync();
        await Browser.ToTopAsync();
    }

    private Task RetryAsync()
    {
        _entries = null;
        _open.Clear();
        return _live.ReloadAsync();
    }

    private async Task VerifyAsync()
    {
        (_isVerifying, _verification) = (true, null);
        StateHasChanged();
        try
        {
            _verification = await Activities.VerifyAsync(_live.Lifetime);
        }
        catch (DatabaseException e)
        {
            _live.Problem = ProblemText.Of(e);
        }

        _isVerifying = false;
    }

    private async Task AcknowledgeAsync(ActivityDamage damage)
    {
        await ReasonDialog.ShowAsync(
            Dialogs,
            "Acknowledge what was lost",
            $"{damage.Message} Find out first who could write to the data directory. "
                + $"Afterwards the log counts as intact since entry {damage.Sequence}, and Verify goes on to name what you acknowledge.",
            "Acknowledge",
            async reason =>
            {
                switch (await Activities.AcknowledgeAsync(damage.Sequence, Actor, reason, CancellationToken.None))
                {
                    case AcknowledgeOutcome.Done done:
                        (_verification, _loss) = (done.Verification, null);
                        return null;
                    case AcknowledgeOutcome.Refused refused:
                        return refused.Message;
                    default:
                        return "Your role may look, but not change. Ask an administrator.";
                }
            });
    }

    private void Show(ActivityFilter filter) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameters("activity", filter.Parameters));

    private void ClearFilters() => Show(new ActivityFilter { ShowsAll = _filter.ShowsAll });

    private void FilterFingerprint(string? text)
    {
        _fingerprint = text;
        if (ActivityFilter.Fingerprint(text) is { } sha256)
            Show(_filter with { Sha256 = sha256 });
        else
            _fingerprintProblem = string.IsNullOrWhiteSpace(text) ? null : "64 hexadecimal digits, with or without colons";
    }

    private void Toggle(long sequence)
    {
        if (!_open.Remove(sequence))
            _open.Add(sequence);
    }

    private ActivityText TextOf(ActivityRecord entry) => ActivityText.For(entry, _trustStores);

    private string ExportAddress(string form) => _filter.ExportAddress(form, Now);

    private static string IntactText(ActivityVerification verification) => verification.Entries switch
    {
        _ when verification.IntactSince is { } since =>
            $"Intact since entry {since:N0}: of the {verification.Entries:N0} entries none was changed. Before that entry some could have been cut off.",
        0 => "Intact: there are no entries yet.",
        1 => "Intact: the one entry was not changed.",
        _ => $"Intact: of all {verification.Entries:N0} entries, shown here or not, none was changed and none is missing.",
    };

    private string DayTitle(DateTime day) => (Now.Date - day).Days switch
    {
        0 => "Today",
        1 => "Yesterday",
        _ => day.ToString(day.Year == Now.Year ? "dddd, d MMMM" : "dddd, d MMMM yyyy", CultureInfo.InvariantCulture),
    };
}
