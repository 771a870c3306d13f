using CaPortal.Core.Files;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Testing;

/// <summary>A database as the first start leaves it. It is made once: making it is most of what the start of a core costs.</summary>
internal static class EmptyDatabase
{
    private static readonly Lazy<Task<byte[]>> Content = new(MakeAsync);

    /// <summary>Puts it into a data directory that has none.</summary>
    public static async Task PutIntoAsync(string dataDirectory)
    {
        var file = Path.Combine(dataDirectory, "portal.db");
        if (File.Exists(file))
            return;
        PrivateDirectory.Create(dataDirectory);
        var creation = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            creation.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var stream = new FileStream(file, creation);
        await stream.WriteAsync(await Content.Value);
    }

    private static async Task<byte[]> MakeAsync()
    {
        using var folder = new TemporaryDirectory();
        await using var core = await TestCore.StartAsync(folder["data"]);
        await core.QueryAsync(db => db.Database.ExecuteSqlAsync($"VACUUM INTO {folder["copy.db"]}"));
        return await File.ReadAllBytesAsync(folder["copy.db"]);
    }
}
