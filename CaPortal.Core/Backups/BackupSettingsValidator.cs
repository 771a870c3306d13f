using Microsoft.Extensions.Options;

namespace CaPortal.Core.Backups;

/// <summary>Refuses settings with which no backup could be taken.</summary>
internal sealed class BackupSettingsValidator : IValidateOptions<CoreOptions>
{
    private const string Section = $"{CoreOptions.Section}:{nameof(CoreOptions.Backup)}";

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, CoreOptions options)
    {
        var errors = Errors(options.Backup).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> Errors(BackupOptions backup)
    {
        if (backup.Every != TimeSpan.Zero && (backup.Every < BackupOptions.MinEvery || backup.Every > BackupOptions.MaxEvery))
        {
            yield return $"{Section}:{nameof(backup.Every)} must be zero, for no backup, or a time from {BackupOptions.MinEvery:c} " +
                $"to {BackupOptions.MaxEvery:c}, for example 1.00:00:00 for a day.";
        }

        if (backup.Keep is < 1 or > BackupOptions.MaxKeep)
            yield return $"{Section}:{nameof(backup.Keep)} must be a number from 1 to {BackupOptions.MaxKeep}.";
        Func<object?>[] files = [() => BackupKeys.CertificateOf(backup), () => BackupKeys.PassphraseOf(backup)];
        foreach (var problem in files.Select(ProblemOf).OfType<BackupException>())
            yield return $"{problem.Message} {problem.Advice}";
    }

    private static BackupException? ProblemOf(Func<object?> read)
    {
        try
        {
            read();
            return null;
        }
        catch (BackupException e)
        {
            return e;
        }
    }
}
