using CaPortal.Core.Clients.DotNet;
using CaPortal.Core.TrustStores.Programs;
using CaPortal.Tests.Alerts;
using CaPortal.Tests.Changes;
using CaPortal.Tests.Formats;
using CaPortal.Tests.Probing;
using CaPortal.Tests.Programs;
using CaPortal.Tests.TrustStores;
using CaPortal.Tests.TrustStores.LinuxAnchors;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace CaPortal.Tests.Testing;

/// <summary>Runs the tests, or plays the part of another process in one of them: see <see cref="ChildProcess"/>.</summary>
internal static class EntryPoint
{
    private static readonly Dictionary<string, Func<string[], Task>> Roles = new()
    {
        [nameof(CrashingPortal)] = CrashingPortal.RunAsync,
        [nameof(MailSender)] = MailSender.RunAsync,
        [nameof(Onlooker)] = arguments => OperatingSystem.IsLinux() ? Onlooker.RunAsync(arguments) : throw new PlatformNotSupportedException(),
        [nameof(PrivateRoot)] = PrivateRoot.RunAsync,
        [nameof(RacedFolder)] = arguments => OperatingSystem.IsLinux() ? RacedFolder.RunAsync(arguments) : throw new PlatformNotSupportedException(),
        [nameof(Racer)] = Racer.RunAsync,
        [nameof(ReadingCost)] = ReadingCost.RunAsync,
        [nameof(RestlessPortal)] = RestlessPortal.RunAsync,
        [nameof(StoresAtHand)] = StoresAtHand.RunAsync,
        [nameof(TlsClient)] = TlsClient.RunAsync,
        [nameof(TrustStoreWriter)] = TrustStoreWriter.RunAsync,
    };

    public static async Task<int> Main(string[] args)
    {
        if (TrustProbe.IsAsked(args))
            return TrustProbe.Run(args);
        if (DotNetWorker.IsAsked(args))
            return DotNetWorker.Run();

        if (args is [ChildProcess.Switch, var role, .. var rest])
        {
            await Roles[role](rest);
            return 0;
        }

        return args.Any(a => a is "--server" or "--internal-msbuild-node")
            ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : await ConsoleRunner.Run(args);
    }
}
