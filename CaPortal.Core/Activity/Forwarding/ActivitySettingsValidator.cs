using Microsoft.Extensions.Options;

namespace CaPortal.Core.Activity.Forwarding;

/// <summary>Refuses settings with which no entry of the activity log could be forwarded.</summary>
internal sealed class ActivitySettingsValidator : IValidateOptions<CoreOptions>
{
    private const string Section = $"{CoreOptions.Section}:{nameof(CoreOptions.Activity)}";

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, CoreOptions options)
    {
        var errors = Errors(options, options.Activity).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> Errors(CoreOptions options, ActivityOptions activity)
    {
        const string file = $"{Section}:{nameof(ActivityOptions.File)}";
        if (activity.File.Length > 0)
        {
            if (!Path.IsPathFullyQualified(activity.File)
                || activity.File.Contains('\0', StringComparison.Ordinal)
                || Path.EndsInDirectorySeparator(activity.File)
                || Directory.Exists(activity.File))
                yield return $"{file} must be the whole path of a file, for example /var/log/caportal/activity.jsonl.";
            else if (Path.GetFullPath(activity.File) is var path && (path == options.ActivityKeyFile || path == options.ActivityEndFilePath))
                yield return $"{file} must not be a file that the activity log itself needs. Choose another one.";
        }

        if (activity.Syslog.Length > 0 && SyslogTarget.Parse(activity.Syslog) is null)
            yield return $"{Section}:{nameof(ActivityOptions.Syslog)} must be udp://host:514, tcp://host:601 or unix:/dev/log, "
                + "with the name or IP address of the syslog server or the path of its socket.";
    }
}
