namespace CaPortal.Core.Files;

/// <summary>Paths in lines that people copy into a shell.</summary>
internal static class ShellPath
{
    /// <summary>The path as one word of the operating system's usual shell: as it is, or in quotation marks where it needs them.</summary>
    public static string Quote(string path) =>
        path.All(IsPlain) ? path
        : OperatingSystem.IsWindows() ? $"\"{path}\""
        : $"'{path.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    /// <summary>Whether it needs no quotation marks.</summary>
    public static bool IsPlain(char c) =>
        char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or '+' or ':' || (c == '\\' && OperatingSystem.IsWindows());
}
