using Microsoft.Extensions.Options;

namespace CaPortal.Core.Data.Postgres;

/// <summary>Refuses a connection string that is not one of the engine.</summary>
internal sealed class PostgresSettingsValidator : IValidateOptions<CoreOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, CoreOptions options)
    {
        if (options.Database.Provider != DatabaseProvider.PostgreSql)
            return ValidateOptionsResult.Skip;
        try
        {
            PostgresEngine.ConnectionStringFor(options);
            return ValidateOptionsResult.Success;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            // The message repeats neither the string nor the error of Npgsql, since both may hold a password.
            return ValidateOptionsResult.Fail(
                "ConnectionStrings:CaPortal is no connection string of PostgreSQL, which CaPortal:Database:Provider chooses. "
                + "Write it like Host=db.example.org;Database=caportal;Username=caportal;Password=...");
        }
    }
}
