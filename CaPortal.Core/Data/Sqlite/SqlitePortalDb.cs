using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace CaPortal.Core.Data;

/// <summary>The model on SQLite, the embedded default.</summary>
public sealed class SqlitePortalDb(DbContextOptions<SqlitePortalDb> options) : PortalDb(options)
{
    /// <summary>For <c>dotnet ef migrations add</c>.</summary>
    internal sealed class DesignTimeFactory : IDesignTimeDbContextFactory<SqlitePortalDb>
    {
        public SqlitePortalDb CreateDbContext(string[] args) =>
            new(new DbContextOptionsBuilder<SqlitePortalDb>().UseSqlite("Data Source=:memory:").Options);
    }
}

/// <summary>Lets all other code ask for the model without knowing the engine.</summary>
internal sealed class SqlitePortalDbFactory(IDbContextFactory<SqlitePortalDb> contexts) : IDbContextFactory<PortalDb>
{
    public PortalDb CreateDbContext() => contexts.CreateDbContext();
}
