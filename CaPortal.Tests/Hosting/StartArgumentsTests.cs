using CaPortal.Hosting;

namespace CaPortal.Tests.Hosting;

public sealed class StartArgumentsTests
{
    [Theory]
    [InlineData("--CaPortal:Scope=Machine")]
    [InlineData("--CaPortal:Scope Machine")]
    [InlineData("/CaPortal:Scope=Machine")]
    [InlineData("/CaPortal:Scope Machine")]
    [InlineData("CaPortal:Scope=Machine")]
    [InlineData("--CaPortal:Proxy:Trusted= --urls http://127.0.0.1:1")]
    [InlineData("--URLS http://127.0.0.1:1 --environment=Production --contentRoot=/srv --AllowedHosts=*")]
    [InlineData("--Kestrel:Certificates:Default:Password=-- --Logging:LogLevel:Default=Debug")]
    [InlineData("--CaPortal= --CaPortal:TrustStores= --CaPortal:TrustStores:0=pem-bundle")]
    [InlineData("--CaPortal:Activity:File /var/log/portal.jsonl")]
    public void Problems_Settings_AreNone(string arguments)
    {
        var start = new StartArguments(arguments.Split(' '));

        Assert.Empty(start.Problems(PortalSettings.Names));
        Assert.Equal(arguments.Split(' '), start.Settings);
    }

    [Theory]
    [InlineData("serve", "'serve' is neither a command nor a setting")]
    [InlineData("sign-in-lnk", "Did you mean sign-in-link?")]
    [InlineData("--urls=x sign-in-lnk", "Did you mean sign-in-link?")]
    [InlineData("-x", "'-x' is neither a command nor a setting")]
    [InlineData("-CaPortal:Scope=Machine", "Settings are written like --CaPortal:Scope=Machine")]
    [InlineData("--", "'--' is neither")]
    [InlineData("=x", "'=x' is neither")]
    [InlineData("--sope machine", "--sope is no setting of the portal. Did you mean --CaPortal:Scope?")]
    [InlineData("--sope=machine", "--sope is no setting of the portal. Did you mean --CaPortal:Scope?")]
    [InlineData("--url=http://127.0.0.1:1", "Did you mean --urls?")]
    [InlineData("--CaPortal=Machine", "--CaPortal is no setting of the portal.")]
    [InlineData("--Some:Thing=1", "--Some:Thing is no setting of the portal.")]
    [InlineData("--CaPortal:Scope", "--CaPortal:Scope has no value.")]
    [InlineData("--CaPortal:Scope --urls http://127.0.0.1:1", "--CaPortal:Scope has no value.")]
    [InlineData("--CaPortal:Authentication:ApiKey hidden hidden", "What follows --CaPortal:Authentication:ApiKey and its value belongs to no setting.")]
    [InlineData("--CaPortal:Authentication:ApiKey=hidden hidden", "What follows --CaPortal:Authentication:ApiKey and its value belongs to no setting.")]
    public void Problems_ArgumentThatNothingReads_SaysSo(string arguments, string problem)
    {
        var problems = new StartArguments(arguments.Split(' ')).Problems(PortalSettings.Names).ToList();

        Assert.Contains(problem, Assert.Single(problems), StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", problems[0], StringComparison.Ordinal);
    }
}
