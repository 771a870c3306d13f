using System.Runtime.Versioning;
using CaPortal.Core.Programs;

namespace CaPortal.Tests.Programs;

/// <summary>Looks at the programs as another account, in a process of its own, and prints whether it saw a certain one.</summary>
[SupportedOSPlatform("linux")]
internal static class Onlooker
{
    public static Task RunAsync(string[] arguments)
    {
        var (programs, inaccessible) = new ProcessScan(new RuntimeFinder()).Look(without: 0, CancellationToken.None);
        var isSeen = programs.Any(p => $"{p.Master.Status.Id}" == arguments[0]);
        Console.WriteLine($"{(isSeen ? "seen" : "not seen")}, {inaccessible} inaccessible");
        return Task.CompletedTask;
    }
}
