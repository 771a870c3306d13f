using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Alerts;

/// <summary>Alerts of certificates that end.</summary>
public class ExpiryAlertTests : AlertTest
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public override ValueTask DisposeAsync()
    {
        _key.Dispose();
        return base.DisposeAsync();
    }

    [Theory]
    [InlineData(61, null)]
    [InlineData(59, "Corp Root expires within 60 days")]
    [InlineData(31, "Corp Root expires within 60 days")]
    [InlineData(29, "Corp Root expires within 30 days")]
    [InlineData(9, "Corp Root expires within 10 days")]
    public async Task Certificate_UnderManagement_RaisesTheAlertOfItsThreshold(int days, string? title)
    {
        using var root = Root(days);
        await Core.AddAsync(root);

        Assert.Equal(title is null ? [] : [title], await OpenAsync());
    }

    [Fact]
    public async Task Certificate_AsTimePasses_HasOneAlertAtATimeEachOfWhichIsRaisedOnce()
    {
        using var root = Root(59);
        await Core.AddAsync(root);
        foreach (
            var (days, title) in new[] { (0, "expires within 60 days"), (30, "expires within 30 days"), (20, "expires within 10 days"), (10, "has expired") })
        {
            Time.Advance(TimeSpan.FromDays(days));
            Assert.Equal([$"Corp Root {title}"], await OpenAsync());
            Assert.Equal([$"Corp Root {title}"], await OpenAsync());
        }

        Assert.Equal(4, await CountAsync());
    }

    [Fact]
    public async Task Alert_Dismissed_ComesBackWithTheNextThresholdAlone()
    {
        using var root = Root(59);
        await Core.AddAsync(root);
        await OpenAsync();
        await Alerts.DismissAllAsync(TestCore.Anna, Cancellation);
        Assert.Empty(await OpenAsync());
        Time.Advance(TimeSpan.FromDays(30));

        Assert.Equal(["Corp Root expires within 30 days"], await OpenAsync());
    }

    [Fact]
    public async Task Certificate_InAChain_RaisesAnAlertThatNamesTheBackEndsAndEndsWhenItIsRenewed()
    {
        using var root = TestCertificates.Root();
        using var expiring = TestCertificates.Intermediate(root, "Branch Issuing", TestCertificates.Yesterday.AddDays(20));
        using var renewed = TestCertificates.Intermediate(root, "Branch Issuing");
        long[] ids =
        [
            await BackEnds.AddAsync("a.corp", TrustVerdict.Trusted, chain: expiring),
            await BackEnds.AddAsync("b.corp", TrustVerdict.Trusted, chain: expiring),
        ];

        Assert.Equal(["Branch Issuing expires within 30 days"], await OpenAsync());
        var alert = Assert.Single(await ListAsync());
        Assert.Equal((AlertKind.Expiring, Thumbprints.Sha256(expiring.RawData), ids[0]), (alert.Kind, alert.Sha256, alert.BackEndId));
        Assert.EndsWith(" UTC. Presented by a.corp:443 and b.corp:443.", alert.Message, StringComparison.Ordinal);
        await BackEnds.PresentAsync(ids[0], renewed);
        Assert.Single(await OpenAsync());
        await BackEnds.PresentAsync(ids[1], renewed);
        Assert.Empty(await OpenAsync());
    }

    [Fact]
    public async Task Certificate_WithASuccessor_RaisesAnAlertOnlyWhereSomethingStillEndsWithIt()
    {
        using var root = Root(20);
        using var sameKey = Root(400);
        using var otherKey = TestCertificates.Root("Corp Root");
        await Core.AddAsync(root, otherKey);
        Assert.Empty(await OpenAsync());
        await BackEnds.AddAsync("a.corp", TrustVerdict.Trusted, anchor: root);

        Assert.Equal(["Corp Root expires within 30 days"], await OpenAsync());
        await Core.AddAsync(sameKey);
        Assert.Empty(await OpenAsync());
        await BackEnds.AddAsync("b.corp", TrustVerdict.Trusted, chain: root);
        Assert.Single(await OpenAsync());
    }

    [Fact]
    public async Task Certificate_DeletedAndRestored_HasTheSameAlertAgainOfWhichNobodyIsToldTwice()
    {
        await StartAsync(o => o.Alerts.Webhook.Url = "http://127.0.0.1:1/");
        using var root = Root(20);
        await Core.AddAsync(root);
        Assert.Single(await OpenAsync());
        await Core.DeleteAsync(TestCore.KeyOf(root));
        Assert.Empty(await OpenAsync());
        await Alerts.DeliverAsync(Cancellation);
        await Core.RestoreAsync(TestCore.KeyOf(root));

        Assert.Single(await OpenAsync());
        Assert.Equal(1, await CountAsync());
        var delivery = Assert.Single(await DeliveriesAsync());
        Assert.Equal(((DateTime?)null, 0), (delivery.NextAttemptAt, delivery.Attempts));
    }

    private X509Certificate2 Root(int days) =>
        TestCertificates
            .CaRequest("CN=Corp Root, O=CaPortal Tests", _key)
            .CreateSelfSigned(TestCertificates.Yesterday, Time.GetUtcNow().AddDays(days).AddHours(1));
}

/// <inheritdoc/>
[OnPostgres]
public sealed class ExpiryAlertTestsOnPostgres : ExpiryAlertTests;
