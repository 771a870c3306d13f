using CaPortal.Core;
using CaPortal.Core.Activity;
using CaPortal.Core.Activity.Forwarding;

namespace CaPortal.Tests.Activity.Forwarding;

/// <summary>Settings with which no entry could be forwarded.</summary>
public sealed class ActivitySettingsTests
{
    [Theory]
    [InlineData("activity.jsonl")]
    [InlineData("/var/log/")]
    [InlineData("/tmp")]
    [InlineData("/tmp/a\0b")]
    [InlineData("/data/activity.key")]
    [InlineData("/data/./activity.anchor")]
    public void File_Wrong_IsNamed(string file) =>
        Assert.StartsWith("CaPortal:Activity:File must ", Assert.Single(FailuresOf(o => o.File = file)), StringComparison.Ordinal);

    [Theory]
    [InlineData("siem.corp")]
    [InlineData("siem.corp:514")]
    [InlineData("https://siem.corp")]
    [InlineData("udp://")]
    [InlineData("udp://siem.corp:70000")]
    [InlineData("udp://anna:hidden@siem.corp")]
    [InlineData("tcp://siem.corp/path")]
    [InlineData("unix:")]
    [InlineData("unix:log")]
    public void Syslog_Wrong_IsNamedAndItsValueIsNot(string address)
    {
        var failure = Assert.Single(FailuresOf(o => o.Syslog = address));

        Assert.StartsWith("CaPortal:Activity:Syslog must be udp://", failure, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("udp://siem.corp", SyslogTransport.Udp, "siem.corp", 514)]
    [InlineData("UDP://siem.corp:5514", SyslogTransport.Udp, "siem.corp", 5514)]
    [InlineData("tcp://10.0.0.1", SyslogTransport.Tcp, "10.0.0.1", 601)]
    [InlineData("tcp://[2001:db8::1]:6514", SyslogTransport.Tcp, "2001:db8::1", 6514)]
    [InlineData("unix:/dev/log", SyslogTransport.Unix, "/dev/log", 0)]
    internal void Syslog_Right_IsUnderstood(string address, SyslogTransport transport, string host, int port)
    {
        Assert.Equal(new SyslogTarget(transport, host, port), SyslogTarget.Parse(address));
        Assert.Empty(FailuresOf(o => (o.Syslog, o.File) = (address, "/var/log/caportal/activity.jsonl")));
    }

    [Fact]
    public void Settings_None_AreAccepted() => Assert.Empty(FailuresOf(_ => { }));

    private static IEnumerable<string> FailuresOf(Action<ActivityOptions> change)
    {
        var options = new CoreOptions { DataDirectory = "/data" };
        change(options.Activity);
        return new ActivitySettingsValidator().Validate(null, options).Failures ?? [];
    }
}
