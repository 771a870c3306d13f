using CaPortal.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Hosting;

public sealed class PortalProcessTests
{
    [Fact]
    public async Task Run_AskedToEndWhileStarting_EndsQuietly()
    {
        var exitCode = await PortalProcess.RunAsync(Build<EndedWhileStarting>);

        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task Run_StartThatIsCanceledByItself_Fails() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PortalProcess.RunAsync(Build<CanceledByItself>));

    [Fact]
    public async Task Run_ServiceThatCannotBeMade_EndsWithWhatIsWrongAndNotWithTheFailedStop() =>
        Assert.Equal(StartErrors.ExitCode, await PortalProcess.RunAsync(Build<NeverMade>));

    private static WebApplication Build<TService>()
        where TService : class, IHostedService
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddHostedService<TService>();
        return builder.Build();
    }

    /// <summary>Starts until a signal ends the process.</summary>
    private sealed class EndedWhileStarting(IHostApplicationLifetime lifetime) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            lifetime.StopApplication();
            return Task.Delay(Timeout.Infinite, cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class CanceledByItself : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.FromCanceled(new CancellationToken(canceled: true));

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class NeverMade : IHostedService
    {
        public NeverMade() => throw new OptionsValidationException("", typeof(NeverMade), ["A setting is wrong."]);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
