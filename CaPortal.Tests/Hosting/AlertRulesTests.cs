using System.Text.RegularExpressions;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Hosting;

/// <summary>The rules for alerts that the operations guide offers, tried by Prometheus's own tool.</summary>
public sealed partial class AlertRulesTests : IDisposable
{
    private const string BackEnd = """{instance="portal", job="caportal", backend="Pay", address="pay.corp:443"}""";
    private const string Certificate = """{instance="portal", job="caportal", sha256="aa", name="Corp Root", store="Root"}""";
    private const int Day = 86_400;

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    /// <summary>Each alert with a series for which it fires after an hour and a half, and one for which it does not.</summary>
    public static TheoryData<string, string, string, string> Rules => new()
    {
        { "CaPortalDown", """up{instance="portal", job="caportal"}""", "0", "1" },
        { "CaPortalTrustStoreNotInstalled", """caportal_trust_store_installed{trust_store="x509"}""", "0", "1" },
        { "CaPortalBackEndNotTrusted", $"caportal_backend_trusted{BackEnd}", "0", "1" },
        { "CaPortalBackEndNotTested", $"caportal_backend_last_check_timestamp_seconds{BackEnd}", "0", "5000" },
        { "CaPortalCertificateExpired", $"caportal_certificate_expiry_seconds{Certificate}", "60", "99999" },
        { "CaPortalCertificateExpires", $"caportal_certificate_expiry_seconds{Certificate}", $"{29 * Day}", $"{31 * Day}" },
        { "CaPortalCertificateExpires", $"caportal_certificate_expiry_seconds{Certificate}", $"{29 * Day}", "60" },
        { "CaPortalBackEndChainExpires", $"caportal_backend_chain_expiry_seconds{BackEnd}", $"{13 * Day}", $"{15 * Day}" },
        { "CaPortalActivityNotProved", "caportal_activity_intact", "0", "1" },
        { "CaPortalBackupOld", """caportal_backup_last_timestamp_seconds{instance="portal", job="caportal"}""", $"{-4 * Day}", "0" },
        { "CaPortalBackupOld", """up{instance="portal", job="caportal"}""", "1", "0" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task Rule_OnAFigureThatIsWrongOrRight_FiresOrDoesNot(string alert, string series, string wrong, string right)
    {
        Tool.Require("promtool");
        await File.WriteAllTextAsync(_directory["rules.yml"], await RulesAsync(), Cancellation);

        Assert.Contains(alert, await FiringAsync(series, wrong, alert), StringComparison.Ordinal);
        Assert.Equal("", await FiringAsync(series, right, alert));
    }

    [Fact]
    public async Task Rules_AndTheirTests_AreCompleteAndUseFiguresThatThereAre()
    {
        var rules = await RulesAsync();
        var source = await File.ReadAllTextAsync(Path.Combine(Repository.Path, "CaPortal", "Api", "MetricsApi.cs"), Cancellation);

        Assert.Equal(
            Alert().Matches(rules).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal),
            Rules.Select(r => r.Data.Item1).Distinct().Order(StringComparer.Ordinal));
        Assert.All(Figure().Matches(rules), m => Assert.Contains($"\"{m.Value}\"", source, StringComparison.Ordinal));
    }

    /// <summary>What promtool says about the alert, unless it says that none fires.</summary>
    private async Task<string> FiringAsync(string series, string value, string alert)
    {
        await File.WriteAllTextAsync(
            _directory["test.yml"],
            $"""
            rule_files: [rules.yml]
            evaluation_interval: 5m
            tests:
              - interval: 5m
                input_series:
                  - series: '{series}'
                    values: '{value}x40'
                alert_rule_test:
                  - eval_time: 90m
                    alertname: {alert}
            """,
            Cancellation);
        var (code, output, errors) = await Tool.TryRunAsync(_directory.Path, "promtool", "test", "rules", "test.yml");
        Assert.DoesNotContain("error", output + errors, StringComparison.OrdinalIgnoreCase);
        return code == 0 ? "" : output + errors;
    }

    /// <summary>The block of the guide with rules.</summary>
    private static async Task<string> RulesAsync()
    {
        var guide = await File.ReadAllTextAsync(Path.Combine(Repository.Path, "docs", "operations.md"), Cancellation);
        return Assert.Single(Block().Matches(guide)).Groups[1].Value;
    }

    [GeneratedRegex(@"^```yaml\n(groups:\n.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"alert: (\w+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"caportal_\w+")]
    private static partial Regex Figure();
}
