using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores.Readers;

/// <summary>Proves a change by asking the programs that read the trust stores, each in a fresh process.</summary>
public sealed class TrustReaders(IEnumerable<ITrustReader> readers, TrustStoreSelection selection, TimeProvider time)
{
    /// <summary>Certificates that each program is asked about at most: a sample is proof enough, and quick.</summary>
    public const int MostCertificates = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Whether there is a program that can be asked about an enabled trust store.</summary>
    public bool HaveAny => readers.Any(r => r.IsAvailable && selection.Enabled.Any(r.Reads));

    /// <summary>
    /// Asks every available program about every enabled trust store, all at the same time. What a trust store itself
    /// does not hold as wanted is not asked about: reconciling has told that already. Fails for nothing but cancellation.
    /// </summary>
    /// <param name="present">Certificates that are to be there.</param>
    /// <param name="absent">Certificates that are to be gone.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>One verdict for each program and trust store that have to do with the certificates, in the order of the settings.</returns>
    public async Task<IReadOnlyList<ReaderVerdict>> ProveAsync(
        IReadOnlyCollection<TrustedCertificate> present, IReadOnlyCollection<TrustedCertificate> absent, CancellationToken cancellationToken)
    {
        var verdicts = await Task.WhenAll(
            from store in selection.Enabled
            where store.GetState().IsEnabled
            from reader in readers
            where reader.IsAvailable && reader.Reads(store)
            select ProveAsync(reader, store, present, absent, cancellationToken));
        return [.. verdicts.OfType<ReaderVerdict>()];
    }

    private async Task<ReaderVerdict?> ProveAsync(
        ITrustReader reader,
        ITrustStore store,
        IEnumerable<TrustedCertificate> present,
        IEnumerable<TrustedCertificate> absent,
        CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var asked = 0;
        using var timeout = new CancellationTokenSource(Patience, time);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            var held = (await store.ReadAsync(bound.Token)).Certificates;
            var sample = Sample([.. present.Where(c => held.Contains(c.Key))], [.. absent.Where(c => store.Holds(c.Key.Store) && !held.Contains(c.Key))]);
            if (sample.Count == 0)
                return null;

            asked = sample.Count;
            var (answer, difference) = Judge(reader, held, sample, await reader.AskAsync(store, sample, bound.Token));
            return Verdict(answer, difference);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Verdict(ReaderAnswer.None, $"{reader.Name} gave no answer within {Patience.TotalSeconds:0} seconds.");
        }
        catch (TrustReaderException exception) when (exception.CannotOpen)
        {
            return Verdict(ReaderAnswer.CannotOpen, $"{exception.Message.TrimEnd('.')}.");
        }
        catch (Exception exception) when (exception is TrustReaderException or IOException or UnauthorizedAccessException)
        {
            return Verdict(ReaderAnswer.None, $"{reader.Name} could not be asked: {exception.Message.TrimEnd('.')}.");
        }

        ReaderVerdict Verdict(ReaderAnswer answer, string? detail) => new(reader.Name, store.Name, answer, detail, asked, time.GetElapsedTime(started));
    }

    /// <summary>Of each kind half, or more where there are few of the other.</summary>
    private static List<TrustedCertificate> Sample(List<TrustedCertificate> present, List<TrustedCertificate> absent)
    {
        var forPresent = Math.Max(MostCertificates / 2, MostCertificates - absent.Count);
        return [.. present.Take(forPresent), .. absent.Take(MostCertificates - Math.Min(present.Count, forPresent))];
    }

    private static (ReaderAnswer Answer, string? Difference) Judge(
        ITrustReader reader, IReadOnlySet<CaCertificateKey> held, List<TrustedCertificate> asked, IReadOnlyDictionary<CaCertificateKey, bool> answers)
    {
        var wrong = asked.Where(c => answers.TryGetValue(c.Key, out var trusted) && trusted != held.Contains(c.Key)).ToLookup(c => held.Contains(c.Key));
        List<string> sentences = [];
        if (wrong[true].Any())
            sentences.Add($"{reader.Name} does not trust {Names(wrong[true])}, which should be trusted now.");
        if (wrong[false].Any())
            sentences.Add($"{reader.Name} still trusts {Names(wrong[false])} by another of its lists, such as the operating system's own.");
        var answer = sentences.Count == 0 ? ReaderAnswer.Agrees : wrong[true].Any() ? ReaderAnswer.Differs : ReaderAnswer.TrustsElsewhere;
        return (answer, sentences.Count == 0 ? null : string.Join(' ', sentences));
    }

    private static string Names(IEnumerable<TrustedCertificate> certificates)
    {
        var names = certificates.Select(c => $"'{DisplayText.Shorten(c.Subject)}'").ToList();
        return names.Count <= 3 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(2))} and {names.Count - 2} others";
    }
}
