using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace CaPortal.Tests.Architecture;

/// <summary>Which folders below a namespace use which others, as the compiler has written it down.</summary>
/// <param name="assembly">The assembly's name.</param>
/// <param name="root">The namespace that the folders are in.</param>
/// <param name="forAll">Types of the namespace itself that every folder may use.</param>
internal sealed class FolderUses(string assembly, string root, params string[] forAll)
{
    private const string ForAll = "";

    /// <summary>The namespace itself counts as a folder with the name <c>.</c>.</summary>
    public bool RootIsAFolder { get; init; }

    /// <summary>The uses that are not allowed, as <c>folder -> folder</c>. A type that is in no folder is named itself.</summary>
    public HashSet<string> ViolationsOf(IReadOnlyDictionary<string, string[]> allowed)
    {
        using var file = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll")));
        var metadata = file.GetMetadataReader();
        var violations = new HashSet<string>();
        foreach (var handle in metadata.TypeDefinitions)
        {
            var user = FolderOf(metadata, handle);
            if (user is null || !allowed.TryGetValue(user, out var mayUse))
                continue;
            violations.UnionWith(Uses.Of(file, metadata, handle)
                .Select(used => FolderOf(metadata, used))
                .Where(used => used is not null && used != user && !mayUse.Contains(used) && used != ForAll)
                .Select(used => $"{user} -> {used}"));
        }

        return violations;
    }

    /// <summary>The rules by which folders could use each other in a circle: each may use only those that are named before it.</summary>
    public static IEnumerable<string> CirclesIn(IReadOnlyList<(string Folder, string[] MayUse)> rules) =>
        from rule in rules.Index()
        from used in rule.Item.MayUse
        where !rules.Take(rule.Index).Any(r => r.Folder == used)
        select $"{rule.Item.Folder} -> {used}";

    /// <summary>The folder that a type is in, null for what the compiler makes.</summary>
    private string? FolderOf(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
            type = metadata.GetTypeDefinition(type.GetDeclaringType());
        var name = metadata.GetString(type.Namespace);
        return name == root ? (RootIsAFolder ? "." : forAll.Contains(metadata.GetString(type.Name)) ? ForAll : metadata.GetString(type.Name))
            : name.StartsWith($"{root}.", StringComparison.Ordinal) ? name[(root.Length + 1)..].Split('.')[0]
            : null;
    }
}
