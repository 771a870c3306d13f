using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace CaPortal.Core;

/// <summary>The address at which people open the portal, where a setting says it: <see cref="CoreOptions.PublicUrl"/>.</summary>
internal static partial class PublicUrl
{
    // What is sent in headers and cookies as it is: no other character needs a place in a path that an administrator chooses.
    [GeneratedRegex("^(/[A-Za-z0-9._~-]+)*/?$")]
    private static partial Regex PlainPath();

    /// <summary>The address in a text, with a slash at its end; null where that is none.</summary>
    internal static Uri? Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url.UserInfo.Length == 0 && !text.Contains('?', StringComparison.Ordinal) && !text.Contains('#', StringComparison.Ordinal)
        && PlainPath().IsMatch(url.AbsolutePath)
            ? new($"{url.AbsoluteUri.TrimEnd('/')}/")
            : null;

    /// <summary>Refuses a setting that is no such address. It is not repeated, because a password may be in it.</summary>
    internal sealed class Validator : IValidateOptions<CoreOptions>
    {
        /// <inheritdoc/>
        public ValidateOptionsResult Validate(string? name, CoreOptions options) =>
            options.PublicUrl.Length == 0 || options.ResolvedPublicUrl is not null
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail(
                    $"{CoreOptions.Section}:{nameof(CoreOptions.PublicUrl)} must be the whole http or https address at which people open the portal, "
                        + "without a user name, query or fragment, and with a path of letters, digits and . "
                        + "_ ~ - at most, for example https://portal.corp/caportal/.");
    }
}
