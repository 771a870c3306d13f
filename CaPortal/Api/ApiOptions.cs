using Microsoft.Extensions.Options;

namespace CaPortal.Api;

/// <summary>Settings of the API: the section <c>CaPortal:Api</c>.</summary>
internal sealed class ApiOptions
{
    public const string Section = "CaPortal:Api";

    /// <summary>Uploads of one account that are worked on at a time.</summary>
    public int ConcurrentUploads { get; set; } = 4;

    /// <summary>Uploads of one account that wait for their turn; beyond it they are refused.</summary>
    public int QueuedUploads { get; set; } = 32;

    /// <summary>Requests of one account in a minute that make the portal connect to servers; beyond it they are refused.</summary>
    public int ProbesPerMinute { get; set; } = 60;

    internal sealed class Validator : IValidateOptions<ApiOptions>
    {
        public ValidateOptionsResult Validate(string? name, ApiOptions options)
        {
            List<string> failures = [];
            if (options.ConcurrentUploads < 1)
                failures.Add($"{Section}:{nameof(ConcurrentUploads)} must be 1 or more.");
            if (options.QueuedUploads < 0)
                failures.Add($"{Section}:{nameof(QueuedUploads)} must be 0 or more.");
            if (options.ProbesPerMinute < 1)
                failures.Add($"{Section}:{nameof(ProbesPerMinute)} must be 1 or more.");
            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }
    }
}
