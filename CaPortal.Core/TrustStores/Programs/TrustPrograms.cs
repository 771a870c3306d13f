using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores.Programs;

/// <summary>Proves a change by asking the programs that read the trust stores, each in a fresh process.</summary>
public sealed class TrustPrograms(IEnumerable<ITrustProgram> programs, TrustStoreSelection selection, TimeProvider time)
{
    /// <summary>Certificates that each program is asked about at most: a sample is proof enough, and quick.</summary>
    public const int MaxCertificates = 20;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    /// <summary>Whether there is a program that can be asked about an enabled trust store.</summary>
    public bool HaveAny => programs.Any(p => p.IsAvailable && selection.Enabled.Any(p.Reads));

    /// <summary>
    /// Asks every available program about every enabled trust store, all at the same time. If a trust store itself does not
    /// hold a certificate as wanted, no program is asked about it: reconciling has reported that already. Fails only when it
    /// is cancelled.
    /// </summary>
    /// <param name="present">Certificates that must be there.</param>
    /// <param name="absent">Certificates that must be gone.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>One verdict for each program and trust store that have to do with the certificates, in the order of the settings.</returns>
    public async Task<IReadOnlyList<ProgramVerdict>> ProveAsync(
        IReadOnlyCollection<TrustedCertificate> present, IReadOnlyCollection<TrustedCertificate> absent, CancellationToken cancellationToken)
    {
        var verdicts = await Task.WhenAll(
            from store in selection.Enabled
            where store.GetState().IsEnabled
            from program in programs
            where program.IsAvailable && program.Reads(store)
            select ProveAsync(program, store, present, absent, cancellationToken));
        return [.. verdicts.OfType<ProgramVerdict>()];
    }

    private async Task<ProgramVerdict?> ProveAsync(
        ITrustProgram program,
        ITrustStore store,
        IEnumerable<TrustedCertificate> present,
        IEnumerable<TrustedCertificate> absent,
        CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var asked = 0;
        using var timeout = new CancellationTokenSource(Timeout, time);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            var held = (await store.ReadAsync(bound.Token)).Certificates;
            var sample = Sample([.. present.Where(c => held.Contains(c.Key))], [.. absent.Where(c => store.Holds(c.Key.Store) && !held.Contains(c.Key))]);
            if (sample.Count == 0)
                return null;

            asked = sample.Count;
            var (answer, difference) = Judge(program, held, sample, await program.AskAsync(store, sample, bound.Token));
            if (answer == ProgramAnswer.Agrees)
                (answer, difference) = Judge(program, held, sample, await program.AskAboutCombinedAsync(store, sample, bound.Token));
            return Verdict(answer, difference);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Verdict(ProgramAnswer.None, $"{program.Name} gave no answer within {Timeout.TotalSeconds:0} seconds.");
        }
        catch (TrustProgramException exception) when (exception.CannotOpen)
        {
            return Verdict(ProgramAnswer.CannotOpen, $"{exception.Message.TrimEnd('.')}.");
        }
        catch (Exception exception) when (exception is TrustProgramException or IOException or UnauthorizedAccessException)
        {
            return Verdict(ProgramAnswer.None, $"{program.Name} could not be asked: {exception.Message.TrimEnd('.')}.");
        }

        ProgramVerdict Verdict(ProgramAnswer answer, string? detail) => new(program.Name, store.Name, answer, detail, asked, time.GetElapsedTime(started));
    }

    /// <summary>Of each kind half, or more where there are few of the other.</summary>
    private static List<TrustedCertificate> Sample(List<TrustedCertificate> present, List<TrustedCertificate> absent)
    {
        var forPresent = Math.Max(MaxCertificates / 2, MaxCertificates - absent.Count);
        return [.. present.Take(forPresent), .. absent.Take(MaxCertificates - Math.Min(present.Count, forPresent))];
    }

    private static (ProgramAnswer Answer, string? Difference) Judge(
        ITrustProgram program, IReadOnlySet<CaCertificateKey> held, List<TrustedCertificate> asked, IReadOnlyDictionary<CaCertificateKey, bool> answers)
    {
        var wrong = asked.Where(c => answers.TryGetValue(c.Key, out var trusted) && trusted != held.Contains(c.Key)).ToLookup(c => held.Contains(c.Key));
        List<string> sentences = [];
        if (wrong[true].Any())
            sentences.Add($"{program.Name} does not trust {Names(wrong[true])}, which should be trusted now.");
        if (wrong[false].Any())
            sentences.Add($"{program.Name} still trusts {Names(wrong[false])} by another of its lists, such as the operating system's own.");
        var answer = sentences.Count == 0 ? ProgramAnswer.Agrees : wrong[true].Any() ? ProgramAnswer.Differs : ProgramAnswer.TrustsElsewhere;
        return (answer, sentences.Count == 0 ? null : string.Join(' ', sentences));
    }

    private static string Names(IEnumerable<TrustedCertificate> certificates)
    {
        var names = certificates.Select(c => $"'{DisplayText.Shorten(c.Subject)}'").ToList();
        return names.Count <= 3 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(2))} and {names.Count - 2} others";
    }
}
