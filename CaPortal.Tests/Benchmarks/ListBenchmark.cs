using System.Diagnostics;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inspection;
using CaPortal.Core.Inventory;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace CaPortal.Tests.Benchmarks;

/// <summary>The page with 10,000 certificates, in a real browser, beside the same page with ten.</summary>
public sealed class ListBenchmark(BrowserFixture browser, ITestOutputHelper output)
{
    private const int Pages = 20;
    private const int Searches = 11;

    [Theory(Explicit = true)]
    [InlineData(10)]
    [InlineData(10_000)]
    public async Task List_OpenAndSearch(int count)
    {
        await using var portal = new PortalFactory();
        _ = portal.Address;
        var certificates = portal.Services.GetRequiredService<CertificateList>();
        await AddAsync(portal.Services.GetRequiredService<CertificateChanges>(), count);
        await using var session = await browser.NewSessionAsync(portal);
        await session.SignInAsync();
        var rows = session.Page.Locator(".cert-grid .link-button");
        await rows.First.WaitForAsync();

        var open = await MeasureAsync(async () =>
        {
            await session.Page.GotoAsync("/ca-certificates");
            await rows.First.WaitForAsync();
        });
        var searches = new List<double>();
        var wanted = "";
        for (var i = 1; i <= Math.Min(count, Searches); i++)
        {
            wanted = $"Many {count - i:D5}";
            searches.Add(await MeasureAsync(async () =>
            {
                await session.Page.GetByRole(AriaRole.Textbox, new() { Name = "Search" }).FillAsync(wanted);
                await session.Page.GetByRole(AriaRole.Button, new() { Name = wanted, Exact = true }).WaitForAsync();
            }));
        }

        var query = await MeasureAsync(() =>
            certificates.ListAsync(new CaCertificateQuery { Search = wanted, Top = 30 }, TestContext.Current.CancellationToken));

        var before = GC.GetTotalMemory(forceFullCollection: true);
        var opened = new List<IPage>();
        for (var i = 0; i < Pages; i++)
        {
            var page = await session.Context.NewPageAsync();
            await page.GotoAsync("/ca-certificates");
            await page.Locator(".cert-grid .link-button").First.WaitForAsync();
            opened.Add(page);
        }

        var memory = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Pages;
        output.WriteLine(
            $"{count} certificates: navigation to first rows {open:0} ms; search, with the 50 ms for which typing is waited for, "
                + $"{searches.Order().ElementAt(searches.Count / 2):0} ms at the median and {searches[0]:0} ms for the first, "
                + $"the query alone {query:0} ms; memory per open page {memory / 1048576:0.00} MB");
        foreach (var page in opened)
            await page.CloseAsync();
    }

    private static async Task AddAsync(CertificateChanges changes, int count)
    {
        var inspection = await changes.InspectAsync(
            [new UploadedFile("many.pem", TestFiles.Pem(BenchmarkCertificates.Roots("Many", count)))],
            TestContext.Current.CancellationToken);
        var plan = changes.PlanAdd(inspection, [.. inspection.Items.Select(i => new AddSelection(i, CaStore.Root, new HashSet<FindingCode>()))]);
        Assert.IsType<ChangeOutcome.Applied>(await changes.ApplyAsync(plan, TestCore.Anna, null, null, TestContext.Current.CancellationToken));
    }

    private static async Task<double> MeasureAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }
}
