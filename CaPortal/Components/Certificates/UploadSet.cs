using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inspection;

namespace CaPortal.Components.Certificates;

/// <summary>What the administrator has chosen in the Add dialog so far: the files, and for each certificate its store.</summary>
public sealed class UploadSet
{
    private readonly List<UploadedFile> _files = [];
    private readonly List<ReadOnlyMemory<byte>> _served = [];

    /// <summary>The files, in the order in which they came.</summary>
    public IReadOnlyList<UploadedFile> Files => _files;

    /// <summary>What they contain; null before they are inspected.</summary>
    public InspectionResult? Inspection { get; private set; }

    /// <summary>Each file of the inspection with what was found in it. The next inspection takes in files that came or went since.</summary>
    public IReadOnlyList<(UploadedFile File, InspectedFile Found)> Inspected { get; private set; } = [];

    /// <summary>One choice for each item of the inspection.</summary>
    public IReadOnlyList<ItemChoice> Items { get; private set; } = [];

    /// <summary>What is to be added.</summary>
    public IReadOnlyList<AddSelection> Selections =>
        [.. Items.Where(i => i.WillBeAdded).Select(i => new AddSelection(i.Item, i.Store, i.Accepted))];

    /// <summary>An Error is accepted, so that a reason is required.</summary>
    public bool NeedsReason => Items.Any(i => i.WillBeAdded && i.Accepted.Count > 0);

    /// <summary>Adds a file. The same file, chosen again, replaces the first.</summary>
    public void Add(UploadedFile file)
    {
        _files.RemoveAll(f => f.Name == file.Name && f.Content.Span.SequenceEqual(file.Content.Span));
        _files.Add(file);
    }

    /// <summary>Adds a file that came over the network. Nobody chose it, so its contents have to be compared with something.</summary>
    public void AddServed(UploadedFile file)
    {
        Add(file);
        _served.Add(file.Content);
    }

    /// <summary>Whether a file came over the network.</summary>
    public bool IsServed(UploadedFile file) => _served.Any(s => s.Equals(file.Content));

    public void Remove(UploadedFile file) => _files.RemoveAll(f => IsSame(f, file));

    /// <summary>Sets a file's password, keeping everything else.</summary>
    public void SetPassword(UploadedFile file, string password)
    {
        if (_files.FindIndex(f => IsSame(f, file)) is >= 0 and var index)
            _files[index] = _files[index] with { Password = password };
    }

    /// <summary>Takes the inspection of <paramref name="files"/> and keeps what was chosen for the certificates that are still there.</summary>
    public void Take(InspectionResult inspection, IReadOnlyList<UploadedFile> files)
    {
        var before = Items.Where(i => i.Item.Facts is not null).ToLookup(i => (i.Item.FileSha256, i.Item.Facts!.Sha256, i.Item.Item.Position));
        Inspection = inspection;
        Inspected = [.. files.Zip(inspection.Files)];
        Items =
        [
            .. inspection.Items.Select(item =>
                item.Facts is { } facts && before[(item.FileSha256, facts.Sha256, item.Item.Position)].FirstOrDefault() is { } choice
                    ? choice.For(item)
                    : new ItemChoice(item)),
        ];
    }

    /// <summary>The same upload; the password does not count.</summary>
    private static bool IsSame(UploadedFile one, UploadedFile other) => one.Name == other.Name && one.Content.Equals(other.Content);
}

/// <summary>What is chosen for one item.</summary>
public sealed class ItemChoice(InspectedItem item)
{
    private readonly HashSet<FindingCode> _accepted = [];

    public InspectedItem Item { get; } = item;

    /// <summary>The store that it is to go to; at first the one that fits.</summary>
    public CaStore Store { get; set; } = item.Facts?.SuggestedStore ?? CaStore.Root;

    /// <summary>The administrator wants it added.</summary>
    public bool IsIncluded { get; set; } = true;

    /// <summary>The Errors that the administrator accepts.</summary>
    public IReadOnlySet<FindingCode> Accepted => _accepted;

    public bool IsCertificate => Item.Facts is not null;

    /// <summary>It is there already.</summary>
    public bool IsDuplicate => Item.IsDuplicateIn(Store);

    /// <summary>It is in the store that fits, and nobody has chosen another for it.</summary>
    public bool IsThereAlready => IsDuplicate && Store == Item.Facts?.SuggestedStore;

    /// <summary>Errors that are not accepted keep it out.</summary>
    public bool IsRefused => Item.ErrorsFor(Store).Any(e => !e.CanOverride || !_accepted.Contains(e.Code));

    /// <summary>It can be added.</summary>
    public bool CanBeAdded => IsCertificate && !IsDuplicate && !IsRefused;

    /// <summary>It will be added.</summary>
    public bool WillBeAdded => IsIncluded && CanBeAdded;

    /// <summary>It deserves a look: an Error or a Warning.</summary>
    public bool NeedsAttention => Item.FindingsFor(Store).Any(f => f.Severity != FindingSeverity.Information);

    public void Accept(FindingCode code, bool accepted)
    {
        if (!accepted)
        {
            _accepted.Remove(code);
            return;
        }

        // What is accepted is wanted; there is no other box for it.
        _accepted.Add(code);
        IsIncluded = true;
    }

    /// <summary>The same choice for the same certificate in a newer inspection.</summary>
    public ItemChoice For(InspectedItem newer)
    {
        var choice = new ItemChoice(newer) { Store = Store, IsIncluded = IsIncluded };
        choice._accepted.UnionWith(_accepted);
        return choice;
    }
}
