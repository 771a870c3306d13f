using System.Diagnostics;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Activity.Forwarding;

/// <summary>What the real rsyslog makes of the messages that it reads from a socket of this machine.</summary>
public sealed class RsyslogTests : ForwardingTest
{
    [Fact]
    public async Task Forward_OverASocketOfThisMachine_IsParsedByRsyslog()
    {
        Tool.Require("rsyslogd");
        await File.WriteAllTextAsync(Folder["rsyslog.conf"], $$"""
            global(workDirectory="{{Folder.Path}}")
            module(load="imuxsock" SysSock.Use="off")
            input(type="imuxsock" Socket="{{Folder["log"]}}" CreatePath="on" ignoreTimestamp="off" useSysTimeStamp="off" RateLimit.Interval="0")
            template(name="line" type="string" string="%syslogfacility-text%|%syslogseverity-text%|%programname%|%procid%|%msg%\n")
            action(type="omfile" file="{{Folder["out"]}}" template="line")
            """,
            Cancellation);
        using var rsyslog = Process.Start(
            new ProcessStartInfo("rsyslogd", ["-n", "-f", Folder["rsyslog.conf"], "-i", Folder["pid"]]) { RedirectStandardError = true }
        )!;
        try
        {
            // This is the only sign that it listens.
            while (!File.Exists(Folder["log"]))
                Assert.False(rsyslog.WaitForExit(TimeSpan.FromMilliseconds(20)), "rsyslogd has ended.");
            await using var core = await StartAsync(o => o.Syslog = $"unix:{Folder["log"]}");
            await RecordAsync(core, "1");
            await RecordChangeAsync(core, new string('x', 7_000));
            await RecordChangeAsync(core, new string('x', 60_000));
            await ForwardAsync(core);
            Process.Start("kill", ["-TERM", $"{rsyslog.Id}"])!.Dispose();
            await rsyslog.WaitForExitAsync(Cancellation);
        }
        finally
        {
            if (!rsyslog.HasExited)
                rsyslog.Kill();
        }

        var lines = (await File.ReadAllLinesAsync(Folder["out"], Cancellation))
            .Where(l => l.Contains("\"sequence\"", StringComparison.Ordinal))
            .Select(l => l.Split('|', 5))
            .ToList();
        Assert.All(lines, l => Assert.Equal(("audit", "CaPortal", $"{Environment.ProcessId}"), (l[0], l[2], l[3])));
        Assert.Equal(["info", "notice", "notice"], lines.Select(l => l[1]));
        Assert.Equal(["1", new string('x', 7_000), "{\"omittedCharacters\":60011}"], Read(lines.Select(l => l[4])));
    }
}
