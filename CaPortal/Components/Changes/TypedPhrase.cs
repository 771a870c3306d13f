using System.Text;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;

namespace CaPortal.Components.Changes;

/// <summary>What has to be typed before a change that stops back-ends from being trusted. Nobody types that by accident.</summary>
public static class TypedPhrase
{
    private const int MaxNameLength = 60;

    /// <summary>The phrase for a plan: what it takes out of a store decides, or else what it puts there.</summary>
    public static string For(ChangePlan plan) => For(plan.Removals.Count > 0 ? plan.Kind : ChangeKind.Add, NamesOf(plan));

    /// <summary>The names of the certificates that the phrase is about. Untrusted text.</summary>
    public static IReadOnlyList<string> NamesOf(ChangePlan plan) =>
        plan.Removals.Count > 0 ? [.. plan.Removals.Select(r => r.Name)] : [.. plan.Additions.Select(a => a.Facts.Name)];

    /// <summary>The phrase: the certificate's name, or what is done to how many.</summary>
    /// <param name="kind">What is done.</param>
    /// <param name="names">The names of the certificates. Untrusted text.</param>
    public static string For(ChangeKind kind, IReadOnlyCollection<string> names)
    {
        if (AsksForName(names))
            return Normalize(names.Single());
        var verb = kind switch
        {
            ChangeKind.Add => "add",
            ChangeKind.Move => "move",
            ChangeKind.RemoveFound => "remove",
            _ => "delete",
        };
        return names.Count == 1 ? $"{verb} 1 certificate" : $"{verb} {names.Count} certificates";
    }

    /// <summary>Whether the phrase is the name of the one certificate: one that cannot be typed as it is shown is not asked for.</summary>
    public static bool AsksForName(IReadOnlyCollection<string> names) =>
        names.Count == 1 && names.Single() is var name && name.Length <= MaxNameLength && !string.IsNullOrWhiteSpace(name) && !DisplayText.HasInvisible(name);

    /// <summary>Whether that was typed. Only blanks around it and the number of blanks between words may differ: a page does not show them.</summary>
    public static bool Matches(string phrase, string? typed) =>
        typed is not null && !DisplayText.HasInvisible(typed.Trim()) && Normalize(phrase).Equals(Normalize(typed), StringComparison.Ordinal);

    // The same letters may be made of several characters or of one; a keyboard knows one way.
    private static string Normalize(string text) =>
        string.Join(' ', text.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)).Normalize(NormalizationForm.FormC);
}
