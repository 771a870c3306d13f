using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Programs;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores.LinuxAnchors;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace CaPortal.Tests.Nodes;

/// <summary>What follows a change and is slower than the change itself.</summary>
public sealed class FollowUpTests : IDisposable
{
    private readonly X509Certificate2 _root = TestCertificates.Root("Followed Root");
    private readonly RecordedSteps _steps = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task Apply_WhereOpenSslIsInstalled_IsProvedByItInAFreshProcessAndRecorded()
    {
        Tool.Require("openssl");
        await using var core = await TestCore.StartAsync(register: WithOpenSsl);

        var added = await ApplyAsync(core, core.PlanAll(await core.InspectAsync(TestFiles.Pem(_root))));
        await added.FollowUps;

        Assert.Equal((ChangeStepState.Done, "OpenSSL sees it in PEM bundle files."), (_steps.Last("proof").State, _steps.Last("proof").Detail));
        var proof = await core.QueryAsync(db => db.Activity.SingleAsync(a => a.Action == "Proof", Cancellation));
        Assert.Equal(TestCore.Anna.Name, proof.Actor);
        Assert.Contains("\"agrees\"", proof.Details.ToLowerInvariant(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_WhereOpenSslIsInstalled_IsProvedToBeGone()
    {
        Tool.Require("openssl");
        await using var core = await TestCore.StartAsync(register: WithOpenSsl);
        await ApplyAsync(core, core.PlanAll(await core.InspectAsync(TestFiles.Pem(_root))));

        var deleted = await ApplyAsync(core, await core.Changes.PlanDeleteAsync([TestCore.KeyOf(_root)], Cancellation));
        await deleted.FollowUps;

        Assert.Equal(
            (ChangeStepState.Done, "OpenSSL does not see it any more in PEM bundle files."),
            (_steps.Last("proof").State, _steps.Last("proof").Detail));
        Assert.Equal(2, await core.QueryAsync(db => db.Activity.CountAsync(a => a.Action == "Proof", Cancellation)));
    }

    [Fact]
    public async Task Apply_SystemRootsOfDebian_RunTheToolBehindTheChangeAndKeepWhatCameOfIt()
    {
        Tool.Require("update-ca-certificates");
        using var folder = new TemporaryDirectory();
        var sandbox = new DebianSandbox(folder["machine"]);
        await sandbox.FillAsync();
        await using var core = await StartAsync(sandbox.Store);

        var added = await ApplyAsync(core, core.PlanAll(await core.InspectAsync(TestFiles.Pem(_root))));
        Assert.True(added.IsInstalled);
        await added.FollowUps;

        var step = _steps.Last("follow-up:linux-anchors");
        Assert.Equal(("update-ca-certificates", ChangeStepState.Done), (step.Title, step.State));
        var status = await core.QueryAsync(db => db.NodeStatuses.SingleAsync(Cancellation));
        Assert.NotNull(status.FollowUpDetail);
        Assert.Null(status.FollowUpWarning);
        Assert.NotNull(status.FollowedUpAt);
        Assert.Equal("FollowUp", await core.QueryAsync(db => db.Activity.OrderByDescending(a => a.Sequence).Select(a => a.Action).FirstAsync(Cancellation)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Maintain_WhilePackagesAreBeingInstalled_RecordsOnceThatItWaitsAndOnceThatItIsDone(bool isDoneByOthers)
    {
        Tool.Require("update-ca-certificates");
        Tool.Require("python3");
        using var folder = new TemporaryDirectory();
        var sandbox = new DebianSandbox(folder["machine"]);
        await sandbox.FillAsync();
        await using var core = await StartAsync(sandbox.Store);
        using var packages = Process.Start(
            new ProcessStartInfo(
                "python3",
                [
                    "-c",
                    "import fcntl,sys; f=open(sys.argv[1],'w'); fcntl.lockf(f, fcntl.LOCK_EX); print('ready', flush=True); sys.stdin.read()",
                    sandbox.PackageLock,
                ])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        Assert.Equal("ready", await packages.StandardOutput.ReadLineAsync(Cancellation));

        await (await ApplyAsync(core, core.PlanAll(await core.InspectAsync(TestFiles.Pem(_root))))).FollowUps;
        await MaintainAsync(core, 7);
        Assert.Contains("installing packages", Assert.Single(await WarningsAsync(core)), StringComparison.Ordinal);
        using var second = TestCertificates.Root("Second Root");
        await (await ApplyAsync(core, core.PlanAll(await core.InspectAsync(TestFiles.Pem(second))))).FollowUps;
        Assert.Single(await WarningsAsync(core));

        if (isDoneByOthers)
            await sandbox.RunToolAsync();
        packages.StandardInput.Close();
        await packages.WaitForExitAsync(Cancellation);
        await MaintainAsync(core, 3);

        Assert.Equal([true, false], (await WarningsAsync(core)).Select(w => w.Length > 0));
        Assert.Null((await core.QueryAsync(db => db.NodeStatuses.SingleAsync(Cancellation))).FollowUpWarning);
    }

    [Fact]
    public async Task Maintain_WhereTheToolGoesOnFailing_RecordsThatOnceUntilSomebodyAsksAgain()
    {
        Tool.Require("update-ca-certificates");
        using var folder = new TemporaryDirectory();
        var sandbox = new DebianSandbox(folder["machine"]);
        await sandbox.FillAsync();
        var log = new LogLines();
        await using var core = await StartAsync(sandbox.StoreWithTool($": > {sandbox.Bundle}"), log);

        await (await ApplyAsync(core, core.PlanAll(await core.InspectAsync(TestFiles.Pem(_root))))).FollowUps;
        await MaintainAsync(core, 4);
        Assert.Contains("put back", Assert.Single(await WarningsAsync(core)), StringComparison.Ordinal);
        Assert.Single(log.All, l => l.Contains("What follows a change of trust store linux-anchors failed", StringComparison.Ordinal));

        await Assert.IsType<ChangeOutcome.Applied>(await core.Machine.RepairAsync(TestCore.Anna, _steps, Cancellation)).FollowUps;
        Assert.Equal(2, (await WarningsAsync(core)).Count);
    }

    [Fact]
    public async Task Apply_ManyWhileProgramsAreAsked_AsksOnceForAllThatWait()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        const int count = 30;
        var reader = new GatedReader();
        await using var core = await TestCore.StartAsync(register: s => s.AddSingleton<ITrustProgram>(reader), time: FakeTime.FromNow());
        var followUps = new List<Task>();
        var roots = BenchmarkCertificates.Roots("Bulk", count);
        foreach (var root in roots)
            followUps.Add(
                Assert
                    .IsType<ChangeOutcome.Applied>(await core.ApplyAsync(core.PlanAll(await core.InspectAsync(TestFiles.Pem(root))), progress: _steps))
                    .FollowUps);
        for (var i = 0; i < count; i++)
            await core.MaintainAsync();

        reader.Open();
        await Task.WhenAll(followUps);
        await core.Machine.FollowUpsAsync(cancellationToken);

        Assert.InRange(reader.Asked.Count, 1, 2);
        Assert.Equal(TrustPrograms.MaxCertificates, reader.Asked.Last().Count);
        Assert.Contains(TestCore.KeyOf(roots[^1]), reader.Asked.Last());
        var ended = _steps.All.Where(s => s.Id == "proof" && s.State != ChangeStepState.Running).ToList();
        Assert.Equal(count, ended.Count);
        Assert.All(ended, s => Assert.Equal(ChangeStepState.Done, s.State));
        Assert.Equal(reader.Asked.Count, await core.QueryAsync(db => db.Activity.CountAsync(a => a.Action == "Proof", cancellationToken)));
    }

    [Fact]
    public async Task Apply_AProgramIsAskedAndNobodyForesawHowThatFails_HoldsUpNeitherLaterChangesNorTheEnd()
    {
        var reader = new GatedReader();
        reader.Fail(new InvalidOperationException("A bug."));
        await using var core = await TestCore.StartAsync(register: s => s.AddSingleton<ITrustProgram>(reader));

        for (var i = 0; i < 2; i++)
        {
            using var root = TestCertificates.Root($"Root {i}");
            await (await ApplyAsync(core, core.PlanAll(await core.InspectAsync(TestFiles.Pem(root))))).FollowUps;
        }

        await core.Machine.FollowUpsAsync(Cancellation);
        await core.Machine.EndFollowUpsAsync(Cancellation);
        Assert.Equal(2, reader.Asked.Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task Stop_WhileProgramsAreAsked_EndsAndAsksAfterTheNextStart()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var folder = new TemporaryDirectory();
        var reader = new GatedReader();
        await using (var core = await TestCore.StartAsync(folder["data"], register: s => s.AddSingleton<ITrustProgram>(reader)))
        {
            await ApplyAsync(core, core.PlanAll(await core.InspectAsync(TestFiles.Pem(_root))));
            await reader.IsAsked;
            await core.Machine.EndFollowUpsAsync(cancellationToken);
            Assert.Equal(0, await core.QueryAsync(db => db.Activity.CountAsync(a => a.Action == "Proof", cancellationToken)));
        }

        var next = new GatedReader();
        next.Open();
        await using var again = await TestCore.StartAsync(folder["data"], register: s => s.AddSingleton<ITrustProgram>(next));
        await MaintainAsync(again, 2);

        Assert.Equal([TestCore.KeyOf(_root)], Assert.Single(next.Asked));
        Assert.Equal(1, await again.QueryAsync(db => db.Activity.CountAsync(a => a.Action == "Proof", cancellationToken)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Stop_WhileTheToolHangs_EndsItWithAllThatItStartedAndDoesItAfterTheNextStart()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var folder = new TemporaryDirectory();
        var sandbox = new DebianSandbox(folder["machine"]);
        await sandbox.FillAsync();
        var pids = folder["pids"];
        var log = new LogLines();
        await using (
            var core = await StartAsync(sandbox.StoreWithTool($"sleep 1000 & echo $$ $! > {pids}.new; mv {pids}.new {pids}; wait"), log, folder["data"]))
        {
            var followUps = (await ApplyAsync(core, core.PlanAll(await core.InspectAsync(TestFiles.Pem(_root))))).FollowUps;
            while (!File.Exists(pids))
                await Task.Delay(10, cancellationToken);

            await core.Machine.EndFollowUpsAsync(cancellationToken);

            Assert.True(followUps.IsCompletedSuccessfully);

            // They are killed; the system ends them a moment later.
            foreach (var pid in (await File.ReadAllTextAsync(pids, cancellationToken)).Split(' ', '\n').Where(p => p.Length > 0))
                while (IsRunning(pid))
                    await Task.Delay(10, cancellationToken);
            Assert.DoesNotContain(log.All, l => l.Contains("failed", StringComparison.Ordinal));
        }

        await using var again = await StartAsync(sandbox.Store, dataDirectory: folder["data"]);
        await MaintainAsync(again, 1);
        Assert.Contains(TestCore.KeyOf(_root).Sha256, sandbox.InBundle());
        Assert.NotEmpty(Directory.EnumerateFiles(sandbox.Links, "caportal-*"));
    }

    // One that has ended and that nobody has asked for its exit code is no process that runs.
    private static bool IsRunning(string pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static Task<TestCore> StartAsync(ITrustStore store, ILoggerProvider? log = null, string? dataDirectory = null) => TestCore.StartAsync(
        dataDirectory,
        configure: o =>
        {
            o.TrustStores.Clear();
            o.TrustStores.Add("linux-anchors");
        },
        register: services =>
        {
            services.RemoveAll<ITrustStore>().AddSingleton(store);
            if (log is not null)
                services.AddSingleton(log);
        });

    private static async Task MaintainAsync(TestCore core, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await core.MaintainAsync();
            await core.Machine.FollowUpsAsync(Cancellation);
        }
    }

    /// <summary>The warnings of all entries about what followed a change, oldest first; empty where there was none.</summary>
    private static async Task<List<string>> WarningsAsync(TestCore core)
    {
        var entries = await core.QueryAsync(db =>
            db.Activity.Where(a => a.Action == "FollowUp").OrderBy(a => a.Sequence).Select(a => a.Details).ToListAsync(Cancellation));
        return [.. entries.Select(d => (string?)JsonNode.Parse(d)!["warning"] ?? "")];
    }

    private static void WithOpenSsl(IServiceCollection services) => services.AddSingleton<ITrustProgram, OpenSslProgram>();

    private async Task<ChangeOutcome.Applied> ApplyAsync(TestCore core, ChangePlan plan) =>
        Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan, progress: _steps));

    /// <summary>A program that answers as soon as it is let, and trusts all that it is asked about.</summary>
    private sealed class GatedReader : ITrustProgram
    {
        private readonly TaskCompletionSource _open = new();
        private readonly TaskCompletionSource _asked = new();

        public ConcurrentQueue<List<CaCertificateKey>> Asked { get; } = [];

        public Task IsAsked => _asked.Task;

        public string Name => "Gate";

        public bool IsAvailable => true;

        public void Open() => _open.SetResult();

        public void Fail(Exception failure) => _open.SetException(failure);

        public bool Reads(ITrustStore store) => true;

        public async Task<IReadOnlyDictionary<CaCertificateKey, bool>> AskAsync(
            ITrustStore store, IReadOnlyList<TrustedCertificate> certificates, CancellationToken cancellationToken)
        {
            Asked.Enqueue([.. certificates.Select(c => c.Key)]);
            _asked.TrySetResult();
            await _open.Task.WaitAsync(cancellationToken);
            return certificates.ToDictionary(c => c.Key, _ => true);
        }
    }
}
