using System.Buffers;
using System.Collections.Frozen;
using System.Runtime.Versioning;
using System.Text;

namespace CaPortal.Core.Programs;

/// <summary>
/// Those environment variables of a process that decide which list it reads. All others, and of those with options all other options,
/// are erased: they may be secret.
/// </summary>
internal sealed class KeptEnvironment
{
    private const int MaxBytes = 2 * 1024 * 1024;
    private const int MaxValue = 4096;

    private static readonly FrozenSet<string> Paths = FrozenSet.Create(
        "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "NODE_USE_SYSTEM_CA", "HOME");

    private static readonly FrozenSet<string> Options = FrozenSet.Create("NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

    private readonly Dictionary<string, string> _paths = [];
    private readonly Dictionary<string, IReadOnlyList<string>> _options = [];

    private KeptEnvironment(Span<byte> content)
    {
        foreach (var range in ((ReadOnlySpan<byte>)content).Split((byte)0))
        {
            var variable = content[range];
            if (variable.IndexOf((byte)'=') is not (var equals and > 0 and < 32))
                continue;
            var name = Encoding.UTF8.GetString(variable[..equals]);
            var value = variable[(equals + 1)..];
            if (Paths.Contains(name) && value.Length is > 0 and <= MaxValue)
                _paths.TryAdd(name, Encoding.UTF8.GetString(value));
            else if (Options.Contains(name))
                _options.TryAdd(name, KeptOptions(value));
        }
    }

    /// <summary>The variables of a process when it was started; none where it has ended or may not be looked at.</summary>
    [SupportedOSPlatform("linux")]
    public static KeptEnvironment Of(int process)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxBytes);
        var length = ProcFile.Read(process, "environ", buffer);
        try
        {
            return new(buffer.AsSpan(0, length));
        }
        finally
        {
            Array.Clear(buffer, 0, length);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The value of a variable; null if it is empty or not set.</summary>
    public string? Path(string name) => _paths.GetValueOrDefault(name);

    /// <summary>The options in a variable that decide which list is read, in their order.</summary>
    public IReadOnlyList<string> OptionsIn(string name) => _options.GetValueOrDefault(name, []);

    /// <summary>Whether it leads to the same list.</summary>
    public bool IsSameAs(KeptEnvironment other) =>
        _paths.Count == other._paths.Count
        && _paths.All(p => other.Path(p.Key) == p.Value)
        && Options.Items.All(o => OptionsIn(o).SequenceEqual(other.OptionsIn(o)));

    private static List<string> KeptOptions(Span<byte> value)
    {
        // Words are separated by spaces; quotes keep some together. The text is rewritten in its own place.
        var (length, quote) = (0, (byte)0);
        foreach (var character in value)
        {
            if (quote == 0 && character is (byte)'"' or (byte)'\'')
                quote = character;
            else if (character == quote)
                quote = 0;
            else
                value[length++] = quote == 0 && character is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r' ? (byte)0 : character;
        }

        var kept = new List<string>();
        ReadOnlySpan<byte> words = value[..length];
        foreach (var range in words.Split((byte)0))
            if (words[range] is var word && word.Length <= MaxValue && (ListOptions.IsOfNode(word) || ListOptions.IsOfJava(word)))
                kept.Add(Encoding.UTF8.GetString(word));
        return kept;
    }
}

/// <summary>Options that decide which list a runtime reads, and that are no secret.</summary>
internal static class ListOptions
{
    /// <summary>What Java's properties of its truststore begin with.</summary>
    public const string JavaTruststore = "-Djavax.net.ssl.trustStore";

    /// <summary>Whether it is one of Node.js.</summary>
    public static bool IsOfNode(ReadOnlySpan<byte> option) =>
        option.SequenceEqual("--use-openssl-ca"u8) || option.SequenceEqual("--use-system-ca"u8) || option.SequenceEqual("--use-bundled-ca"u8);

    /// <summary>Whether it is one of Java: the truststore's place or kind, never its password.</summary>
    public static bool IsOfJava(ReadOnlySpan<byte> option) =>
        option.StartsWith("-Djavax.net.ssl.trustStore="u8) || option.StartsWith("-Djavax.net.ssl.trustStoreType="u8);
}
