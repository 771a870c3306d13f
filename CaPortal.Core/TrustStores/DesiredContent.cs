using System.Collections.Frozen;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores;

/// <summary>What one trust store must hold: the one place that decides it.</summary>
/// <param name="Install">What must be there.</param>
/// <param name="Withdraw">What must not be there.</param>
/// <param name="LeftOut">What it leaves out, because programs that read it would stop, or have no use for it.</param>
internal sealed record DesiredContent(FrozenSet<CaCertificateKey> Install, FrozenSet<CaCertificateKey> Withdraw, IReadOnlyList<CaCertificateKey> LeftOut)
{
    private FrozenSet<CaCertificateKey> _takenBack = FrozenSet<CaCertificateKey>.Empty;

    /// <summary>What it must hold after all attempts, what was taken out again included.</summary>
    public IEnumerable<CaCertificateKey> Expected => Install.Concat(_takenBack);

    /// <summary>
    /// Whether a trust store leaves a certificate out that it holds by its store: one in a shared file would stop the programs that
    /// read the file.
    /// </summary>
    /// <param name="isShared">Several programs read the whole of it: <see cref="ITrustStore.IsShared"/>.</param>
    /// <param name="breaksReaders">The certificate has a finding of <see cref="Finding.KeptOutOfSharedFiles"/>.</param>
    public static bool LeavesOut(bool isShared, bool breaksReaders) => isShared && breaksReaders;

    /// <summary>What it must hold of a desired state.</summary>
    public static DesiredContent Of(ITrustStore store, DesiredState desired)
    {
        var held = desired.Certificates.Where(k => store.Holds(k.Store)).ToList();
        var leftOut = held.Where(k => LeavesOut(store.IsShared, desired.BreaksReaders.Contains(k))).ToList();
        var takenBack = held.Except(leftOut).Where(k => desired.TakenBack.Contains((store.Name, k))).ToFrozenSet();
        return new(
            held.Except(leftOut).Except(takenBack).ToFrozenSet(),
            desired.Withdrawn.Where(k => store.Holds(k.Store) && !desired.Certificates.Contains(k)).Concat(leftOut).Concat(takenBack).ToFrozenSet(),
            leftOut)
        {
            _takenBack = takenBack,
        };
    }

    /// <summary>As if what was taken out again were not wanted: whether nothing is left that can be done.</summary>
    public DesiredContent WithoutTakenBack() => this with { _takenBack = FrozenSet<CaCertificateKey>.Empty };

    /// <summary>Without those that cannot be loaded by the programs that read the trust store, so that one of them does not keep out the others.</summary>
    public DesiredContent Without(FrozenSet<CaCertificateKey> refused) => refused.Count == 0
        ? this
        : this with { Install = Install.Where(k => !refused.Contains(k)).ToFrozenSet(), LeftOut = [.. LeftOut, .. refused] };

    /// <summary>The state of a trust store that holds what was found.</summary>
    public TrustStoreOutcome Judge(ITrustStore store, TrustStoreSnapshot found)
    {
        var missing = Install.Where(k => !found.Keeps(k)).ToList();
        var left = Withdraw.Where(found.Certificates.Contains).ToList();
        var expected = SetHash.Of(Expected);
        var observed = SetHash.Of(Install.Where(found.Keeps).Concat(left.Where(k => !_takenBack.Contains(k))));
        return new TrustStoreOutcome
        {
            Name = store.Name,
            Title = store.Title,
            Result = observed == expected ? TrustStoreResult.Installed : TrustStoreResult.Failed,
            Missing = [.. missing, .. _takenBack],
            Left = left,
            LeftOut = LeftOut,
            ExpectedHash = expected,
            ObservedHash = observed,
            Error = DifferenceOf(missing.Count(k => !found.Passing.Contains(k)), missing.Count(found.Passing.Contains), left.Count, _takenBack.Count),
            Advice =
                missing.Count + left.Count > 0 ? "Press Repair in Settings; if it stays so, find out which other program changes this trust store."
                : _takenBack.Count > 0
                    ? "The activity log names the program. Delete what was added last and add it one file at a time, to find the one that it cannot read; "
                        + "Repair in Settings tries all again."
                : null,
        };
    }

    private static string? DifferenceOf(int missing, int passing, int left, int takenBack)
    {
        string?[] sentences =
        [
            takenBack > 0
                ? $"A program could not open this trust store after {Certificates(takenBack)} had been added, "
                    + $"so {(takenBack == 1 ? "it was" : "they were")} taken out again."
                : null,
            missing > 0 ? $"{Certificates(missing)} that should be there could not be found when it was read." : null,
            passing switch
            {
                0 => null,
                1 => "1 certificate that should be there is in a form that some programs pass over, or in no file any more, so that it will not stay.",
                _ =>
                    $"{Certificates(passing)} that should be there are in a form that some programs pass over, or in no file any more, "
                        + "so that they will not stay.",
            },
            left > 0 ? $"{Certificates(left)} that should be gone could still be found when it was read." : null,
        ];
        var text = string.Join(' ', sentences.OfType<string>());
        return text.Length > 0 ? text : null;
    }

    private static string Certificates(int count) => count == 1 ? "1 certificate" : $"{count} certificates";
}
