using System.Reflection;
using CaPortal.Core.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Internal;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Data;

/// <summary>A later version of the portal, with one migration more.</summary>
internal static class NextVersion
{
    private const string Id = "29990101000000_NextVersion";

    public static void Register(IServiceCollection services) =>
        services.ConfigureDbContext<SqlitePortalDb>(db => db.ReplaceService<IMigrationsAssembly, Assembly>());

#pragma warning disable EF1001 // There is no other way to add a migration to those of the assembly.
    private sealed class Assembly(
        ICurrentDbContext context, IDbContextOptions options, IMigrationsIdGenerator ids, IDiagnosticsLogger<DbLoggerCategory.Migrations> logger)
        : MigrationsAssembly(context, options, ids, logger)
    {
        public override IReadOnlyDictionary<string, TypeInfo> Migrations =>
            new Dictionary<string, TypeInfo>(base.Migrations) { [Id] = typeof(NextMigration).GetTypeInfo() };
    }
#pragma warning restore EF1001

    [Migration(Id)]
    private sealed class NextMigration : Migration
    {
        protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("CREATE TABLE next_version (id INTEGER)");
    }
}
