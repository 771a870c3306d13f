using System.Security.Cryptography;
using CaPortal.Core;
using CaPortal.Core.Files;
using CaPortal.Core.Portals;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>
/// The folder of everything that the portal keeps. Checking the setting creates the folder, so that a folder which cannot be
/// used is reported together with every other wrong setting.
/// </summary>
internal sealed class DataDirectory : IValidateOptions<CoreOptions>
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>That setting alone, before all of them are checked.</summary>
    public static CoreOptions Configured(IConfiguration configuration) =>
        new() { DataDirectory = configuration[$"{CoreOptions.Section}:{nameof(CoreOptions.DataDirectory)}"] ?? "" };

    /// <summary>The folder of the keys that protect cookies.</summary>
    public static string Keys(CoreOptions options) => Path.Combine(options.ResolvedDataDirectory, SharedFiles.Keys);

    public ValidateOptionsResult Validate(string? name, CoreOptions options)
    {
        try
        {
            if (FolderGuard.RefusalOf(options.ResolvedDataDirectory) is { } refusal)
                return ValidateOptionsResult.Fail($"{CoreOptions.Section}:{nameof(CoreOptions.DataDirectory)}: {refusal.Reason} {refusal.Advice}");
            PrivateDirectory.Create(options.ResolvedDataDirectory);
            PrivateDirectory.Create(Keys(options));
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(Keys(options), OwnerOnly);
            // A full disk still takes an empty file.
            using (var file = File.Create(Path.Combine(Keys(options), $".{Guid.NewGuid():N}"), 1, FileOptions.DeleteOnClose))
                file.WriteByte(0);
            return ValidateOptionsResult.Success;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return ValidateOptionsResult.Fail(
                $"{CoreOptions.Section}:{nameof(CoreOptions.DataDirectory)}: the folder '{options.DataDirectory}' cannot be used ({exception.Message}). "
                    + $"Set it to a folder that the account '{Environment.UserName}' can write.");
        }
    }

    /// <summary>
    /// A short identifier that stays with the folder, so that two portals on one host keep their cookies apart. Portals on one database
    /// share it.
    /// </summary>
    public static string InstanceId(CoreOptions options)
    {
        var path = Path.Combine(options.ResolvedDataDirectory, SharedFiles.InstanceId);
        try
        {
            WriteNewForOwner(path, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4)));
        }
        catch (IOException) when (File.Exists(path))
        {
            // An earlier start made it.
        }
        var id = File.ReadAllText(path).Trim();
        return id.Length is > 0 and <= 32 && id.All(char.IsAsciiLetterOrDigit) ? id : "0";
    }

    /// <summary>The name of the cookie that belongs to forms.</summary>
    public static string FormCookie(CoreOptions options) => $"caportal_form_{InstanceId(options)}";

    /// <summary>Writes a file that only the portal's account may read.</summary>
    /// <exception cref="IOException">There is one already, or it cannot be written.</exception>
    public static void WriteNewForOwner(string path, string content)
    {
        var access = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            access.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, access);
        writer.Write(content);
        writer.Flush();
        RandomAccess.FlushToDisk(((FileStream)writer.BaseStream).SafeFileHandle);
    }
}

internal static class DataDirectoryServices
{
    /// <summary>
    /// Provides a folder for temporary files, for which the web server asks once. Wrong settings are reported when they are
    /// checked.
    /// </summary>
    public static void ProvideTemporaryFiles(this WebApplicationBuilder builder) =>
        TemporaryFiles.Provide(DataDirectory.Configured(builder.Configuration).ResolvedDataDirectory);
}
