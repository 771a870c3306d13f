using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.TrustStores;

/// <summary>A kind of trust store that can be named in the settings.</summary>
/// <param name="Name">Its <see cref="ITrustStore.Name"/>.</param>
/// <param name="Scopes">The scopes that it is part of on this operating system where the settings name none.</param>
public sealed record TrustStoreKind(string Name, IReadOnlyCollection<TrustScope> Scopes);

/// <summary>The trust stores that the settings name.</summary>
public sealed class TrustStoreSelection(IOptions<CoreOptions> options, IEnumerable<TrustStoreKind> kinds, IEnumerable<ITrustStore> stores)
{
    /// <summary>The trust stores to write, in the order of the settings.</summary>
    public IReadOnlyList<ITrustStore> Enabled { get; } =
        [.. NamesIn(options.Value, kinds).Select(name => stores.Single(s => s.Name == name))];

    private static IEnumerable<string> NamesIn(CoreOptions options, IEnumerable<TrustStoreKind> kinds) =>
        options.TrustStores.Count > 0 ? options.TrustStores : kinds.Where(k => k.Scopes.Contains(options.Scope)).Select(k => k.Name);
}

/// <summary>Refuses settings that name trust stores which do not exist.</summary>
public sealed class TrustStoreSettingsValidator(IEnumerable<TrustStoreKind> kinds) : IValidateOptions<CoreOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, CoreOptions options)
    {
        var errors = Errors(options).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private IEnumerable<string> Errors(CoreOptions options)
    {
        var known = kinds.Select(k => k.Name).ToList();
        for (var i = 0; i < options.TrustStores.Count; i++)
        {
            var kind = options.TrustStores[i];
            if (!known.Contains(kind))
                yield return $"{CoreOptions.Section}:TrustStores:{i} is '{kind}', which is no kind of trust store. Known kinds: {string.Join(", ", known)}.";
            else if (options.TrustStores.IndexOf(kind) < i)
                yield return $"{CoreOptions.Section}:TrustStores:{i} is '{kind}', which is named before. Name each kind once.";
        }
    }
}

/// <summary>Registration of trust stores.</summary>
internal static class TrustStoreRegistration
{
    /// <summary>Registers one kind.</summary>
    /// <param name="services">The services.</param>
    /// <param name="kind">Its <see cref="ITrustStore.Name"/>.</param>
    /// <param name="scopes">The scopes that it is part of on this operating system.</param>
    public static IServiceCollection AddTrustStore<TTrustStore>(this IServiceCollection services, string kind, params TrustScope[] scopes)
        where TTrustStore : class, ITrustStore =>
        services.AddSingleton(new TrustStoreKind(kind, scopes)).AddSingleton<ITrustStore, TTrustStore>();
}
