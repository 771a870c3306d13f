using System.Text.RegularExpressions;

namespace CaPortal.Core.Programs;

/// <summary>What a line of a configuration says about lists.</summary>
internal enum ConfigurationWord
{
    /// <summary>A list of CA certificates for back-ends.</summary>
    List,

    /// <summary>The operating system's list.</summary>
    SystemList,

    /// <summary>A further file, or a pattern of such.</summary>
    Include,

    /// <summary>The folder that paths are in unless they are whole.</summary>
    Folder,

    /// <summary>The file that the server writes its number to each time that it reads its configuration.</summary>
    ProcessFile,
}

/// <summary>How a server writes its configuration, as far as it is about lists.</summary>
internal abstract partial class ConfigurationGrammar
{
    private const int MaxLine = 4096;

    private ConfigurationGrammar(params string[] defaultFiles) => DefaultFiles = defaultFiles;

    /// <summary>Where its configuration is unless the command line says otherwise.</summary>
    public IReadOnlyList<string> DefaultFiles { get; }

    /// <summary>Paths in it begin at the folder of the first file.</summary>
    public virtual bool IsRelativeToFile => true;

    /// <summary>That of a server.</summary>
    public static ConfigurationGrammar Of(Runtime server) => server switch
    {
        Runtime.Nginx => new Nginx(),
        Runtime.HaProxy => new HaProxy(),
        _ => new Apache(),
    };

    /// <summary>The folder in which paths begin; null for the one that the process works in.</summary>
    /// <param name="file">The first file.</param>
    public virtual string? FolderOf(string file) => Path.GetDirectoryName(file);

    /// <summary>What a line says.</summary>
    public IEnumerable<(ConfigurationWord Kind, string Value)> Read(ReadOnlySpan<char> line)
    {
        line = line.TrimStart();
        return line.Length is 0 or > MaxLine || line[0] == '#' ? [] : Find(line.ToString());
    }

    /// <summary>What a line says that is no comment.</summary>
    protected abstract IEnumerable<(ConfigurationWord Kind, string Value)> Find(string line);

    private static string Unquoted(string value) => value.Length >= 2 && value[0] is '"' or '\'' && value[^1] == value[0] ? value[1..^1] : value;

    private sealed partial class Nginx() : ConfigurationGrammar(
        "/etc/nginx/nginx.conf", "/usr/local/nginx/conf/nginx.conf", "/usr/local/etc/nginx/nginx.conf", "/opt/nginx/conf/nginx.conf")
    {
        protected override IEnumerable<(ConfigurationWord Kind, string Value)> Find(string line) =>
            Directive().Matches(line).Where(m => m.Groups[1].Success)
                .Select(m => (m.Groups[1].ValueSpan is "include" ? ConfigurationWord.Include : ConfigurationWord.List, Unquoted(m.Groups[2].Value)));

        // What is in quotes, or a comment, is passed over.
        [GeneratedRegex(
            """
            "[^"]*"|'[^']*'|(?<=\s)\#.*|(?<=^|[;{}\s])(include|(?:proxy|grpc|uwsgi)_ssl_trusted_certificate)\s+("[^"]*"|'[^']*'|[^\s;"']+)\s*;
            """)]
        private static partial Regex Directive();
    }

    private sealed class HaProxy() : ConfigurationGrammar("/etc/haproxy/haproxy.cfg", "/usr/local/etc/haproxy/haproxy.cfg")
    {
        public override bool IsRelativeToFile => false;

        public override string? FolderOf(string file) => null;

        protected override IEnumerable<(ConfigurationWord Kind, string Value)> Find(string line)
        {
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

            // A bind line names the CAs of clients.
            if (words[0] == "bind")
                yield break;
            for (var i = 0; i + 1 < words.Length && !words[i].StartsWith('#'); i++)
            {
                var value = Unquoted(words[i + 1]);
                if (words[i] == "ca-file")
                    yield return (value == "@system-ca" ? ConfigurationWord.SystemList : ConfigurationWord.List, value);
                else if (i == 0 && words[i] == "ca-base")
                    yield return (ConfigurationWord.Folder, value);
            }
        }
    }

    private sealed partial class Apache() : ConfigurationGrammar(
        "/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf", "/usr/local/apache2/conf/httpd.conf")
    {
        public override bool IsRelativeToFile => false;

        protected override IEnumerable<(ConfigurationWord Kind, string Value)> Find(string line) =>
            Directive().Matches(line).Select(m => (
                m.Groups[1].Value.ToUpperInvariant() switch
                {
                    "SERVERROOT" => ConfigurationWord.Folder,
                    "INCLUDE" or "INCLUDEOPTIONAL" => ConfigurationWord.Include,
                    "PIDFILE" => ConfigurationWord.ProcessFile,
                    _ => ConfigurationWord.List,
                },
                Unquoted(m.Groups[2].Value)));

        [GeneratedRegex(
            """^(ServerRoot|PidFile|Include|IncludeOptional|SSLProxyCACertificateFile|SSLProxyCACertificatePath)\s+("[^"]*"|[^\s"]+)""",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
        private static partial Regex Directive();
    }
}
