using System.Buffers;
using System.Text;

namespace CaPortal.Core.Certificates;

/// <summary>Comparing distinguished names and making them safe to show.</summary>
public static class DistinguishedNames
{
    /// <summary>What keeps a value in quotation marks in the form of <see cref="CertificateFacts.Subject"/>, white space at its ends aside.</summary>
    private static readonly SearchValues<char> QuotedCharacters = SearchValues.Create(",+=\"<>#;");

    /// <summary>
    /// The form in which two names are compared, as RFC 5280 §7.1 asks. Case is folded, white space around values is left
    /// out, runs of white space become one space, accents are composed. The string types of the two encodings do not matter.
    /// </summary>
    /// <param name="name">A name in the form of <see cref="CertificateFacts.Subject"/>, or a key.</param>
    public static string MatchKey(string name)
    {
        var key = new StringBuilder(name.Length);
        foreach (var c in Composed(name).AsSpan().Trim())
        {
            if (!char.IsWhiteSpace(c))
                key.Append(char.ToUpperInvariant(c));
            else if (key.Length > 0 && key[^1] != ' ')
                key.Append(' ');
        }

        return TrimValues(key.ToString());
    }

    /// <summary>A value with white space at an end is in quotation marks for that alone; others stay as they are.</summary>
    private static string TrimValues(string key)
    {
        if (!key.Contains("=\" ", StringComparison.Ordinal) && !key.Contains(" \"", StringComparison.Ordinal))
            return key;

        var trimmed = new StringBuilder(key.Length);
        for (var i = 0; i < key.Length; i++)
        {
            trimmed.Append(key[i]);
            if (key[i] != '=' || i + 1 == key.Length || key[i + 1] != '"')
                continue;

            // A quotation mark inside is written twice.
            var end = i + 2;
            while (end < key.Length && (key[end] != '"' || (end + 1 < key.Length && key[end + 1] == '"')))
                end += key[end] == '"' ? 2 : 1;
            var value = key[(i + 2)..Math.Min(end, key.Length)];
            var isQuoted = value.Trim(' ') == value || value.Trim(' ') is "" || value.AsSpan().ContainsAny(QuotedCharacters);
            trimmed.Append(isQuoted ? $"\"{value.Trim(' ')}\"" : value.Trim(' '));
            i = end;
        }

        return trimmed.ToString();
    }

    private static string Composed(string name)
    {
        try
        {
            return Ascii.IsValid(name) ? name : name.Normalize();
        }
        catch (ArgumentException)
        {
            return name; // Halves of characters, which have no other form.
        }
    }
}
