using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Alerts;
using CaPortal.Core.ApiKeys;
using CaPortal.Core.Approvals;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Backups;
using CaPortal.Core.Changes;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Access;

/// <summary>
/// Who may do what in Core, for any endpoint or page that asks for it. The table names every operation that there is.
/// </summary>
public sealed class OperationTests
{
    /// <summary>An operation, who may do it, and a call that says whether it was refused.</summary>
    private static readonly (string Name, Role Role, Func<TestCore, Actor, Task<bool>> IsRefused)[] Table =
    [
        ("CertificateChanges.ApplyAsync", Role.Administrator, async (core, actor) =>
        {
            using var root = TestCertificates.Root();
            return await core.ApplyAsync(core.PlanAll(await core.InspectAsync(TestFiles.Pem(root))), actor) is ChangeOutcome.Forbidden;
        }),
        ("DatabaseRecovery.BeginAnewAsync", Role.Administrator, async (core, actor) =>
            await core.Recovery.BeginAnewAsync(actor, Cancellation) is RecoveryOutcome.Forbidden),
        ("MachineTrust.RepairAsync", Role.Administrator, async (core, actor) =>
            await core.Machine.RepairAsync(actor, null, Cancellation) is ChangeOutcome.Forbidden),
        ("MachineTrust.VerifyAsync", Role.Administrator, async (core, actor) => await core.Machine.VerifyAsync(actor, Cancellation) is ChangeOutcome.Forbidden),
        ("CertificateChanges.RefuseAsync", Role.Reader, async (core, actor) =>
        {
            await core.Changes.RefuseAsync(await core.Changes.PlanDeleteAsync([], Cancellation), actor, null, "It is refused.");
            return false;
        }),
        ("BackupService.BackUpAsync", Role.Administrator, async (core, actor) =>
            await core.Get<BackupService>().BackUpAsync(actor, Cancellation) is BackupOutcome.Forbidden),
        ("BackupService.PrepareRestoreAsync", Role.Administrator, async (core, actor) =>
            await core.Get<BackupService>().PrepareRestoreAsync("caportal-20261128T120000Z.tar.gz", null, actor, Cancellation) is BackupOutcome.Forbidden),
        ("BackupService.CancelRestoreAsync", Role.Administrator, async (core, actor) =>
            await core.Get<BackupService>().CancelRestoreAsync(actor, Cancellation) is BackupOutcome.Forbidden),
        ("UnprovedList.RestoreAsync", Role.Administrator, async (core, actor) =>
            await core.Get<UnprovedList>().RestoreAsync(actor, "It was planted.") is UnprovedListOutcome.Forbidden),
        ("UnprovedList.KeepTrustedAsync", Role.Administrator, async (core, actor) =>
            await core.Get<UnprovedList>().KeepTrustedAsync(actor, "It is trusted.") is UnprovedListOutcome.Forbidden),
        ("UnprovedList.AcceptAsync", Role.Administrator, async (core, actor) =>
            await core.Get<UnprovedList>().AcceptAsync(actor, "It is ours.") is UnprovedListOutcome.Forbidden),
        ("ActivityService.AcknowledgeAsync", Role.Administrator, async (core, actor) =>
            await core.Get<ActivityService>().AcknowledgeAsync(1, actor, "It was restored.", Cancellation) is AcknowledgeOutcome.Forbidden),
        ("ActivityRecorder.RecordAsync", Role.Reader, async (core, actor) =>
        {
            await core.Get<ActivityRecorder>().RecordAsync(actor, "SignOut", new { });
            return false;
        }),
        ("ApiKeyService.ListAsync", Role.Administrator, async (core, actor) => await core.Get<ApiKeyService>().ListAsync(actor, Cancellation) is null),
        ("ApiKeyService.CreateAsync", Role.Administrator, async (core, actor) =>
            await core.Get<ApiKeyService>().CreateAsync("deploy", Role.Reader, null, actor, Cancellation) is ApiKeyOutcome.Forbidden),
        ("ApiKeyService.RevokeAsync", Role.Administrator, async (core, actor) =>
            await core.Get<ApiKeyService>().RevokeAsync(1, actor, Cancellation) is ApiKeyOutcome.Forbidden),
        ("ProposalService.ApproveAsync", Role.Administrator, async (core, actor) =>
            await core.Get<ProposalService>().ApproveAsync(1, 0, actor, null, isForced: false, null, Cancellation) is ChangeOutcome.Forbidden),
        ("ProposalService.RejectAsync", Role.Administrator, async (core, actor) =>
            await core.Get<ProposalService>().RejectAsync(1, actor, null, Cancellation) is ChangeOutcome.Forbidden),
        ("ProposalService.WithdrawAsync", Role.Administrator, async (core, actor) =>
            await core.Get<ProposalService>().WithdrawAsync(1, actor, Cancellation) is ChangeOutcome.Forbidden),
        ("BackEndService.AddAsync", Role.Administrator, async (core, actor) =>
            await core.BackEnds.AddAsync([Draft], actor, Cancellation) is BackEndOutcome.Forbidden),
        ("BackEndService.EditAsync", Role.Administrator, async (core, actor) =>
            await core.BackEnds.EditAsync(1, Draft, actor, Cancellation) is BackEndOutcome.Forbidden),
        ("BackEndService.DeleteAsync", Role.Administrator, async (core, actor) =>
            await core.BackEnds.DeleteAsync([1], actor, Cancellation) is BackEndOutcome.Forbidden),
        ("BackEndService.TestAsync", Role.Administrator, async (core, actor) =>
            await core.BackEnds.TestAsync([2], actor, null, Cancellation) is BackEndOutcome.Forbidden),
        ("BackEndService.ProbeAsync", Role.Administrator, async (core, actor) => await core.BackEnds.ProbeAsync(Draft.Address, actor, Cancellation) is null),
        ("BackEndService.FetchIssuerAsync", Role.Administrator, async (core, actor) =>
            await core.BackEnds.FetchIssuerAsync(new PresentedCertificate("", default, null), ["http://127.0.0.1:1/ca.cer"], actor, Cancellation) is null),
        ("AlertService.DismissAsync", Role.Administrator, async (core, actor) =>
            await core.Get<AlertService>().DismissAsync(1, actor, Cancellation) is AlertOutcome.Forbidden),
        ("AlertService.DismissAllAsync", Role.Administrator, async (core, actor) =>
            await core.Get<AlertService>().DismissAllAsync(actor, Cancellation) is AlertOutcome.Forbidden),
    ];

    public static TheoryData<string> Operations => [.. Table.Select(o => o.Name)];

    public static TheoryData<string> OperationsOfAdministrators => [.. Table.Where(o => o.Role == Role.Administrator).Select(o => o.Name)];

    private static BackEndDraft Draft => new(new BackEndAddress("127.0.0.1", 1, null), null);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Table_OfOperations_NamesThoseThatThereAre()
    {
        var operations =
            from type in typeof(CertificateChanges).Assembly.GetExportedTypes()
            from method in type.GetMethods()
            where
                method.DeclaringType == type
                && typeof(Task).IsAssignableFrom(method.ReturnType)
                && method.GetParameters().Any(p => p.ParameterType == typeof(Actor))
            select $"{type.Name}.{method.Name}";

        Tables.AssertComplete(Table.Select(o => o.Name), operations);
        Assert.Equal(operations.Distinct(), operations);
    }

    [Theory]
    [MemberData(nameof(OperationsOfAdministrators))]
    public async Task Operation_OfAReader_IsRefusedAndRecordedAndChangesNothing(string operation)
    {
        await using var core = await TestCore.StartAsync();
        var before = await StateOfAsync(core);

        Assert.True(await Table.Single(o => o.Name == operation).IsRefused(core, TestCore.Reader));

        Assert.Equal(before, await StateOfAsync(core));
        Assert.Equal([(TestCore.Reader.Name, "Refused")], await core.QueryAsync(async db =>
            (await db.Activity.Select(a => new { a.Actor, a.Action }).ToListAsync(Cancellation)).Select(a => (a.Actor, a.Action))));
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Operation_OfWhoMayDoIt_ReachesTheWork(string operation)
    {
        await using var core = await TestCore.StartAsync();
        var (_, role, isRefused) = Table.Single(o => o.Name == operation);

        Assert.False(await isRefused(core, role == Role.Reader ? TestCore.Reader : TestCore.Anna));
    }

    /// <summary>All that is on the disk, but that something was refused: every table and every file of the trust stores.</summary>
    private static async Task<string> StateOfAsync(TestCore core)
    {
        var state = new StringBuilder();
        await using var database = await RawDatabase.OpenAsync(core.DatabaseFile);
        await using var tables = database.CreateCommand();
        tables.CommandText = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('activity', 'sqlite_sequence') ORDER BY name";
        await using (var names = await tables.ExecuteReaderAsync(Cancellation))
        {
            while (await names.ReadAsync(Cancellation))
                await DumpAsync(database, names.GetString(0), state);
        }

        foreach (var file in Directory.GetFiles(core.DataDirectory, "*", SearchOption.AllDirectories).Where(IsElsewhere).Order(StringComparer.Ordinal))
            state.Append(CultureInfo.InvariantCulture, $"{file} {Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(file, Cancellation)))}");
        return state.ToString();
    }

    /// <summary>It is neither the database nor what belongs to the activity log.</summary>
    private static bool IsElsewhere(string file) =>
        Path.GetFileName(file) is var name
        && !name.StartsWith("portal.db", StringComparison.Ordinal)
        && !name.StartsWith("activity.", StringComparison.Ordinal);

    private static async Task DumpAsync(SqliteConnection database, string table, StringBuilder state)
    {
        await using var rows = database.CreateCommand();
        rows.CommandText = $"SELECT * FROM \"{table}\"";
        await using var row = await rows.ExecuteReaderAsync(Cancellation);
        while (await row.ReadAsync(Cancellation))
        {
            for (var column = 0; column < row.FieldCount; column++)
                state.Append(row.GetValue(column) is byte[] bytes ? Convert.ToHexString(bytes) : row.GetValue(column)).Append('|');
        }
    }
}
