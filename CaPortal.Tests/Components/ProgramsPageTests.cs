using Bunit;
using CaPortal.Components.Programs;
using CaPortal.Tests.Programs;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class ProgramsPageTests : ComponentTest
{
    [Fact]
    public void Page_ForEachProgram_HasLinesThatCanBeCopied()
    {
        var page = RenderPage<ProgramsPage>();
        Eventually(() => Assert.Contains("nginx", Texts(page, ".panel-title")));
        Script.Setup<bool>("copy", _ => true).SetResult(true);
        Press(page, "Copy the lines for nginx");

        Eventually(() => Assert.Contains("Copied", Host.Markup, StringComparison.Ordinal));
        Assert.Contains("proxy_ssl_trusted_certificate "
            + $"{Core.RootsFile};", (string)Script.Invocations["copy"].Single().Arguments[0]!, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_WhereALineWouldTakeThePublicRootsAway_LeavesThemByDefaultAndWarnsAboveTheOther()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There the lines are those of PowerShell.");
        var page = RenderPage<ProgramsPage>();
        Eventually(() => Assert.Contains("curl", Texts(page, ".panel-title")));

        var curl = page.FindAll("[aria-labelledby=programs-configuration] .panel")
            .Single(p => p.QuerySelector(".panel-title")!.TextContent == "curl");
        var blocks = curl.QuerySelectorAll("pre").Select(b => b.TextContent).ToList();

        var combined = Path.Combine(Path.GetDirectoryName(Core.RootsFile)!, "roots+system.pem");
        Assert.Contains($"export CURL_CA_BUNDLE={combined}", blocks[0], StringComparison.Ordinal);
        Assert.Contains($"curl --cacert {Core.RootsFile} --capath /nonexistent ", blocks[1], StringComparison.Ordinal);
        var warned = curl.QuerySelector(".panel-more")!;
        Assert.Equal(["SUMMARY", "P", "DIV"], warned.Children.Select(c => c.TagName));
        Assert.Contains("calls to servers with a public certificate fail", warned.Children[1].TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_ForWhatTheTrustStoresInUseServe_GroupsTheProgramsByWhatThereIsToDo()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There the lines are those of PowerShell.");
        var page = RenderPage<ProgramsPage>();

        Eventually(() => Assert.Equal(["Running here now", "Need a setting", "Not served yet"], Texts(page, "h2")));
        Assert.Equal(["Java"], page.FindAll("section")[2].QuerySelectorAll(".panel-title").Select(t => t.TextContent));
    }

    [Fact]
    public async Task Page_WithAProgramThatReadsAnotherList_SaysSoAndThatItMustBeReloadedOnceTheListIsRight()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux.");
        using var folder = new TemporaryDirectory();
        using var root = TestCertificates.Root("Wanted");
        using var other = TestCertificates.Root("Other");
        await Core.AddAsync(root);
        await File.WriteAllTextAsync(folder["app.js"], "setInterval(() => {}, 1000)", Cancellation);
        await File.WriteAllBytesAsync(folder["list.pem"], TestFiles.Pem(other), Cancellation);
        await using var program = StartedProgram.Start(Core, folder.Path, new() { ["NODE_EXTRA_CA_CERTS"] = folder["list.pem"] }, "node", "app.js");
        await program.SeenAsync(CaPortal.Core.Programs.RunningProgramState.ReadsAnotherList);

        var page = RenderPage<ProgramsPage>();
        Eventually(() => Assert.Equal("Reads another list", Panel().QuerySelector(".status")!.TextContent));
        Assert.Contains("1 of 1 are not in it", Panel().TextContent, StringComparison.Ordinal);
        Assert.Contains(folder["list.pem"], Panel().TextContent, StringComparison.Ordinal);

        await File.WriteAllBytesAsync(folder["list.pem"], TestFiles.Pem(root), Cancellation);
        Press(page, "Look again");
        Eventually(() => Assert.Equal("Must be reloaded", Panel().QuerySelector(".status")!.TextContent));

        AngleSharp.Dom.IElement Panel() => page.FindAll(".panel").Single(p => p.TextContent.Contains($"{program.Id}, as ", StringComparison.Ordinal));
    }
}
