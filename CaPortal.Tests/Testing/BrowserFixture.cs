using System.Diagnostics;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(CaPortal.Tests.Testing.BrowserFixture))]

namespace CaPortal.Tests.Testing;

/// <summary>
/// One browser for all tests: an installed Chrome, Chromium or Edge, else one that is installed now. Where all tests are
/// run it is started before the first, so that none of them has an installation beside it.
/// </summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private static readonly string[] Flags =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        // A name that is not this machine's, for what is behind a proxy.
        $"--host-resolver-rules=MAP {ReverseProxy.HostName} 127.0.0.1",
        "--disable-component-update", "--disable-sync", "--disable-features=SpareRendererForSitePerProcess",
    ];

    // First the one that has no windows of its own, and so needs half the work for each page.
    private static readonly string[] Commands =
    [
        "chromium-headless-shell",
        "google-chrome",
        "google-chrome-stable",
        "chromium",
        "chromium-browser",
        "chrome",
        "microsoft-edge",
        "microsoft-edge-stable",
        "msedge",
    ];

    private static readonly string[] WindowsPrograms =
    [
        "Google/Chrome/Application/chrome.exe",
        "Chromium/Application/chrome.exe",
        "Microsoft/Edge/Application/msedge.exe",
    ];

    // Options of the test program with which it runs less than everything: filter-class, class, method...
    private static readonly string[] PartOfTheTests = ["filter", "class", "method", "namespace", "trait", "id", "run", "list", "explicit"];

    private readonly Lazy<Task<IBrowser>> _browser;
    private IPlaywright? _playwright;

    public BrowserFixture() => _browser = new(LaunchAsync);

    public async ValueTask InitializeAsync()
    {
        // Other tests can run without a browser; tests that need it report what is wrong.
        if (!Environment.GetCommandLineArgs().Any(a => PartOfTheTests.Contains(a.TrimStart('-').Split('-')[0])))
            await ((Task)_browser.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>A page in a context of its own: no cookies, no storage of any other test.</summary>
    /// <param name="portal">What it is on; null for one that is not of this process.</param>
    /// <param name="options">How the browser is.</param>
    /// <param name="address">Where people open the portal; null: where it listens.</param>
    public async Task<BrowserSession> NewSessionAsync(PortalFactory? portal, BrowserNewContextOptions? options = null, Uri? address = null)
    {
        options ??= new();
        address ??= portal!.Address;
        options.BaseURL = address.AbsoluteUri;
        options.IgnoreHTTPSErrors = true;

        // Drawing what moves is most of a browser's work, and none of what is tested.
        options.ReducedMotion = ReducedMotion.Reduce;
        var context = await (await _browser.Value).NewContextAsync(options);
        return new(context, await context.NewPageAsync(), portal, address.Host);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser.IsValueCreated && _browser.Value.IsCompletedSuccessfully)
            await (await _browser.Value).DisposeAsync();
        _playwright?.Dispose();
    }

    private async Task<IBrowser> LaunchAsync()
    {
        // The tests have a home folder of their own, but a browser that was downloaded once is kept in the real one.
        if (!OperatingSystem.IsWindows()
            && PrivateHome.RealPath is { Length: > 0 } home
            && Environment.GetEnvironmentVariable("PLAYWRIGHT_BROWSERS_PATH") is null)
            Environment.SetEnvironmentVariable(
                "PLAYWRIGHT_BROWSERS_PATH",
                Path.Combine(home, OperatingSystem.IsMacOS() ? "Library/Caches" : ".cache", "ms-playwright"));
        _playwright = await Playwright.CreateAsync();

        // A guard against hanging, for machines that do much else.
        Assertions.SetDefaultExpectTimeout(60_000);
        return await TryLaunchAsync(Installed())
            ?? await TryLaunchAsync(Downloaded())
            ?? (Microsoft.Playwright.Program.Main(["install", "chromium"]) == 0 ? await TryLaunchAsync(Downloaded()) : null)
            ?? (await InstallPackageAsync() ? await TryLaunchAsync(Installed()) : null)
            ?? throw new InvalidOperationException(
                "The browser tests need Chrome, Chromium or Edge, and none could be found or installed: install one of them, then run the tests again.");
    }

    private async Task<IBrowser?> TryLaunchAsync(string? path)
    {
        if (path is null)
            return null;
        try
        {
            return await _playwright!.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = Flags });
        }
        catch (PlaywrightException exception)
        {
            TestContext.Current.SendDiagnosticMessage("{0} does not start: {1}", path, exception.Message);
            return null;
        }
    }

    private string? Downloaded() => File.Exists(_playwright!.Chromium.ExecutablePath) ? _playwright.Chromium.ExecutablePath : null;

    private static string? Installed()
    {
        var extension = OperatingSystem.IsWindows() ? ".exe" : "";
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => Commands.Select(c => Path.Combine(folder, c + extension)));
        return UsualPaths().Concat(onPath).FirstOrDefault(File.Exists);
    }

    private static IEnumerable<string> UsualPaths()
    {
        if (OperatingSystem.IsMacOS())
            return
            [
                "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
                "/Applications/Chromium.app/Contents/MacOS/Chromium",
                "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
            ];
        if (!OperatingSystem.IsWindows())
            return
            [
                "/usr/bin/chromium-headless-shell",
                "/usr/bin/google-chrome",
                "/usr/bin/chromium",
                "/usr/bin/chromium-browser",
                "/usr/bin/microsoft-edge",
                "/opt/google/chrome/chrome",
                "/snap/bin/chromium",
            ];
        return from folder in new[]
            {
                Environment.SpecialFolder.ProgramFiles,
                Environment.SpecialFolder.ProgramFilesX86,
                Environment.SpecialFolder.LocalApplicationData,
            }
               from program in WindowsPrograms
               select Path.Combine(Environment.GetFolderPath(folder), program);
    }

    private static async Task<bool> InstallPackageAsync()
    {
        if (!File.Exists("/usr/bin/apt-get") || Environment.UserName != "root")
            return false;

        // What a browser recommends is the rest of a desktop. Not every distribution has the one without windows.
        string[] install = ["install", "-y", "--no-install-recommends", "fonts-liberation"];
        return await RunAsync("apt-get", "update")
            && (await RunAsync("apt-get", [.. install, "chromium-headless-shell"]) || await RunAsync("apt-get", [.. install, "chromium"]));
    }

    private static async Task<bool> RunAsync(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { Environment = { ["DEBIAN_FRONTEND"] = "noninteractive" } };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }
}
