using System.Text.Encodings.Web;

namespace CaPortal.Core.Certificates;

/// <summary>
/// Writes texts in JSON so that a person who looks at them sees all of them. Letters of every language stay as they are. What
/// <see cref="DisplayText"/> shows as its code point is written as <c>\u202E</c>. A program reads the text unchanged.
/// </summary>
public sealed class VisibleJsonEncoder : JavaScriptEncoder
{
    private VisibleJsonEncoder()
    {
    }

    /// <summary>The only one.</summary>
    public static VisibleJsonEncoder Instance { get; } = new();

    /// <inheritdoc/>
    public override int MaxOutputCharactersPerInputCharacter => Default.MaxOutputCharactersPerInputCharacter;

    /// <inheritdoc/>
    public override bool WillEncode(int unicodeScalar) => UnsafeRelaxedJsonEscaping.WillEncode(unicodeScalar) || DisplayText.IsInvisible(unicodeScalar);

    /// <inheritdoc/>
    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var first = UnsafeRelaxedJsonEscaping.FindFirstCharacterToEncode(text, textLength);

        // What is before it has no surrogates: those are always encoded.
        for (var i = 0; i < (first < 0 ? textLength : first); i++)
            if (!char.IsAscii(text[i]) && DisplayText.IsInvisible(text[i]))
                return i;
        return first;
    }

    /// <inheritdoc/>
    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten) =>
        (DisplayText.IsInvisible(unicodeScalar) ? Default : UnsafeRelaxedJsonEscaping).TryEncodeUnicodeScalar(
            unicodeScalar,
            buffer,
            bufferLength,
            out numberOfCharactersWritten);
}
