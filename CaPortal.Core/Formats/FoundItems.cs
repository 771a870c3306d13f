using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>What was found in one file and in the files in it.</summary>
/// <param name="Format">The file's format.</param>
/// <param name="Password">Whether a password is needed, for the file or for one in it.</param>
/// <param name="Items">The items, in their order.</param>
internal sealed record FoundItems(string Format, PasswordState Password, IReadOnlyList<ReadItem> Items)
{
    private const int MaxNamed = 3;

    /// <summary>Where the files in it are that have nothing to do with certificates.</summary>
    public IReadOnlyList<string> Foreign { get; init; } = [];

    /// <summary>The file itself has nothing to do with certificates.</summary>
    public bool IsForeign { get; private init; }

    /// <summary>The items are in files in this one, so that each needs its position, also the only one.</summary>
    public bool IsContainer { get; init; }

    /// <summary>What an outcome that is final gives.</summary>
    public static FoundItems Of(string format, ReadOutcome outcome) =>
        outcome switch
        {
            ReadOutcome.Items { All.Count: > 0 } items => new(format, PasswordState.NotNeeded, items.All),
            ReadOutcome.PasswordRequired { State: PasswordState.Wrong } => new(
                format,
                PasswordState.Wrong,
                [
                    ReadItems.Other(
                        $"{format} file",
                        "The password is wrong: the file's integrity check does not match it.",
                        "Enter the password that was set when the file was exported."),
                ]),
            ReadOutcome.PasswordRequired => new(
                format,
                PasswordState.Needed,
                [ReadItems.Other($"{format} file", "The file is protected by a password.", "Enter the password that was set when the file was exported.")]),
            ReadOutcome.Broken broken => new(format, broken.Password, [ReadItems.Other(broken.Kind, broken.Message, broken.Advice)]),
            ReadOutcome.Foreign foreign => new(format, PasswordState.NotNeeded, [foreign.Item]) { IsForeign = true },
            _ => new("Unknown", PasswordState.NotNeeded, [NotCertificates.Name(DerKind.Unknown)]) { IsForeign = true },
        };

    /// <summary>These items and those that another format finds in the same text.</summary>
    public FoundItems With(FoundItems other) => this with
    {
        Password = other.Password > Password ? other.Password : Password,
        Items = [.. Items, .. other.Items],
        IsContainer = true,
    };

    /// <summary>The items with their positions in this file; what was left out unread is one item.</summary>
    public IReadOnlyList<ReadItem> Placed() =>
        !IsContainer ? (Items is [var only] ? [only with { Position = null }] : Items)
        : Foreign.Count == 0 ? Items
        : [.. Items, LeftOut()];

    private ReadItem LeftOut()
    {
        var named = string.Join(", ", Foreign.Take(MaxNamed).Select(f => DisplayText.Shorten(f)));
        var rest = Foreign.Count > MaxNamed ? $" and {Foreign.Count - MaxNamed:N0} more" : "";
        return ReadItems.Other(
            "Other files",
            Foreign.Count == 1
                ? $"One file in it is of no kind that holds certificates and was left out: {named}."
                : $"{Foreign.Count:N0} files in it are of no kind that holds certificates and were left out: {named}{rest}.",
            "Look there if you miss a certificate.",
            severity: FindingSeverity.Information);
    }
}
