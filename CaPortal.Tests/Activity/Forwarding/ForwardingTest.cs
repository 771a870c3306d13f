using System.Text.Json.Nodes;
using CaPortal.Core.Activity;
using CaPortal.Core.Activity.Forwarding;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Activity.Forwarding;

/// <summary>A data directory whose activity log is forwarded.</summary>
public abstract class ForwardingTest : IDisposable
{
    protected TemporaryDirectory Folder { get; } = new();

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public virtual void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected Task<TestCore> StartAsync(Action<ActivityOptions> configure)
    {
        Directory.CreateDirectory(Folder["data"]);
        return TestCore.StartAsync(Folder["data"], configure: o => configure(o.Activity));
    }

    protected static async Task RecordAsync(TestCore core, params string[] what)
    {
        foreach (var one in what)
            await core.Get<ActivityRecorder>().RecordAsync(TestCore.Anna, "SignIn", new { What = one });
    }

    /// <summary>Records a change. Its details are kept in full, regardless of their length.</summary>
    protected static Task RecordChangeAsync(TestCore core, string what) => core.Get<DatabaseWriter>().RecordAsync(
        new ActivityDraft("anna", "Administrator", "127.0.0.1", "Add", null, null, null, new { What = what }));

    protected static Task ForwardAsync(TestCore core) => Assert.Single(core.Get<ActivityForwarding>().Forwarders).ForwardAsync(Cancellation);

    /// <summary>Checks that the lines follow on each other, and returns what each is about.</summary>
    protected static IReadOnlyList<string> Read(IEnumerable<string> lines)
    {
        var (about, previous) = (new List<string>(), (string?)null);
        foreach (var entry in lines.Select(l => JsonNode.Parse(l)!))
        {
            if (previous is not null)
                Assert.Equal(previous, (string)entry["previousHash"]!);
            previous = (string)entry["hash"]!;
            about.Add(
                entry["details"] is JsonObject details && details.TryGetPropertyValue("what", out var what) ? (string)what! : entry["details"]!.ToJsonString());
        }

        return about;
    }
}
