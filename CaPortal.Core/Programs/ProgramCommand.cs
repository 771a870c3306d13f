using System.Runtime.Versioning;
using System.Text.RegularExpressions;

namespace CaPortal.Core.Programs;

/// <summary>What is kept of a program's command line.</summary>
/// <param name="Name">What people recognise the program by; null if its arguments do not say.</param>
/// <param name="Options">The options that decide which list a Java or Node.js program reads, in their order.</param>
/// <param name="Configurations">The configuration files that it names; of curl the list.</param>
/// <param name="Folder">The folder that those are in unless their paths are whole, of curl that of lists; null if it names none.</param>
/// <param name="HasMore">Further options are where they cannot be seen: in a file, or on the command line of another process.</param>
internal sealed record ProgramCommand(
    string? Name, IReadOnlyList<string> Options, IReadOnlyList<string> Configurations, string? Folder = null, bool HasMore = false)
{
    /// <summary>It is a process that works for a master and is about to end.</summary>
    public bool IsEnding { get; private init; }

    /// <summary>The program has put something else in the place of its command line, so that options of it may be missing here.</summary>
    public bool IsRewritten { get; private init; }

    private static readonly ProgramCommand Nothing = new(null, [], []);

    /// <summary>Reads the command line of a process.</summary>
    [SupportedOSPlatform("linux")]
    public static ProgramCommand Of(int process, FoundRuntime found, ProcessFiles? files)
    {
        using var arguments = Arguments.Of(process);
        var command = Of(arguments, found.Runtime, files) with { IsRewritten = arguments.IsRewritten(found.Executable) };

        // A program that has a runtime in itself has arguments of its own, and none of them is known to be no secret.
        return found.Library is null ? command : command with { Name = null };
    }

    [SupportedOSPlatform("linux")]
    private static ProgramCommand Of(Arguments arguments, Runtime runtime, ProcessFiles? files) =>
        runtime switch
        {
            Runtime.Java => JavaArguments.Read(arguments),
            Runtime.Node => Nothing with { Name = ScriptName(arguments, files), Options = NodeOptions(arguments) },
            Runtime.Python => Nothing with { Name = PythonName(arguments, files) },
            Runtime.DotNet => Nothing with { Name = DotNetName(arguments) },
            Runtime.Curl => Nothing with
            {
                Configurations = [.. arguments.ValuesOf("--cacert").TakeLast(1)],
                Folder = arguments.ValuesOf("--capath").LastOrDefault(),
            },
            Runtime.Nginx => Nothing with
            {
                Configurations = [.. arguments.ValuesOf("-c").Take(1)],
                Folder = arguments.ValuesOf("-p").FirstOrDefault(),
                HasMore = arguments.IsTitle && !arguments.Is(1, "master"u8),
                IsEnding = arguments.IsTitle && arguments.Is(arguments.Count - 1, "down"u8),
            },
            Runtime.HaProxy => Nothing with { Configurations = [.. arguments.ValuesOf("-f")], Folder = arguments.ValuesOf("-C").FirstOrDefault() },
            Runtime.Apache => Nothing with
            {
                Configurations = [.. arguments.ValuesOf("-f").Take(1)],
                Folder = arguments.ValuesOf("-d").FirstOrDefault(),
            },
            _ => Nothing,
        };

    private static List<string> NodeOptions(Arguments arguments)
    {
        var options = new List<string>();
        for (var i = 1; arguments.Begins(i, "-"u8); i++)
        {
            if (arguments.Is(i, "--use-openssl-ca"u8) || arguments.Is(i, "--use-system-ca"u8) || arguments.Is(i, "--use-bundled-ca"u8))
                options.Add(arguments.Text(i)!);
        }

        return options;
    }

    /// <summary>The first argument that is no option, if it is a file: else it may be the value of an option that is not known here.</summary>
    [SupportedOSPlatform("linux")]
    private static string? ScriptName(Arguments arguments, ProcessFiles? files, int first = 1)
    {
        for (var i = first; i < arguments.Count; i++)
        {
            if (!arguments.Begins(i, "-"u8))
                return arguments.Text(i) is { } script && files?.Exists(files.Whole(script)) == true ? Path.GetFileName(script) : null;
            if (arguments.Is(i, "-c"u8) || arguments.Is(i, "-e"u8) || arguments.Is(i, "-p"u8) || arguments.Is(i, "-"u8))
                return null;
        }

        return null;
    }

    [SupportedOSPlatform("linux")]
    private static string? PythonName(Arguments arguments, ProcessFiles? files)
    {
        var i = 1;
        for (; arguments.Begins(i, "-"u8); i++)
        {
            if (arguments.Is(i, "-m"u8))
                return arguments.Text(i + 1) is { } module && ProgramNames.IsName(module) ? module : null;
            if (arguments.Is(i, "-W"u8) || arguments.Is(i, "-X"u8))
                i++;
            else if (arguments.Begins(i, "-c"u8))
                return null;
        }

        return ScriptName(arguments, files, i);
    }

    // The host's own options come before the program: exec, --depsfile and the like.
    private static string? DotNetName(Arguments arguments)
    {
        const int MostOptions = 12;
        for (var i = 1; i < Math.Min(arguments.Count, MostOptions); i++)
        {
            if (arguments.Ends(i, ".dll"u8))
                return Path.GetFileName(arguments.Text(i));
            if (!arguments.Begins(i, "--"u8) && !arguments.Is(i, "exec"u8) && !arguments.Begins(i - 1, "--"u8))
                return null;
        }

        return null;
    }
}

/// <summary>The command line of <c>java</c>.</summary>
internal static class JavaArguments
{
    // Those of its options that have their value in the next argument.
    private static readonly string[] WithValue =
    [
        "-cp", "-classpath", "--class-path", "-p", "--module-path", "--upgrade-module-path", "--add-modules", "--add-reads", "--add-exports", "--add-opens",
        "--limit-modules", "--patch-module", "--enable-native-access", "--source", "--finalization",
    ];

    /// <summary>Reads it as far as the program's own arguments.</summary>
    public static ProgramCommand Read(Arguments arguments)
    {
        var options = new List<string>();
        var hasMore = false;
        for (var i = 1; i < arguments.Count; i++)
        {
            if (arguments.Begins(i, "@"u8))
                hasMore = true;
            else if (arguments.Begins(i, "-Djavax.net.ssl.trustStore="u8) || arguments.Begins(i, "-Djavax.net.ssl.trustStoreType="u8))
                options.Add(arguments.Text(i) ?? "");
            else if (arguments.Is(i, "-jar"u8))
                return Found(arguments.Text(i + 1) is { } jar ? Path.GetFileName(jar) : null);
            else if (arguments.Is(i, "-m"u8) || arguments.Is(i, "--module"u8))
                return Found(arguments.Text(i + 1) is { } module && ProgramNames.IsName(module) ? module : null);
            else if (Array.Exists(WithValue, o => arguments.Is(i, System.Text.Encoding.ASCII.GetBytes(o))))
                i++;
            else if (!arguments.Begins(i, "-"u8))
                return Found(MainName(arguments.Text(i) ?? ""));
        }

        return Found(null);

        static string? MainName(string main) =>
            main.EndsWith(".java", StringComparison.Ordinal) ? Path.GetFileName(main) : ProgramNames.IsName(main) ? main : null;

        ProgramCommand Found(string? name) => new(name, options, [], HasMore: hasMore);
    }
}

/// <summary>Recognises the names of classes and modules.</summary>
internal static partial class ProgramNames
{
    /// <summary>Whether it can be one.</summary>
    public static bool IsName(string text) => Name().IsMatch(text);

    [GeneratedRegex(@"^[\p{L}_$][\p{L}\p{N}_$./-]{0,200}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
