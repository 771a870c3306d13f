using System.Security.Cryptography.X509Certificates;
using AngleSharp.Html.Parser;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Api;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Access;

/// <summary>What a reader can press on which page. The table names every page that there is.</summary>
public sealed class PageTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    /// <summary>
    /// A page, and the beginnings of the names of all that a reader can press in it: nothing of it may change anything.
    /// </summary>
    private static readonly Dictionary<string, string[]> Table = new()
    {
        ["/"] = ["payments.example"],
        ["/ca-certificates"] = ["Search", "Store", "Status", "Columns", "Select all", "Sort", "Actions"],
        ["/ca-certificates/recycle-bin"] = [],
        ["/ca-certificates/compare"] = [],
        ["/ca-certificates/{Store}/{Sha256}"] = ["Copy", "Print", "input text", "A1", "a1"],
        ["/back-ends"] = ["Search", "Verdict", "Select all", "Sort", "Actions"],
        ["/programs"] = ["Copy", "Look again"],
        ["/expiry"] = ["Copy"],
        ["/activity"] = ["Verify", "Export", "Person", "Kind", "Period", "SHA-256 fingerprint", "input checkbox", "Details of entry"],
        ["/approvals"] = [],
        ["/approvals/{Id:long}"] = [],
        ["/settings"] = ["Copy", "Compare the snapshot"],
        ["/not-found"] = [],
    };

    public static TheoryData<string> Pages => [.. Table.Keys];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Table_OfPages_NamesThoseThatThereAre()
    {
        var pages = typeof(Program)
            .Assembly.GetTypes()
            .SelectMany(t => t.GetCustomAttributes(typeof(RouteAttribute), inherit: false))
            .Select(r => ((RouteAttribute)r).Template);

        Tables.AssertComplete(Table.Keys, pages);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_OfAReader_HasNoActionThatChangesAnything(string page)
    {
        using var root = TestCertificates.Root();
        await api.AddAsync(root);
        await api
            .Portal.Services.GetRequiredService<BackEndService>()
            .AddAsync([new BackEndDraft(new("payments.example", 443, null), null)], TestCore.Anna, Cancellation);
        var pressable = await PressableAsync(api.ReadersBrowser, AddressOf(page, root));
        var administrators = await PressableAsync(api.AdministratorsBrowser, AddressOf(page, root));

        Tables.AssertComplete(Table[page], pressable.Select(name => Table[page].FirstOrDefault(row => name.StartsWith(row, StringComparison.Ordinal)) ?? name));
        Assert.Subset(administrators.ToHashSet(), pressable.ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_OfNobody_LeadsToSigningIn(string page)
    {
        using var answer = await api.Nobody.GetAsync(AddressOf(page), Cancellation);

        Assert.Equal($"/login?returnUrl={Uri.EscapeDataString(AddressOf(page))}", answer.Headers.Location?.OriginalString);
    }

    private static string AddressOf(string page, X509Certificate2? certificate = null) => page
        .Replace("{Id:long}", "1", StringComparison.Ordinal)
        .Replace("{Store}", "root", StringComparison.Ordinal)
        .Replace("{Sha256}", certificate is null ? new string('0', 64) : Thumbprints.Sha256(certificate.RawData), StringComparison.Ordinal);

    private static async Task<IReadOnlyList<string>> PressableAsync(HttpClient browser, string page)
    {
        var html = await (await browser.GetAsync(page, Cancellation)).Content.ReadAsStringAsync(Cancellation);
        using var document = await new HtmlParser().ParseDocumentAsync(html, Cancellation);
        var content = document.QuerySelector("[role=main]");
        Assert.NotNull(content);
        return [.. content.QuerySelectorAll("button, input, form, select, [role=button], [role=switch]")
            .Select(e => e.GetAttribute("aria-label") ?? (e.TextContent.Trim() is { Length: > 0 } text ? text : $"{e.LocalName} {e.GetAttribute("type")}"))
            .Distinct()];
    }
}
