using System.Text.Encodings.Web;
using System.Text.Json;
using CaPortal.Core.Files;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Java;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Core.TrustStores.PemBundle;
using CaPortal.Core.TrustStores.X509;

namespace CaPortal.Core.Nodes;

/// <summary>How a program that makes TLS connections comes to trust the certificates on this machine.</summary>
public enum ConsumerSupport
{
    /// <summary>It does so by itself.</summary>
    Nothing,

    /// <summary>It must be configured with their place.</summary>
    Configuration,

    /// <summary>None of the trust stores in use serves it.</summary>
    None,
}

/// <summary>What to do for one program on this machine.</summary>
/// <param name="Consumer">The program.</param>
/// <param name="Support">Whether there is anything to do.</param>
/// <param name="Configuration">The lines of configuration, exactly; null if there are none.</param>
/// <param name="Remark">Where the lines go and when they count, or why there are none.</param>
/// <param name="TrustStore">The trust store that serves it, or that would; null if there is none on this machine.</param>
/// <param name="ReplacesSystemRoots">
/// These lines do not have the public CAs. It still trusts those that it finds in its default folder, where there is one.
/// </param>
public sealed record ConsumerGuide(
    string Consumer, ConsumerSupport Support, string? Configuration, string Remark, TrustStoreView? TrustStore, bool ReplacesSystemRoots = false)
{
    /// <summary>
    /// The lines with which it trusts the certificates of CaPortal alone, where <see cref="Configuration"/> leaves it the public ones; null
    /// if there are none.
    /// </summary>
    public string? BareConfiguration { get; init; }
}

/// <summary>Who trusts the certificates on this machine, by what there is to do for it. Names of programs.</summary>
/// <param name="ByThemselves">They trust them without a setting.</param>
/// <param name="AfterASetting">They trust them once they are configured.</param>
/// <param name="NotServed">No trust store in use serves them.</param>
/// <param name="Account">The account whose programs alone are <paramref name="ByThemselves"/>; null: those of all accounts.</param>
public sealed record ConsumerSummary(
    IReadOnlyList<string> ByThemselves, IReadOnlyList<string> AfterASetting, IReadOnlyList<string> NotServed, string? Account)
{
    /// <summary>The trust stores that leave certificates out on purpose.</summary>
    public IReadOnlyList<string> LeavingOut { get; init; } = [];
}

/// <summary>The programs that administrators most often have to make trust a private CA: one entry each.</summary>
public static class ClientGuides
{
    private const string NginxRemark = "In the server or location block that has proxy_pass. nginx reads the file at its start and with nginx -s reload.";
    private const string EnvoyRemark =
        "In the cluster of the back-end. Envoy reads the file when it makes the cluster: "
            + "restart it after a change, or let SDS deliver the validation context, which Envoy then keeps up to date.";
    private const string HaProxyRemark = "In the backend section. HAProxy reads the file at its start and when it is reloaded.";
    private const string NodeRemark = "In the environment of the program, or of its service. Node.js adds the file to its own list when the program starts.";
    private const string JavaRemark =
        "On the command line of java, or in JAVA_TOOL_OPTIONS. Java reads the file when the program makes its first TLS connection.";
    private const string SystemJavaRemark = "The distribution's own Java reads a keystore that is made from the system's anchors, and needs no setting.";
    // A file takes the place of a file alone: of the default folder only another one does, and this one is empty on every system.
    private const string NoFolder = "/nonexistent";
    private const string InEnvironment = "In the environment of the program, or of its service. It counts from the program's next start.";

    private static readonly JsonSerializerOptions RelaxedJson = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // In the order in which they are tried: the first one that has its trust store in use counts.
    private static readonly Consumer[] All =
    [
        new(
            "nginx",
            Configured(PemBundleTrustStore.Kind, NginxLines, NginxRemark),
            Configured(LinuxAnchorsTrustStore.Kind, NginxLines, NginxRemark)),
        new(
            "Envoy",
            Configured(PemBundleTrustStore.Kind, EnvoyLines, EnvoyRemark),
            Configured(LinuxAnchorsTrustStore.Kind, EnvoyLines, EnvoyRemark)),
        new(
            "HAProxy",
            Configured(PemBundleTrustStore.Kind, HaProxyLines, HaProxyRemark),
            Configured(LinuxAnchorsTrustStore.Kind, HaProxyLines, HaProxyRemark)),
        new(
            "curl",
            ByItself(LinuxAnchorsTrustStore.Kind, "It reads the system's anchors each time that it is started."),
            ByItself(X509TrustStore.Kind, "The curl that comes with Windows reads the Windows certificate store.", OperatingSystem.IsWindows()),
            Configured(
                PemBundleTrustStore.Kind,
                p => $"{Variable("CURL_CA_BUNDLE", p)}\n# or for one call\ncurl --cacert {ShellPath.Quote(p)} https://back-end.example/",
                InEnvironment,
                replaces: true,
                bare: p => $"curl --cacert {ShellPath.Quote(p)} --capath {NoFolder} https://back-end.example/")),
        new(
            "Node.js",
            Configured(PemBundleTrustStore.Kind, p => Variable("NODE_EXTRA_CA_CERTS", p), NodeRemark),
            Configured(LinuxAnchorsTrustStore.Kind, p => Variable("NODE_EXTRA_CA_CERTS", p), NodeRemark)),
        new(
            "Java",
            JavaTruststore($"{SystemJavaRemark} The line is for a Java from elsewhere, which brings its own list. {JavaRemark}") with
            {
                Beside = LinuxAnchorsTrustStore.Kind,
            },
            ByItself(LinuxAnchorsTrustStore.Kind, $"{SystemJavaRemark} A Java from elsewhere brings its own list: turn on java-truststore for it."),
            JavaTruststore(JavaRemark),
            Fixed(
                X509TrustStore.Kind,
                "-Djavax.net.ssl.trustStoreType=Windows-ROOT",
                "On the command line of java, or in JAVA_TOOL_OPTIONS: Java then reads the Windows certificate store.",
                OperatingSystem.IsWindows())),
        new(
            "Python",
            Configured(
                LinuxAnchorsTrustStore.Kind,
                p => Variable("REQUESTS_CA_BUNDLE", p),
                "Python's own ssl module reads the system's anchors by itself, and needs no setting. "
                    + $"The line is for requests and pip, which bring a list of their own. {InEnvironment}"),
            Configured(
                PemBundleTrustStore.Kind,
                p => $"{Variable("SSL_CERT_FILE", p)}\n{Variable("REQUESTS_CA_BUNDLE", p)}",
                $"The first line is for Python's own ssl module, the second for requests and pip, which bring a list of their own. {InEnvironment}",
                replaces: true,
                bare: p => $"{OpenSslAlone(p)}\n{Variable("REQUESTS_CA_BUNDLE", p)}"),
            ByItself(
                X509TrustStore.Kind,
                "Python's own ssl module reads the Windows certificate store. requests and pip bring a list of their own: turn on pem-bundle for them.",
                OperatingSystem.IsWindows())),
        new(
            ".NET",
            ByItself(
                X509TrustStore.Kind,
                OperatingSystem.IsWindows()
                    ? "It reads the Windows certificate store; a change counts for running programs within seconds."
                    : $"Programs that run as the account {Environment.UserName} read its certificate store; "
                        + "a change counts for running programs within about a second."),
            ByItself(LinuxAnchorsTrustStore.Kind, "It reads the system's anchors; a running program sees a change within seconds."),
            OpenSslFile()),
        new(
            "Go",
            ByItself(LinuxAnchorsTrustStore.Kind, "It reads the system's anchors once, so a program has to be started again after a change."),
            ByItself(X509TrustStore.Kind, "It asks Windows, which reads its certificate store.", OperatingSystem.IsWindows()),
            OpenSslFile()),
    ];

    /// <summary>What to do for each program on this machine, with the paths of the trust stores that are in use.</summary>
    public static IReadOnlyList<ConsumerGuide> GuidesFor(TrustStoreOverview overview) => [.. All.Select(c => GuideFor(c, overview))];

    /// <summary>The same in short.</summary>
    public static ConsumerSummary SummaryOf(TrustStoreOverview overview)
    {
        var guides = GuidesFor(overview);
        var isOfAllAccounts = overview.Scope == TrustScope.Machine || overview.InUse.Any(t => t.Name == LinuxAnchorsTrustStore.Kind && t.State.IsEnabled);
        return new ConsumerSummary(
            Names(ConsumerSupport.Nothing), Names(ConsumerSupport.Configuration), Names(ConsumerSupport.None), isOfAllAccounts ? null : Environment.UserName)
        {
            LeavingOut = [.. overview.InUse.Where(t => t.Counts is { LeftOut: > 0 }).Select(t => t.Name)],
        };

        IReadOnlyList<string> Names(ConsumerSupport support) => [.. guides.Where(g => g.Support == support).Select(g => g.Consumer)];
    }

    private static ConsumerGuide GuideFor(Consumer consumer, TrustStoreOverview overview)
    {
        foreach (var way in consumer.Ways)
        {
            if (InUse(way.Kind) is { } store && way.Serves(store) && (way.Beside is null || InUse(way.Beside) is not null))
                return way.Guide(store) with { Consumer = consumer.Name };
        }

        var missing = consumer.Ways.Select(w => overview.TrustStores.FirstOrDefault(t => t.Name == w.Kind && w.Serves(t))).FirstOrDefault(t => t is not null);
        return new ConsumerGuide(
            consumer.Name,
            ConsumerSupport.None,
            null,
            missing is null ? "No kind of trust store on this operating system serves it."
            : missing.IsInUse ? $"The trust store {missing.Name} would serve it, but cannot be used now."
            : $"No trust store in use serves it. Turn on {missing.Name}.",
            missing);

        TrustStoreView? InUse(string kind) => overview.InUse.FirstOrDefault(t => t.Name == kind && t.State.IsEnabled);
    }

    private static Way JavaTruststore(string remark) => new(
        JavaTruststoreTrustStore.Kind,
        s => s.File is not null,
        s => new ConsumerGuide("", ConsumerSupport.Configuration, JavaLines(s.File!), remark, s, !s.File!.HasSystemRoots));

    private static Way ByItself(string kind, string remark, bool applies = true) =>
        new(kind, _ => applies, s => new ConsumerGuide("", ConsumerSupport.Nothing, null, remark, s));

    private static Way Fixed(string kind, string lines, string remark, bool applies) =>
        new(kind, _ => applies, s => new ConsumerGuide("", ConsumerSupport.Configuration, lines, remark, s));

    private static Way OpenSslFile() => Configured(
        PemBundleTrustStore.Kind,
        p => Variable("SSL_CERT_FILE", p),
        InEnvironment,
        replaces: true,
        applies: !OperatingSystem.IsWindows(),
        bare: OpenSslAlone);

    private static Way Configured(
        string kind, Func<string, string> lines, string remark, bool replaces = false, bool applies = true, Func<string, string>? bare = null) => new(
        kind,
        s => applies && s.File is not null,
        s => new ConsumerGuide(
            "",
            ConsumerSupport.Configuration,
            lines(replaces ? s.File!.Combined ?? s.File.Path : s.File!.Path),
            remark,
            s,
            replaces && s.File is { HasSystemRoots: false, Combined: null })
        {
            BareConfiguration = bare is not null && s.File.Combined is not null ? bare(s.File.Path) : null,
        });

    private static string OpenSslAlone(string path) => $"{Variable("SSL_CERT_FILE", path)}\n{Variable("SSL_CERT_DIR", NoFolder)}";

    private static string NginxLines(string path) => $"""
        proxy_ssl_trusted_certificate {(path.All(ShellPath.IsPlain) ? path : JsonString(path))};
        proxy_ssl_verify on;
        proxy_ssl_verify_depth 3;
        proxy_ssl_server_name on;
        """;

    private static string EnvoyLines(string path) => $"""
        transport_socket:
          name: envoy.transport_sockets.tls
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
            sni: back-end.example
            common_tls_context:
              validation_context:
                trusted_ca: {"{"} filename: {JsonString(path)} {"}"}
                match_typed_subject_alt_names:
                - san_type: DNS
                  matcher: {"{"} exact: back-end.example {"}"}
        """;

    private static string HaProxyLines(string path) =>
        $"server back-end back-end.example:443 ssl verify required ca-file {ShellPath.Quote(path)} sni str(back-end.example)";

    private static string JavaLines(ProgramFile file) =>
        $"-Djavax.net.ssl.trustStore={ShellPath.Quote(file.Path)} -Djavax.net.ssl.trustStoreType=PKCS12"
        + (file.Password is { } password ? $" -Djavax.net.ssl.trustStorePassword={ShellPath.Quote(password)}" : "");

    private static string Variable(string name, string path) =>
        OperatingSystem.IsWindows() ? $"$env:{name} = '{path.Replace("'", "''", StringComparison.Ordinal)}'" : $"export {name}={ShellPath.Quote(path)}";

    // YAML and nginx read what JSON's double quotes enclose alike.
    private static string JsonString(string path) => JsonSerializer.Serialize(path, RelaxedJson);

    private sealed record Consumer(string Name, params Way[] Ways);

    /// <summary>One way for a program to the certificates.</summary>
    /// <param name="Kind">The trust store that it takes.</param>
    /// <param name="Serves">Whether the trust store is one that it can take on this operating system.</param>
    /// <param name="Guide">What to do.</param>
    private sealed record Way(string Kind, Func<TrustStoreView, bool> Serves, Func<TrustStoreView, ConsumerGuide> Guide)
    {
        /// <summary>Another trust store that has to be in use too; null if it does not matter.</summary>
        public string? Beside { get; init; }
    }
}
