using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Inventory;

public class CertificateStatusRuleTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, CaCertificateStatus.Installed, CertificatePresence.Present)]
    [InlineData(MissingReason.NotInstalled, CaCertificateStatus.Failed, CertificatePresence.Missing)]
    [InlineData(MissingReason.TakenBack, CaCertificateStatus.Failed, CertificatePresence.Missing)]
    [InlineData(MissingReason.Drifted, CaCertificateStatus.Drifted, CertificatePresence.Missing)]
    [InlineData(MissingReason.LeftOut, CaCertificateStatus.Failed, CertificatePresence.LeftOut)]
    public async Task Status_OfARecordedReason_AgreesInListAndTrustStore(MissingReason? reason, CaCertificateStatus status, CertificatePresence presence)
    {
        using var root = TestCertificates.Root();
        var key = TestCore.KeyOf(root);
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(root);
        await core.WriteAsync(async db =>
        {
            if (reason is { } why)
                db.Add(new NodeMissing { NodeId = db.NodeId, TrustStore = "pem-bundle", Store = key.Store, Sha256 = key.Sha256, Reason = why });
            return await Task.FromResult(0);
        });

        await AssertAsync(core, key, status, presence);
    }

    [Theory]
    [InlineData("unread", CaCertificateStatus.Failed, CertificatePresence.Unknown)]
    [InlineData("never looked at", CaCertificateStatus.Pending, CertificatePresence.Pending)]
    [InlineData("absent", CaCertificateStatus.Pending, CertificatePresence.Absent)]
    [InlineData("behind", CaCertificateStatus.Pending, CertificatePresence.Pending)]
    public async Task Status_OfATrustStore_AgreesInListAndTrustStore(string trustStore, CaCertificateStatus status, CertificatePresence presence)
    {
        using var root = TestCertificates.Root();
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(root);
        await core.WriteAsync(async db =>
        {
            var row = await db.OwnStatuses.SingleAsync(Cancellation);
            switch (trustStore)
            {
                case "unread":
                    row.ObservedHash = null;
                    break;
                case "never looked at":
                    db.Remove(row);
                    break;
                case "absent":
                    row.Result = TrustStoreResult.Absent;
                    break;
                default:
                    row.Revision = 0;
                    break;
            }

            return 0;
        });

        await AssertAsync(core, TestCore.KeyOf(root), status, presence);
    }

    private static async Task AssertAsync(TestCore core, CaCertificateKey key, CaCertificateStatus status, CertificatePresence presence)
    {
        Assert.Equal(status, Assert.Single(await core.ListAsync()).Status);
        Assert.Equal(presence, Assert.Single((await core.Machine.ViewAsync(key, Cancellation))!.Places).Presence);
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class CertificateStatusRuleTestsOnPostgres : CertificateStatusRuleTests;
