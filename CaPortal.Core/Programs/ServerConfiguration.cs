using System.Globalization;
using System.Runtime.Versioning;
using System.Text;

namespace CaPortal.Core.Programs;

/// <summary>
/// The lists that the configuration of nginx, HAProxy or Apache names for connections to back-ends. Nothing else of the configuration
/// is kept.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class ServerConfiguration
{
    private const int MaxFiles = 300;
    private const int MaxBytes = 1024 * 1024;
    private const int MaxLists = 20;
    private const int MaxFolders = 1000;

    // Of Apache on Debian, whose configuration names it by a variable, on Red Hat, and where it was built by hand.
    private static readonly string[] UsualProcessFiles = ["/run/apache2/apache2.pid", "/run/httpd/httpd.pid", "/usr/local/apache2/logs/httpd.pid"];

    private readonly ProcessFiles _files;
    private readonly ConfigurationGrammar _grammar;
    private readonly Deadline _deadline;
    private readonly HashSet<string> _read = [];
    private readonly List<ListSource> _lists = [];
    private string? _problem;
    private string? _processFile;
    private string _folder;
    private long _changed;
    private int _folders;

    private ServerConfiguration(ProcessFiles files, ConfigurationGrammar grammar, string folder, Deadline deadline) =>
        (_files, _grammar, _folder, _deadline) = (files, grammar, folder, deadline);

    /// <summary>The lists of a server.</summary>
    /// <param name="process">Its process.</param>
    /// <param name="files">The files as it sees them.</param>
    /// <param name="deadline">When reading its configuration has to come to an end.</param>
    public static ListPlan Read(SeenProcess process, ProcessFiles files, Deadline deadline)
    {
        var grammar = ConfigurationGrammar.Of(process.Runtime);
        var folder = process.Command.Folder is { } named ? files.Whole(named) : null;
        List<string> start = [.. process.Command.Configurations.Select(c => files.Whole(c, folder))];
        if (process.Command.HasMore)
            return ListPlan.Unknown("CaPortal sees a worker of nginx alone. The options of nginx, which name its configuration, are not known.");
        if (start.Count == 0 && grammar.DefaultFiles.FirstOrDefault(files.Exists) is { } found)
            start.Add(found);
        var name = RuntimeFacts.NameOf(process.Runtime);
        if (start.Count == 0)
            return ListPlan.Unknown($"CaPortal does not find the configuration of {name} in its usual places.");

        var configuration = new ServerConfiguration(
            files, grammar, folder is not null && !grammar.IsRelativeToFile ? folder : grammar.FolderOf(start[0]) ?? files.Whole("."), deadline);
        foreach (var file in start)
            configuration.ReadFileOrFolder(file);
        return configuration.Plan(name) with { LoadedAt = process.Runtime == Runtime.Apache ? configuration.WrittenBy(process.Status.Id) : null };
    }

    private ListPlan Plan(string name) =>
        _lists.Count == 0
            ? ListPlan.Unknown(_problem
                ?? $"Its configuration names no list of CA certificates for back-ends. {name} then does not check their certificates.")
            : new([.. _lists.Distinct().Select(l => new ListUse([l]))], _problem)
            {
                ConfiguredAt = DateTimeOffset.UnixEpoch.AddTicks(_changed / TimeSpan.NanosecondsPerTick),
            };

    /// <summary>When the server wrote its number to its file, which it does each time that it reads its configuration; null if that is not known.</summary>
    private DateTimeOffset? WrittenBy(int process)
    {
        const int LongestNumber = 32;
        foreach (var path in UsualProcessFiles.Prepend(_processFile).OfType<string>())
        {
            try
            {
                using var file = _files.Open(path);
                var content = new byte[LongestNumber];
                if (int.TryParse(content.AsSpan(0, RandomAccess.Read(file, content, 0)).TrimEnd("\r\n \0"u8), CultureInfo.InvariantCulture, out var id)
                    && id == process)
                {
                    return DateTimeOffset.UnixEpoch.AddTicks(CaPortal.Core.Files.FileIdentity.Of(file).Changed / TimeSpan.NanosecondsPerTick);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The next one may be it.
            }
        }

        return null;
    }

    private void ReadFileOrFolder(string path)
    {
        try
        {
            if (_files.NamesIn(path, "*.cfg", out _) is { } names)
            {
                foreach (var name in names)
                    ReadFile($"{path.TrimEnd('/')}/{name}");
                return;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is a file, or what reading it says is the matter.
        }

        ReadFile(path);
    }

    private void ReadFile(string path)
    {
        if (IsTooMuch() || !_read.Add(path) || IsTooMuch())
            return;
        try
        {
            ReadLines(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _problem = "CaPortal cannot read all files of its configuration.";
        }
    }

    private void ReadLines(string path)
    {
        using var file = _files.Open(path);
        var identity = CaPortal.Core.Files.FileIdentity.Of(file);
        _changed = Math.Max(_changed, identity.Changed);

        // No more than it says: some files of the kernel have no length, and reading them takes away what others wait for.
        var content = new byte[Math.Min(identity.Length, MaxBytes)];
        var length = 0;
        while (length < content.Length && RandomAccess.Read(file, content.AsSpan(length), length) is var count and > 0)
            length += count;
        if (length == MaxBytes)
            _problem = "A file of its configuration is too long. CaPortal did not read all of it.";

        foreach (var line in Encoding.UTF8.GetString(content.AsSpan(0, length)).AsSpan().EnumerateLines())
        {
            if (IsOver())
                return;
            foreach (var (kind, value) in _grammar.Read(line))
                Take(kind, value);
        }
    }

    /// <summary>No further file or folder is looked at. Includes of includes would go on for hours.</summary>
    private bool IsTooMuch()
    {
        if (_read.Count > MaxFiles)
            _problem = $"Its configuration has more than {MaxFiles} files. CaPortal did not read all of them.";
        else if (_folders > MaxFolders)
            _problem = $"The patterns of its configuration lead to more than {MaxFolders} folders. CaPortal did not look into all of them.";
        else
            return IsOver();
        return true;
    }

    private bool IsOver()
    {
        if (!_deadline.IsOver)
            return false;
        _problem = "CaPortal had no time to read all of its configuration. Look again.";
        return true;
    }

    private void Take(ConfigurationWord kind, string value)
    {
        if (kind == ConfigurationWord.SystemList)
        {
            Add(ProgramLists.SystemList(_files));
            return;
        }

        if (value.Contains('\0', StringComparison.Ordinal))
            return;
        if (value.Contains('$', StringComparison.Ordinal))
        {
            if (kind != ConfigurationWord.ProcessFile)
                _problem = "Its configuration names a list by a variable. CaPortal does not see the value.";
            return;
        }

        var path = _files.Whole(value, _folder);
        if (kind == ConfigurationWord.Folder)
            _folder = path;
        else if (kind == ConfigurationWord.ProcessFile)
            _processFile = path;
        else if (kind == ConfigurationWord.List)
            Add(new ListSource(path, ListKind.Pem));
        else
            Include(path);
    }

    private void Add(ListSource list)
    {
        if (_lists.Count < MaxLists)
            _lists.Add(list);
        else
            _problem = $"Its configuration names more than {MaxLists} lists. CaPortal looked at the first {MaxLists}.";
    }

    // A pattern may be in the name of the file or of folders on the way: /etc/nginx/sites-*/*.conf.
    private void Include(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        List<string> found = [""];
        foreach (var part in parts)
        {
            found = part.IndexOfAny(['*', '?', '[']) < 0
                ? [.. found.Select(f => $"{f}/{part}")]
                : [.. found.SelectMany(f => NamesIn(f.Length == 0 ? "/" : f, part).Select(n => $"{f}/{n}")).Take(MaxFiles + 1)];
        }

        foreach (var file in found)
            ReadFile(file);
    }

    private IReadOnlyList<string> NamesIn(string folder, string pattern)
    {
        _folders++;
        if (IsTooMuch())
            return [];
        try
        {
            // Sets of characters are rare: all names count for them.
            return _files.NamesIn(folder, pattern.Contains('[', StringComparison.Ordinal) ? "*" : pattern, out _) ?? [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
