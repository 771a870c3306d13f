using System.Runtime.Versioning;
using CaPortal.Core.Files;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Programs;

/// <summary>Which lists a program reads, as far as its command line, environment and configuration say.</summary>
[SupportedOSPlatform("linux")]
internal static class ProgramLists
{
    private const int MostFoldersUp = 4;

    // What is built into OpenSSL and Go on Debian, SUSE, Alpine and Arch, and on Red Hat.
    private static readonly string[] DefaultFolders = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

    /// <summary>The lists of a program.</summary>
    /// <param name="process">Its process.</param>
    /// <param name="files">The files as it sees them.</param>
    /// <param name="deadline">When reading its configuration has to come to an end.</param>
    public static ListPlan Of(SeenProcess process, ProcessFiles files, Deadline deadline)
    {
        var plan = process.Runtime switch
        {
            Runtime.Nginx or Runtime.HaProxy or Runtime.Apache => ServerConfiguration.Read(process, files, deadline),
            Runtime.Envoy => ListPlan.Unknown("Envoy can get its lists from another server. CaPortal does not see them."),
            Runtime.Curl => Curl(process, files),
            Runtime.Node => Node(process, files),
            Runtime.Java => Java(process, files),
            Runtime.Python => Python(process, files),
            Runtime.DotNet => One([.. OpenSsl(process, files), .. DotNetStore(process)]),
            _ => One(OpenSsl(process, files)),
        };
        return process.Command.IsRewritten && process.Runtime is Runtime.Node or Runtime.Java or Runtime.Curl
            ? plan with { Doubt = "The program shows another text in place of its command line. Its options may name another list." }
            : plan;
    }

    private static ListPlan One(IReadOnlyList<ListSource> sources) => new([new ListUse(sources)]);

    /// <summary>
    /// What OpenSSL reads by default, and so do most others: a file and folders. A variable takes the place of the default of one of
    /// them, never of both.
    /// </summary>
    private static List<ListSource> OpenSsl(SeenProcess process, ProcessFiles files)
    {
        // Go and .NET read all files of such a folder, OpenSSL those that are named by their hash.
        var kind = process.Runtime is Runtime.Go or Runtime.DotNet ? ListKind.Pem : ListKind.HashedFolder;
        return FileAndFolders(files, kind, process.Environment.Path("SSL_CERT_FILE"), NamedFolders(process));
    }

    private static string[]? NamedFolders(SeenProcess process) =>
        process.Environment.Path("SSL_CERT_DIR")?.Split(':', StringSplitOptions.RemoveEmptyEntries);

    private static List<ListSource> FileAndFolders(ProcessFiles files, ListKind kind, string? file, string[]? folders, ListSource? defaultFile = null)
    {
        defaultFile ??= SystemList(files) with { IsBeside = folders is not null };
        return
        [
            file is null ? defaultFile : new ListSource(files.Whole(file), ListKind.Pem),
            .. folders is null
                ? DefaultFolders.Select(f => new ListSource(f, kind) { IsBeside = true })
                : folders.Select(f => new ListSource(files.Whole(f), kind)),
        ];
    }

    /// <summary>The operating system's list.</summary>
    public static ListSource SystemList(ProcessFiles files) =>
        new(OperatingSystemRoots.LinuxBundles.FirstOrDefault(files.Exists) ?? OperatingSystemRoots.LinuxBundles[0], ListKind.Pem);

    private static IEnumerable<ListSource> DotNetStore(SeenProcess process) =>
        (process.Environment.Path("HOME") ?? LinuxAccounts.HomeOf(process.Account.User)) is { } home
            ? [new ListSource(Path.Combine(home, ".dotnet", "corefx", "cryptography", "x509stores", "root"), ListKind.DotNetStore, IsOptional: true)]
            : [];

    // Of its options each takes the place of one default; with one of them it does not look at the variables.
    private static ListPlan Curl(SeenProcess process, ProcessFiles files)
    {
        var (file, folder) = (process.Command.Configurations.Count > 0 ? process.Command.Configurations[0] : null, process.Command.Folder);
        if (file is null && folder is null)
        {
            file = process.Environment.Path("CURL_CA_BUNDLE");
            if (file is null && process.Environment.Path("SSL_CERT_FILE") is not null && process.Environment.Path("SSL_CERT_DIR") is not null)
                return ListPlan.Unknown("SSL_CERT_FILE and SSL_CERT_DIR are both set. It depends on the version of curl which of them count.");
            folder = file is null ? process.Environment.Path("SSL_CERT_DIR") : null;
            file ??= process.Environment.Path("SSL_CERT_FILE");
        }

        return One(FileAndFolders(files, ListKind.HashedFolder, file, folder?.Split(':', StringSplitOptions.RemoveEmptyEntries)));
    }

    private static ListPlan Python(SeenProcess process, ProcessFiles files)
    {
        var own = new ListUse(OpenSsl(process, files));
        return (process.Environment.Path("REQUESTS_CA_BUNDLE") ?? process.Environment.Path("CURL_CA_BUNDLE")) is { } bundle
            ? new([own, new ListUse([new ListSource(files.Whole(bundle), ListKind.Pem)])])
            : new([own]);
    }

    private static ListPlan Node(SeenProcess process, ProcessFiles files)
    {
        // Distributions build it with the system's OpenSSL, and then have it read OpenSSL's list by default.
        var options = process.Environment.OptionsIn("NODE_OPTIONS").Concat(process.Command.Options).ToList();
        var isShared = RuntimeFinder.HasSharedOpenSsl(process.Status.Id, process.Found);
        var list = options.LastOrDefault(o => o != "--use-system-ca") ?? (isShared ? "--use-openssl-ca" : null);
        var readsSystems = list == "--use-openssl-ca" || options.Contains("--use-system-ca") || process.Environment.Path("NODE_USE_SYSTEM_CA") == "1";

        // OpenSSL looks into the folders at each connection. Node.js by itself reads them once.
        List<ListSource> sources = !readsSystems ? [] : FileAndFolders(
            files,
            list == "--use-openssl-ca" ? ListKind.HashedFolder : ListKind.Pem,
            process.Environment.Path("SSL_CERT_FILE"),
            NamedFolders(process),
            isShared || list != "--use-openssl-ca" ? null : new ListSource("/etc/ssl/cert.pem", ListKind.Pem) { IsBeside = true });
        if (process.Environment.Path("NODE_EXTRA_CA_CERTS") is { } extra)
            sources.Add(new ListSource(files.Whole(extra), ListKind.Pem));
        return new([new ListUse(sources, sources.Count == 0 ? "the list that is built into Node.js" : null)]);
    }

    private static ListPlan Java(SeenProcess process, ProcessFiles files)
    {
        // In the order in which they count: the last is the strongest.
        var options = process.Environment.OptionsIn("JAVA_TOOL_OPTIONS")
            .Concat(process.Environment.OptionsIn("JDK_JAVA_OPTIONS"))
            .Concat(process.Command.Options)
            .Concat(process.Environment.OptionsIn("_JAVA_OPTIONS"))
            .ToList();
        if (ValueOf("Type") is { } type && type.ToUpperInvariant() is not ("PKCS12" or "JKS"))
            return ListPlan.Unknown("CaPortal cannot read this kind of truststore. Look into it with keytool.");
        if (ValueOf("") is { } named)
        {
            return named == "NONE"
                ? ListPlan.Unknown("Its truststore is no file. CaPortal cannot read it.")
                : One([new ListSource(files.Whole(named), ListKind.JavaTruststore)]);
        }

        if (process.Command.HasMore)
            return ListPlan.Unknown("It takes options from a file (@). Look there for javax.net.ssl.trustStore.");
        return OwnListOfJava(process.Found.Library ?? process.Found.Executable, files) is { } own
            ? One([new ListSource(own, ListKind.JavaTruststore)])
            : new([new ListUse([], "the Java runtime's own list")], "CaPortal does not find the list of its Java runtime.");

        string? ValueOf(string property) =>
            options.LastOrDefault(o => o.StartsWith($"{ListOptions.JavaTruststore}{property}=", StringComparison.Ordinal)) is { } option
            && option.Split('=', 2)[1] is { Length: > 0 } value
                ? value
                : null;
    }

    /// <summary>The list of the runtime that a file belongs to: <c>jssecacerts</c> comes before <c>cacerts</c>.</summary>
    private static string? OwnListOfJava(string file, ProcessFiles files)
    {
        var folder = Path.GetDirectoryName(file);
        for (var up = 0; up < MostFoldersUp && folder is { Length: > 1 }; up++, folder = Path.GetDirectoryName(folder))
        {
            foreach (var place in (string[])["lib/security", "jre/lib/security"])
            {
                string[] lists = [$"{folder}/{place}/jssecacerts", $"{folder}/{place}/cacerts"];
                if (Array.Find(lists, files.Exists) is { } found)
                    return found;
            }
        }

        return null;
    }
}
