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
        return PostgresEngine.HasConnectionString(options)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                "ConnectionStrings:CaPortal is no connection string of PostgreSQL, which CaPortal:Database:Provider chooses. "
                + "Write it like Host=db.example.org;Database=caportal;Username=caportal;Password=...");
    }
}
