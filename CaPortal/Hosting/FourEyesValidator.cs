using CaPortal.Authentication;
using CaPortal.Core;
using CaPortal.Core.Approvals;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>Refuses four eyes where all administrators are the same person to the portal.</summary>
internal sealed class FourEyesValidator(IConfiguration configuration) : IValidateOptions<CoreOptions>
{
    private const string Setting = $"{CoreOptions.Section}:{nameof(CoreOptions.FourEyes)}:{nameof(FourEyesOptions.Enabled)}";

    public ValidateOptionsResult Validate(string? name, CoreOptions options) =>
        options.FourEyes.Enabled && !EntraOptions.IsConfigured(configuration)
            ? ValidateOptionsResult.Fail(
                $"{Setting} needs people who can be told apart: with the sign-in link everybody is the same local administrator, "
                    + "so nobody could approve a change. "
                    + $"Set up Microsoft Entra ID ({EntraOptions.Section}:*), or set {Setting} to false.")
            : ValidateOptionsResult.Success;
}
