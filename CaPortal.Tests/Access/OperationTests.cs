using System.Security.Cryptography;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Management;
using CaPortal.Core.Management.Alerts;
using CaPortal.Core.Management.BackEnds;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Access;

/// <summary>Who may do what in Core, whatever endpoint or page asks for it. The table names every operation that there is.</summary>
public sealed class OperationTests
{
    /// <summary>An operation, who may do it, and a call that tells whether it was refused.</summary>
    private static readonly (string Name, Role Role, Func<TestCore, Actor, Task<bool>> IsRefused)[] Table =
    [
        ("CaCertificateService.ApplyAsync", Role.Administrator, async (core, actor) =>
        {
            using var root = TestCertificates.Root();
            return await core.ApplyAsync(core.PlanAll(await core.InspectAsync(TestFiles.Pem(root))), actor) is ChangeOutcome.Forbidden;
        }),
        ("CaCertificateService.BeginAnewAsync", Role.Administrator, async (core, actor) => await core.Service.BeginAnewAsync(actor, Cancellation) is RecoveryOutcome.Forbidden),
        ("CaCertificateService.RepairAsync", Role.Administrator, async (core, actor) => await core.Service.RepairAsync(actor, null, Cancellation) is ChangeOutcome.Forbidden),
        ("CaCertificateService.VerifyAsync", Role.Administrator, async (core, actor) => await core.Service.VerifyAsync(actor, Cancellation) is ChangeOutcome.Forbidden),
        ("BackEndService.AddAsync", Role.Administrator, async (core, actor) => await core.BackEnds.AddAsync([Draft], actor, Cancellation) is BackEndOutcome.Forbidden),
        ("BackEndService.EditAsync", Role.Administrator, async (core, actor) => await core.BackEnds.EditAsync(1, Draft, actor, Cancellation) is BackEndOutcome.Forbidden),
        ("BackEndService.DeleteAsync", Role.Administrator, async (core, actor) => await core.BackEnds.DeleteAsync([1], actor, Cancellation) is BackEndOutcome.Forbidden),
        ("BackEndService.TestAsync", Role.Administrator, async (core, actor) => await core.BackEnds.TestAsync([2], actor, null, Cancellation) is BackEndOutcome.Forbidden),
        ("BackEndService.ProbeAsync", Role.Administrator, async (core, actor) => await core.BackEnds.ProbeAsync(Draft.Address, actor, Cancellation) is null),
        ("BackEndService.FetchIssuerAsync", Role.Administrator, async (core, actor) => await core.BackEnds.FetchIssuerAsync("http://127.0.0.1:1/ca.cer", actor, Cancellation) is null),
        ("AlertService.DismissAsync", Role.Administrator, async (core, actor) => await core.Get<AlertService>().DismissAsync(1, actor, Cancellation) is AlertOutcome.Forbidden),
        ("AlertService.DismissAllAsync", Role.Administrator, async (core, actor) => await core.Get<AlertService>().DismissAllAsync(actor, Cancellation) is AlertOutcome.Forbidden),
    ];

    public static TheoryData<string> Operations => [.. Table.Select(o => o.Name)];

    private static BackEndDraft Draft => new(new BackEndAddress("127.0.0.1", 1, null), null);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Table_OfOperations_NamesThoseThatThereAre()
    {
        var operations =
            from type in typeof(CaCertificateService).Assembly.GetExportedTypes()
            from method in type.GetMethods()
            where type != typeof(Actor) && method.DeclaringType == type && method.GetParameters().Any(p => p.ParameterType == typeof(Actor))
            select $"{type.Name}.{method.Name}";

        Tables.AssertComplete(Table.Select(o => o.Name), operations);
        Assert.Equal(operations.Distinct(), operations);
    }

    [Fact]
    public async Task Operations_OfAReader_AreRefusedAndChangeNothing()
    {
        await using var core = await TestCore.StartAsync();
        var before = StateOf(core);
        foreach (var (name, role, isRefused) in Table)
        {
            if (role == Role.Reader)
                continue;
            Assert.True(await isRefused(core, TestCore.Reader), name);
            Assert.True(before == StateOf(core), $"{name} has changed something.");
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Operation_OfWhoMayDoIt_ReachesTheWork(string operation)
    {
        await using var core = await TestCore.StartAsync();
        var (_, role, isRefused) = Table.Single(o => o.Name == operation);

        Assert.False(await isRefused(core, role == Role.Reader ? TestCore.Reader : TestCore.Anna));
    }

    /// <summary>All that is on the disk: the database with what was written to it last, and the trust stores.</summary>
    private static string StateOf(TestCore core) => string.Join(' ',
        from file in Directory.GetFiles(core.DataDirectory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        where !file.EndsWith("-shm", StringComparison.Ordinal)
        select $"{file} {Convert.ToHexString(SHA256.HashData(ReadAll(file)))}");

    private static byte[] ReadAll(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
