using CaPortal.Core;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Probing;

public sealed class BackEndSettingsTests
{
    [Fact]
    public void Validate_Defaults_AreRight() => Assert.Empty(ErrorsOf(_ => { }));

    [Fact]
    public void Validate_Limits_AreRight()
    {
        Assert.Empty(ErrorsOf(o => (o.Timeout, o.TestEvery, o.Jitter, o.Parallelism, o.MaxBackEnds) = (TimeSpan.FromSeconds(0.1), TimeSpan.Zero, 0, 1, 1)));
        Assert.Empty(
            ErrorsOf(o => (o.Timeout, o.TestEvery, o.Jitter, o.Parallelism, o.MaxBackEnds) = (TimeSpan.FromMinutes(1), TimeSpan.FromDays(7), 0.5, 64, 100_000))
        );
        Assert.Empty(ErrorsOf(o => o.TestEvery = TimeSpan.FromSeconds(30)));
    }

    [Theory]
    [InlineData("00:00:00", "-00:01:00", -0.1, 0, 0)]
    [InlineData("00:01:01", "00:00:29", 0.6, 65, 100_001)]
    [InlineData("-00:00:01", "8.00:00:00", double.NaN, -1, -1)]
    public void Validate_WrongValues_AreAllNamedWithTheirKeys(string timeout, string testEvery, double jitter, int parallelism, int maxBackEnds)
    {
        var errors = ErrorsOf(o =>
        {
            (o.Timeout, o.TestEvery) = (TimeSpan.Parse(timeout), TimeSpan.Parse(testEvery));
            (o.Jitter, o.Parallelism, o.MaxBackEnds) = (jitter, parallelism, maxBackEnds);
            foreach (var network in (string[])["10.0.0.0/8", "10.0.0.0/33", "payments.corp", "10.1"])
                o.Allowed.Networks.Add(network);
            foreach (var port in (string[])["443", "0", "9000-8000", "1-65536", "https"])
                o.Allowed.Ports.Add(port);
        });

        Assert.Equal(
            ["Timeout", "TestEvery", "Jitter", "Parallelism", "MaxBackEnds", "Allowed:Networks:1", "Allowed:Networks:2", "Allowed:Networks:3",
                "Allowed:Ports:1", "Allowed:Ports:2", "Allowed:Ports:3", "Allowed:Ports:4"],
            errors.Select(e => e["CaPortal:BackEnds:".Length..].Split(' ')[0]));
    }

    [Fact]
    public async Task Start_WrongSettings_IsRefusedWithAllOfThem()
    {
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            TestCore.StartAsync(configure: o => (o.BackEnds.Parallelism, o.BackEnds.Jitter) = (0, 1)));

        Assert.Equal(2, refusal.Failures.Count());
    }

    private static List<string> ErrorsOf(Action<BackEndOptions> configure)
    {
        var options = new CoreOptions();
        configure(options.BackEnds);
        return [.. new BackEndSettingsValidator(ServerProbing.Clients.Engines).Validate(null, options).Failures ?? []];
    }
}
