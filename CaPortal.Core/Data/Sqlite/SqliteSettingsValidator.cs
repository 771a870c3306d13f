using Microsoft.Extensions.Options;

namespace CaPortal.Core.Data.Sqlite;

/// <summary>Refuses a connection string that is not one of the engine.</summary>
internal sealed class SqliteSettingsValidator : IValidateOptions<CoreOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, CoreOptions options)
    {
        if (options.Database.Provider != DatabaseProvider.Sqlite)
            return ValidateOptionsResult.Skip;
        try
        {
            SqliteEngine.ConnectionStringFor(options);
            return ValidateOptionsResult.Success;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            // The message leaves out the string and the error of SQLite, since both may hold a password.
            return ValidateOptionsResult.Fail(
                "ConnectionStrings:CaPortal is no connection string of SQLite, which the portal keeps its database in. " +
                "Write it like Data Source=/srv/caportal/portal.db, or remove it for portal.db in the data directory.");
        }
    }
}
