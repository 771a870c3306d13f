using CaPortal.Core.Data;
using CaPortal.Core.Nodes;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Changes;

/// <summary>
/// Another process that adds the certificates of a PEM file and stops at a step until it is killed. Arguments: data
/// directory, PEM file, step, connection to the database server (empty for a file).
/// </summary>
internal static class CrashingPortal
{
    /// <summary>Everything is written, the transaction is about to be committed.</summary>
    public const string Committing = "committing";

    /// <summary>Committed; the head of the activity log is not recorded outside the database yet, no trust store is written.</summary>
    public const string Committed = "committed";

    /// <summary>Recorded everywhere, no trust store is written.</summary>
    public const string Recorded = "recorded";

    /// <summary>The trust stores are written, their outcome is not recorded.</summary>
    public const string Written = "written";

    public static async Task RunAsync(string[] arguments)
    {
        var step = arguments[2];
        var isSaving = false;
        await using var core = await TestCore.StartAsync(
            arguments[0],
            configure: o =>
            {
                if (arguments[3].Length > 0)
                    (o.Database.Provider, o.Database.ConnectionString) = (DatabaseProvider.PostgreSql, arguments[3]);
            },
            register: DatabaseHooks.AroundCommit(() => StopIf(Committing), () => StopIf(Committed)));
        var inspection = await core.InspectAsync(await File.ReadAllBytesAsync(arguments[1]));
        await core.ApplyAsync(core.PlanAll(inspection), progress: new Steps(s => StopIf(s switch
        {
            { Id: "record", State: ChangeStepState.Running } => Saving(),
            { Id: "record", State: ChangeStepState.Done } => Recorded,
            { Id: var id, State: ChangeStepState.Done } when id.StartsWith("store:", StringComparison.Ordinal) => Written,
            _ => "",
        })));
        Console.WriteLine("never reached");

        string Saving()
        {
            isSaving = true;
            return "";
        }

        void StopIf(string reached)
        {
            if (reached != step || !isSaving)
                return;
            Console.WriteLine(reached);
            using var never = new ManualResetEventSlim();
            never.Wait(CancellationToken.None);
        }
    }

    private sealed class Steps(Action<ChangeStep> report) : IProgress<ChangeStep>
    {
        public void Report(ChangeStep value) => report(value);
    }
}
