using System.Globalization;
using CaPortal.Core.Probing;
using CsvHelper;

namespace CaPortal.Core.BackEnds;

/// <summary>Understands a pasted list of back-ends: addresses, or CSV with comma, semicolon or tab. Untrusted text; it never throws.</summary>
internal static class BackEndLines
{
    private const int MaxLines = 10_000;
    private const int MaxLength = 1024 * 1024;
    private const int MaxLineLength = 2_000;

    // The columns in the order that they have if there is no heading.
    private static readonly string[][] Columns = [["host", "address", "url", "hostname"], ["port"], ["servername", "sni", "tlsname"], ["name", "title"]];

    /// <summary>One entry for each line that says something.</summary>
    public static IReadOnlyList<BackEndLine> Parse(string text)
    {
        if (text.Length > MaxLength)
            return [new BackEndLine(1, "", null, $"The list has more than {MaxLength:N0} characters; nothing of it was read. Split it.")];

        var lines = new List<BackEndLine>();
        int[]? columns = null;
        var number = 0;
        using var reader = new StringReader(text.TrimStart('\uFEFF'));
        while (reader.ReadLine() is { } line)
        {
            number++;
            var said = line.Trim();
            if (said.Length == 0 || said.StartsWith('#'))
                continue;
            if (lines.Count == MaxLines)
            {
                lines.Add(new BackEndLine(number, "", null, $"The list has more than {MaxLines:N0} back-ends; nothing was read from this line on. Split it."));
                return lines;
            }

            if (said.Length > MaxLineLength)
            {
                lines.Add(new BackEndLine(number, said[..MaxLineLength], null, $"The line has more than {MaxLineLength:N0} characters."));
                continue;
            }

            var fields = FieldsOf(said);
            if (columns is null)
            {
                columns = HeadingOf(fields);
                if (columns is not null)
                    continue;
                columns = [0, 1, 2, 3];
            }

            var (draft, problem) = Read(fields, columns);
            lines.Add(new BackEndLine(number, said, draft, problem));
        }

        return lines;
    }

    private static (BackEndDraft? Draft, string? Problem) Read(string[] fields, int[] columns)
    {
        var (host, port, serverName, name) = (Field(0), Field(1), Field(2), Field(3));
        if (fields.Skip(columns.Max() + 1).Any(f => f.Length > 0) && columns is [0, 1, 2, 3])
            return (null, "There are more than the four columns address, port, server name and name.");
        if (host.Length == 0)
            return (null, "The address is missing.");
        if (!BackEndAddress.TryParse(host, serverName, out var address, out var problem))
            return (null, problem);
        if (port.Length > 0)
        {
            if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > ushort.MaxValue)
                return (null, "The port is not a number from 1 to 65535.");
            if (number != address.Port
                && (address.Port != BackEndAddress.DefaultPort || host.TrimEnd('/').EndsWith($":{address.Port}", StringComparison.Ordinal)))
                return (null, "The address and the column of the port name different ports.");
            address = address with { Port = number };
        }

        return BackEndNames.Check(name) is { } unusable ? (null, unusable) : (new BackEndDraft(address, name.Length == 0 ? null : name), null);

        string Field(int column) => columns[column] >= 0 && columns[column] < fields.Length ? fields[columns[column]] : "";
    }

    /// <summary>Which field holds which column, -1 for none; null if the line is no heading.</summary>
    private static int[]? HeadingOf(string[] fields)
    {
        var names = fields.Select(f => string.Concat(f.Where(char.IsAsciiLetter)).ToLowerInvariant()).ToList();
        var columns = Columns.Select(c => names.FindIndex(c.Contains)).ToArray();
        return columns[0] >= 0 ? columns : null;
    }

    private static string[] FieldsOf(string line)
    {
        // Line by line: a quotation mark that is never closed costs one line and not all that follow.
        using var reader = CsvReader.FromText(line, new CsvReaderOptions
        {
            Separator = DelimiterOf(line),
            HasHeader = false,
            TrimWhitespace = true,
            TrimInsideQuotes = true,
            AllowLineBreaksInQuotes = false,
        });
        return reader.Read() ? reader.Current.ToArray() : [line];
    }

    /// <summary>The first of them that is outside quotation marks; a comma if there is none.</summary>
    private static char DelimiterOf(string line)
    {
        var isQuoted = false;
        foreach (var c in line)
        {
            if (c == '"')
                isQuoted = !isQuoted;
            else if (!isQuoted && c is ',' or ';' or '\t')
                return c;
        }

        return ',';
    }
}

/// <summary>What a back-end may be called.</summary>
internal static class BackEndNames
{
    public const int MaxLength = 200;

    /// <summary>One sentence: why it cannot be called that; null if it can.</summary>
    public static string? Check(string? name) =>
        name?.Trim() is not { } text ? null
        : text.Length > MaxLength ? $"The name has more than {MaxLength} characters."
        : text.Any(char.IsControl) ? "The name has control characters."
        : null;
}
