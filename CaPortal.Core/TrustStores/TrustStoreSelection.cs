using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.TrustStores;

/// <summary>A kind of trust store that can be named in the settings.</summary>
/// <param name="Name">Its <see cref="ITrustStore.Name"/>.</param>
/// <param name="Scope">The scope that it is part of where the settings name none.</param>
public sealed record TrustStoreKind(string Name, TrustScope Scope);

/// <summary>The trust stores that the settings name.</summary>
public sealed class TrustStoreSelection(IOptions<CoreOptions> options, IEnumerable<TrustStoreKind> kinds, IEnumerable<ITrustStore> stores)
{
    /// <summary>The trust stores to write, in the order of the settings.</summary>
    public IReadOnlyList<ITrustStore> Enabled { get; } =
        [.. NamesIn(options.Value, kinds).Select(name => stores.Single(s => s.Name == name))];

    private static IEnumerable<string> NamesIn(CoreOptions options, IEnumerable<TrustStoreKind> kinds) =>
        options.TrustStores.Count > 0 ? options.TrustStores : kinds.Where(k => k.Scope == options.Scope).Select(k => k.Name);
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

        if (!kinds.Any(k => k.Scope == options.Scope))
        {
            var scopes = string.Join(", ", kinds.Select(k => k.Scope).Distinct());
            yield return $"{CoreOptions.Section}:Scope is '{options.Scope}', for which there are no trust stores yet. Available: {scopes}.";
        }
    }
}

/// <summary>Registration of trust stores.</summary>
internal static class TrustStoreRegistration
{
    /// <summary>Registers one kind.</summary>
    public static IServiceCollection AddTrustStore<TTrustStore>(this IServiceCollection services, string kind, TrustScope scope)
        where TTrustStore : class, ITrustStore =>
        services.AddSingleton(new TrustStoreKind(kind, scope)).AddSingleton<ITrustStore, TTrustStore>();
}
