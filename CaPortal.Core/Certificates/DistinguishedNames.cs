using System.Text;

namespace CaPortal.Core.Certificates;

/// <summary>Comparing distinguished names and making them safe to show.</summary>
public static class DistinguishedNames
{
    /// <summary>
    /// The form in which two names are compared: case folded and runs of white space made one space, as RFC 5280 §7.1
    /// asks, whatever string types the two encodings use.
    /// </summary>
    /// <param name="name">A name in the form of <see cref="CertificateFacts.Subject"/>.</param>
    public static string MatchKey(string name)
    {
        var key = new StringBuilder(name.Length);
        foreach (var c in name.AsSpan().Trim())
        {
            if (!char.IsWhiteSpace(c))
                key.Append(char.ToUpperInvariant(c));
            else if (key.Length > 0 && key[^1] != ' ')
                key.Append(' ');
        }

        return key.ToString();
    }
}
