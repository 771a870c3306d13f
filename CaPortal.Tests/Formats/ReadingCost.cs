using System.Globalization;
using System.Text.Json;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Formats;

/// <summary>What reading a file costs, measured in another process: in this one other tests run meanwhile.</summary>
/// <param name="Milliseconds">Processor time.</param>
/// <param name="Megabytes">Memory that the process came to have at most, beyond what it had before.</param>
/// <param name="Format">What the file was taken for.</param>
/// <param name="Items">What it is said to hold: of each item the kind, and the messages of its findings.</param>
public sealed record ReadingCost(double Milliseconds, double Megabytes, string Format, IReadOnlyList<ReadingCost.Item> Items)
{
    private static readonly Dictionary<string, IReadOnlyDictionary<string, Func<byte[]>>> Tables = new()
    {
        [nameof(HostileContainerTests)] = HostileContainerTests.Table,
        [nameof(HostileFileTests)] = HostileFileTests.Table,
        [nameof(HostilePartsTests)] = HostilePartsTests.Table,
    };

    /// <summary>The part of the other process: it reads the files that it is given the names of.</summary>
    public static async Task RunAsync(string[] arguments)
    {
        var reader = Reader.Create();
        while (await Console.In.ReadLineAsync() is { } name)
        {
            var file = Tables[arguments[0]][name]();
            var memory = ForgetPeak();
            var before = Environment.CpuUsage.TotalTime;
            var result = await reader.ReadAsync(file, "x", CancellationToken.None);
            var cost = Environment.CpuUsage.TotalTime - before;
            Console.WriteLine(
                JsonSerializer.Serialize(
                    new ReadingCost(
                        cost.TotalMilliseconds,
                        (Kilobytes("VmHWM:") - memory) / 1024,
                        result.Format,
                        [.. result.Items.Take(100).Select(i => new Item(i.Kind, [.. i.Findings.Select(f => f.Message)]))])));
        }
    }

    /// <summary>
    /// Releases the memory that earlier files have left, and lets the kernel measure the peak again. Returns the memory that
    /// remains.
    /// </summary>
    private static double ForgetPeak()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        // With this value the peak begins again (proc_pid_clear_refs(5)).
        File.WriteAllText("/proc/self/clear_refs", "5");
        return Kilobytes("VmRSS:");
    }

    private static double Kilobytes(string name) =>
        double.Parse(
            File.ReadLines("/proc/self/status").Single(l => l.StartsWith(name, StringComparison.Ordinal))[name.Length..].Replace("kB", ""),
            CultureInfo.InvariantCulture);

    /// <summary>One item of a file.</summary>
    public sealed record Item(string Kind, IReadOnlyList<string> Messages);

    /// <summary>The other process, for one table of files.</summary>
    public sealed class Meter : IDisposable
    {
        private readonly TemporaryDirectory _home = new();
        private ChildProcess? _process;

        /// <summary>Fails where reading the file costs more than a few seconds or some hundred megabytes, or says nothing, or too much.</summary>
        public async Task AssertIsLittleAsync(string table, string name, int longestMessage)
        {
            _process ??= ChildProcess.Start(nameof(ReadingCost), _home.Path, table);
            var answer = await _process.AskAsync(name, TestContext.Current.CancellationToken);
            var cost = JsonSerializer.Deserialize<ReadingCost>(answer ?? throw new InvalidOperationException("The other process has ended."))!;

            Assert.NotEmpty(cost.Items);
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"{cost.Milliseconds:0} ms, {cost.Megabytes:0} MB: {cost.Format}, {cost.Items.Count} items, {cost.Items[0].Kind}: "
                    + $"{string.Join(" ", cost.Items[0].Messages)}");
            Assert.NotEqual("File not read in time", cost.Items[0].Kind);
            Assert.True(cost.Milliseconds < 6_000, $"{cost.Milliseconds} ms");
            Assert.True(cost.Megabytes < 400, $"{cost.Megabytes} MB");
            Assert.All(cost.Items.SelectMany(i => i.Messages), m => Assert.True(m.Length < longestMessage, m));
        }

        public void Dispose()
        {
            _process?.Dispose();
            _home.Dispose();
        }
    }
}
