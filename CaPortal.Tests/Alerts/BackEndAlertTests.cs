using CaPortal.Core.Alerts;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Alerts;

/// <summary>Alerts of back-ends that are not trusted any more.</summary>
public class BackEndAlertTests : AlertTest
{
    private const string Fallen = "pay.corp:443 is not trusted any more";

    [Fact]
    public async Task BackEnd_TrustedBeforeAndNotNow_RaisesOneAlertHoweverOftenItIsLookedAt()
    {
        var id = await BackEnds.AddAsync("pay.corp", TrustVerdict.Trusted);
        Assert.Empty(await OpenAsync());
        await BackEnds.FindAsync(id, TrustVerdict.UnknownIssuer);

        Assert.Equal([Fallen], await OpenAsync());
        Assert.Equal([Fallen], await OpenAsync());
        var alert = Assert.Single(await ListAsync());
        Assert.Equal((AlertKind.BackEndUntrusted, "What was found.", id, Time.GetUtcNow().UtcDateTime), (alert.Kind, alert.Message, alert.BackEndId, alert.At));
        Assert.Empty(alert.Deliveries);
    }

    [Fact]
    public async Task BackEnd_TrustedBeforeAndNotNowAndAgain_IsToldOnceEach()
    {
        var id = await BackEnds.AddAsync("pay.corp", TrustVerdict.Trusted);
        await OpenAsync();
        await BackEnds.FindAsync(id, TrustVerdict.UnknownIssuer);
        await OpenAsync();
        await OpenAsync();
        await BackEnds.FindAsync(id, TrustVerdict.Trusted);
        await OpenAsync();
        await OpenAsync();

        Assert.Equal(
            [$"311: Alert about a back-end: {Fallen}. What was found.", $"313: Alert over: {Fallen}"],
            Log.Lines.Where(l => l.Contains("AlertEvaluator", StringComparison.Ordinal)).Select(l => l.Split(' ', 3)[2].Trim()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(TrustVerdict.UntrustedRoot)]
    public async Task BackEnd_NeverTrusted_RaisesNothing(TrustVerdict? first)
    {
        var id = await BackEnds.AddAsync("new.corp", first);
        await OpenAsync();
        await BackEnds.FindAsync(id, TrustVerdict.Expired);

        Assert.Empty(await OpenAsync());
    }

    [Fact]
    public async Task BackEnd_TrustedAgain_EndsTheAlertAndALaterFallRaisesANewOne()
    {
        var id = await FallAsync();
        await OpenAsync();
        Time.Advance(TimeSpan.FromMinutes(1));
        await BackEnds.FindAsync(id, TrustVerdict.ClientCertificateRequired);
        Assert.Empty(await OpenAsync());
        Assert.Equal(((string?)null, Time.GetUtcNow().UtcDateTime), (await ListAsync(past: true)).Select(a => (a.DismissedBy, a.EndedAt!.Value)).Single());
        Time.Advance(TimeSpan.FromMinutes(1));
        await BackEnds.FindAsync(id, TrustVerdict.Expired);

        Assert.Equal([Fallen], await OpenAsync());
        Assert.Equal(2, await CountAsync());
    }

    [Fact]
    public async Task Alert_DismissedWhileItLasts_DoesNotComeBackForAnotherReason()
    {
        var id = await FallAsync();
        await OpenAsync();
        await Alerts.DismissAllAsync(TestCore.Anna, Cancellation);
        await BackEnds.FindAsync(id, TrustVerdict.Expired);

        Assert.Empty(await OpenAsync());
    }

    [Theory]
    [InlineData(TrustVerdict.TimedOut)]
    [InlineData(TrustVerdict.Refused)]
    [InlineData(TrustVerdict.NameNotFound)]
    [InlineData(TrustVerdict.HandshakeFailed)]
    [InlineData(TrustVerdict.Blocked)]
    public async Task BackEnd_NotReached_NeitherRaisesNorEndsAnAlert(TrustVerdict verdict)
    {
        var id = await BackEnds.AddAsync("pay.corp", TrustVerdict.Trusted);
        await OpenAsync();
        await BackEnds.FindAsync(id, verdict);
        Assert.Empty(await OpenAsync());
        await BackEnds.FindAsync(id, TrustVerdict.Expired);
        Assert.Equal([Fallen], await OpenAsync());
        await BackEnds.FindAsync(id, verdict);

        Assert.Equal([Fallen], await OpenAsync());
    }

    [Fact]
    public async Task BackEnd_DeletedOrForAnotherAddress_EndsItsAlert()
    {
        var (first, second) = (await FallAsync(), await FallAsync("other.corp"));
        Assert.Equal(2, (await OpenAsync()).Count);
        await BackEnds.DeleteAsync(first);
        await BackEnds.FindAsync(second, null);

        Assert.Empty(await OpenAsync());
    }

    [Fact]
    public async Task Evaluation_ThatChangesNothing_TellsNobody()
    {
        var told = 0;
        Alerts.Changed += () => told++;
        await BackEnds.AddAsync("fine.corp", TrustVerdict.Trusted);
        await OpenAsync();
        await FallAsync();
        Assert.Equal(0, told);
        await OpenAsync();
        await OpenAsync();

        Assert.Equal(1, told);
    }

    [Fact]
    public async Task Name_WithControlCharacters_IsMadeVisibleAndBounded()
    {
        var id = await BackEnds.AddAsync("pay.corp", TrustVerdict.Trusted, name: $"Pay\r\n\u202E{new string('x', 300)}");
        await OpenAsync();
        await BackEnds.FindAsync(id, TrustVerdict.Expired);
        var title = Assert.Single(await OpenAsync());

        Assert.StartsWith("Pay\\u{000D}\\u{000A}\\u{202E}xxx", title, StringComparison.Ordinal);
        Assert.EndsWith("… (pay.corp:443) is not trusted any more", title, StringComparison.Ordinal);
        Assert.InRange(title.Length, 1, 200);
    }

    [Fact]
    public async Task Dismiss_ByAnAdministrator_IsRecordedAndByAReaderRefused()
    {
        await FallAsync();
        await OpenAsync();
        var alert = Assert.Single(await ListAsync());

        Assert.IsType<AlertOutcome.Forbidden>(await Alerts.DismissAsync(alert.Id, TestCore.Reader, Cancellation));
        Assert.IsType<AlertOutcome.Forbidden>(await Alerts.DismissAllAsync(TestCore.Reader, Cancellation));
        Assert.Equal([Fallen], await OpenAsync());
        Assert.IsType<AlertOutcome.NotFound>(await Alerts.DismissAsync(4711, TestCore.Anna, Cancellation));
        Assert.Equal(new AlertOutcome.Done(1), await Alerts.DismissAsync(alert.Id, TestCore.Anna, Cancellation));
        Assert.Equal(new AlertOutcome.Done(0), await Alerts.DismissAsync(alert.Id, TestCore.Bert, Cancellation));

        Assert.Equal(TestCore.Anna.Name, Assert.Single(await ListAsync(past: true)).DismissedBy);
        var entry = Assert.Single(await Core.QueryAsync(db => Task.FromResult(db.Activity.Where(a => a.Action == "DismissAlert").ToList())));
        Assert.Equal(TestCore.Anna.Name, entry.Actor);
        Assert.Contains(Fallen, entry.Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alert_OverForAYear_IsForgotten()
    {
        var id = await FallAsync();
        await OpenAsync();
        await BackEnds.FindAsync(id, TrustVerdict.Trusted);
        await OpenAsync();
        Time.Advance(TimeSpan.FromDays(364));
        await OpenAsync();
        Assert.Equal(1, await CountAsync());
        Time.Advance(TimeSpan.FromDays(2));
        await OpenAsync();

        Assert.Equal(0, await CountAsync());
    }

    private async Task<long> FallAsync(string host = "pay.corp")
    {
        var id = await BackEnds.AddAsync(host, TrustVerdict.Trusted);
        await OpenAsync();
        await BackEnds.FindAsync(id, TrustVerdict.UnknownIssuer);
        return id;
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class BackEndAlertTestsOnPostgres : BackEndAlertTests;
