using Microsoft.Extensions.Options;
using MimeKit;

namespace CaPortal.Core.Alerts;

/// <summary>Refuses settings with which no alert could be delivered.</summary>
internal sealed class AlertSettingsValidator : IValidateOptions<CoreOptions>
{
    private const string Webhook = $"{CoreOptions.Section}:{nameof(CoreOptions.Alerts)}:{nameof(AlertOptions.Webhook)}";
    private const string Email = $"{CoreOptions.Section}:{nameof(CoreOptions.Alerts)}:{nameof(AlertOptions.Email)}";

    /// <summary>A shorter one can be guessed from a single message.</summary>
    private const int MinSecretLength = 16;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, CoreOptions options)
    {
        var errors = Errors(options.Alerts.Webhook).Concat(Errors(options.Alerts.Email)).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    // No value is repeated: an address may hold a secret as well as a password does.
    private static IEnumerable<string> Errors(WebhookOptions webhook)
    {
        if (webhook.Url.Length == 0)
        {
            if (webhook.Secret.Length > 0)
                yield return $"{Webhook}:{nameof(webhook.Secret)} is set, but no address. Set {Webhook}:{nameof(webhook.Url)}, or remove it.";
            yield break;
        }

        if (!Uri.TryCreate(webhook.Url, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp))
            yield return $"{Webhook}:{nameof(webhook.Url)} must be a whole web address, for example https://chat.example.org/hooks/caportal.";
        else if (url.UserInfo.Length > 0)
            yield return $"{Webhook}:{nameof(webhook.Url)} must not have a user name or password in it. "
                + $"Set {Webhook}:{nameof(webhook.Secret)}, with which requests are signed.";
        if (webhook.Secret.Length is > 0 and < MinSecretLength)
            yield return $"{Webhook}:{nameof(webhook.Secret)} must have at least {MinSecretLength} characters.";
    }

    private static IEnumerable<string> Errors(EmailOptions email)
    {
        if (email.Host.Length == 0)
        {
            if (email.Port != 0 || email.UserName.Length + email.Password.Length + email.From.Length + email.To.Length > 0)
                yield return $"{Email}:{nameof(email.Host)} is missing. Set it to the name of the mail server, or remove the other settings of {Email}.";
            yield break;
        }

        if (Uri.CheckHostName(email.Host) == UriHostNameType.Unknown)
            yield return $"{Email}:{nameof(email.Host)} must be the name or IP address of the mail server alone, for example mail.example.org.";
        if (email.Port is < 0 or > 65535)
            yield return $"{Email}:{nameof(email.Port)} must be a number from 1 to 65535.";
        if (!MailboxAddress.TryParse(email.From, out var from) || !IsWhole(from))
            yield return $"{Email}:{nameof(email.From)} must be an e-mail address, for example caportal@example.org.";
        if (!InternetAddressList.TryParse(email.To, out var to) || to.Count == 0 || !to.All(a => a is MailboxAddress mailbox && IsWhole(mailbox)))
            yield return $"{Email}:{nameof(email.To)} must be one e-mail address or several with commas between.";
        if (email.Password.Length > 0 && email.UserName.Length == 0)
            yield return $"{Email}:{nameof(email.Password)} is set, but no {Email}:{nameof(email.UserName)}.";
        if (email.UserName.Length > 0 && email.Security == EmailSecurity.None)
            yield return $"{Email}:{nameof(email.Security)} must not be None where {Email}:{nameof(email.UserName)} is set: "
                + "the password would be sent for everybody to read.";
    }

    private static bool IsWhole(MailboxAddress mailbox) => mailbox.Address.IndexOf('@') is > 0 and var at && at < mailbox.Address.Length - 1;
}
