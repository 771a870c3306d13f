using CaPortal.Components.Shared;
using CaPortal.Core.Certificates;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Certificates;

/// <summary>The fingerprints of a certificate in the form that somebody compares them in, and the comparison itself.</summary>
public sealed partial class Fingerprints
{
    private const string Memory = "fingerprints.form";

    private FingerprintForm _form;
    private string? _given;
    private string? _answer;
    private bool? _isSame;

    [Inject]
    public required BrowserInterop Browser { get; init; }

    /// <summary>The certificate's facts.</summary>
    [Parameter, EditorRequired]
    public required CertificateFacts Facts { get; set; }

    private string Sha256 => FingerprintText.Of(Facts.Sha256, _form);

    private string Sha1 => FingerprintText.Of(Facts.Thumbprint, _form);

    private string Pin => FingerprintText.PinOf(Facts.PublicKeySha256);

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender || KebabCase.Parse<FingerprintForm>(await Browser.RecallAsync(Memory)) is not { } form || form == _form)
            return;
        _form = form;
        StateHasChanged();
    }

    private async Task ChooseAsync(FingerprintForm form)
    {
        _form = form;
        await Browser.RememberAsync(Memory, KebabCase.Of(form));
    }

    private void Compare(string? given)
    {
        _given = given;
        (_isSame, _answer) = string.IsNullOrWhiteSpace(given) ? (null, null) : Judge(FingerprintText.DigitsOf(given));
    }

    private (bool?, string) Judge(string? digits) =>
        digits is null ? (null, "That is not a fingerprint. It has 64 hexadecimal digits (SHA-256) or 40 (SHA-1).")
        : digits == Facts.Sha256 ? (true, "It is this certificate.")
        : digits == Facts.PublicKeySha256 ? (true, "It is the public key of this certificate.")
        : digits.Equals(Facts.Thumbprint, StringComparison.OrdinalIgnoreCase)
            ? (true, "It is this certificate, by its SHA-1. A SHA-1 can be forged: compare the SHA-256 where you can.")
        : (false, "It is another certificate.");

    private static string LabelOf(FingerprintForm form) => $"{FingerprintText.Of("A1B2", form)}, " + form switch
    {
        FingerprintForm.Colons => "with colons",
        FingerprintForm.Upper => "capital letters",
        _ => "small letters",
    };

    private static string TitleOf(FingerprintForm form) => form switch
    {
        FingerprintForm.Colons => "As OpenSSL, Java and browsers write it",
        FingerprintForm.Upper => "As Windows and Azure write it",
        _ => "As most command-line tools write it",
    };
}
