using System.Runtime.Versioning;
using CaPortal.Core.Programs;

namespace CaPortal.Tests.Programs;

/// <summary>Looks at the programs as another account, in a process of its own, and prints whether it saw a certain one.</summary>
[SupportedOSPlatform("linux")]
internal static class Onlooker
{
    public static Task RunAsync(string[] arguments)
    {
        var (programs, inaccessible, _) = new ProcessScan(new RuntimeFinder()).Look(without: 0, new Deadline(TimeProvider.System, TimeSpan.FromMinutes(1)));
        var seen = programs.FirstOrDefault(p => $"{p.Master.Status.Id}" == arguments[0]);
        Console.WriteLine($"{(seen is null ? "not seen" : $"seen since {seen.Master.Status.StartedAt:O}")}, {inaccessible} inaccessible");
        return Task.CompletedTask;
    }
}
