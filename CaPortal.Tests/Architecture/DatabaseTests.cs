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

    [Fact]
    public void Product_OutsideTheFolderOfSqlite_DoesNotKnowIt()
    {
        var sources = Projects
            .SelectMany(p => Directory.EnumerateFiles(Path.Combine(Repository.Path, p), "*.cs", SearchOption.AllDirectories))
            .Where(f => Engine().IsMatch(File.ReadAllText(f)))
            .Select(f => Path.GetRelativePath(Repository.Path, f).Replace('\\', '/'))
            .Where(f => !Elsewhere().IsMatch(f));

        Assert.Equal(KnowSqlite, sources.Order(StringComparer.Ordinal));
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

    // Its names in code: a sentence may speak of SQLite, and a setting may name it.
    [GeneratedRegex("(?<!DatabaseProvider\\.)Sqlite(?!,)|PRAGMA|sqlite_master")]
    private static partial Regex Engine();

    [GeneratedRegex("/(obj|bin)/|/Data/Sqlite/")]
    private static partial Regex Elsewhere();
}
