using System.Text.RegularExpressions;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Architecture;

/// <summary>One way to write, and one place for what differs between database engines.</summary>
public sealed partial class DatabaseTests
{
    /// <summary>What knows SQLite outside its folder: the list of what there is, and backups, which are files.</summary>
    private static readonly string[] KnowSqlite =
        ["CaPortal.Core/Backups/BackupWriter.cs", "CaPortal.Core/Backups/Restoration.cs", "CaPortal.Core/CoreServices.cs"];

    private static readonly string[] Projects = ["CaPortal", "CaPortal.Core"];

    private static readonly string[] KnowPostgres = ["CaPortal.Core/CoreServices.cs"];

    [Fact]
    public void Product_OutsideTheFolderOfAnEngine_DoesNotKnowIt()
    {
        Assert.Equal(KnowSqlite, FilesWith(Sqlite(), "Sqlite"));
        Assert.Equal(KnowPostgres, FilesWith(Postgres(), "Postgres"));
    }

    [Fact]
    public async Task SaveChanges_OutsideTheOneWayToWrite_IsRefused()
    {
        await using var core = await TestCore.StartAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => core.QueryAsync(async db =>
        {
            db.Add(new ServiceInstance { Name = "another", DesiredHash = "" });
            return await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        }));
        Assert.Equal(1, await core.QueryAsync(db => Task.FromResult(db.Instances.Count())));
    }

    private static IEnumerable<string> FilesWith(Regex names, string folder)
    {
        var sources = Projects
            .SelectMany(p => Directory.EnumerateFiles(Path.Combine(Repository.Path, p), "*.cs", SearchOption.AllDirectories))
            .Where(f => names.IsMatch(File.ReadAllText(f)))
            .Select(f => Path.GetRelativePath(Repository.Path, f).Replace('\\', '/'))
            .Where(f => !Regex.IsMatch(f, $"/(obj|bin)/|/Data/{folder}/"));
        return sources.Order(StringComparer.Ordinal);
    }

    // Its names in code: a sentence may speak of SQLite, and a setting may name it.
    [GeneratedRegex("(?<!DatabaseProvider\\.)Sqlite(?!,)|PRAGMA|sqlite_master")]
    private static partial Regex Sqlite();

    [GeneratedRegex("Npgsql|Postgres")]
    private static partial Regex Postgres();
}
