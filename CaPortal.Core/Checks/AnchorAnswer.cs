using CaPortal.Core.Certificates;
using CaPortal.Core.Clients;

namespace CaPortal.Core.Checks;

/// <summary>What an answer to <see cref="AnchorQuestion"/> says of the CA certificate itself.</summary>
/// <param name="Reason">Why the client refuses it; null if it takes it, or refuses something that another check looks at.</param>
/// <param name="IsUnknownKey">It does not know the algorithm of the key, which its later versions may.</param>
internal readonly record struct AnchorAnswer(string? Reason, bool IsUnknownKey)
{
    public static AnchorAnswer Of(ClientAnswer answer, CheckedCertificate certificate)
    {
        var facts = certificate.Facts;
        if (answer.Sha256 is { } at && at != facts.Sha256)
        {
            // It does not take a certificate for an issuer if it cannot read its key.
            return answer.Problem == ClientProblem.NoIssuer && !IsOrdinary(facts) && CaCheck.WhyNotACa(facts) is null
                ? new($"its key is of the algorithm {DisplayText.Shorten(facts.KeyAlgorithm)}, which they do not know", IsUnknownKey: true)
                : default;
        }

        return answer.Problem is ClientProblem.Malformed or ClientProblem.Unsupported ? new(answer.Reason, false) : default;
    }

    private static bool IsOrdinary(CertificateFacts facts) =>
        facts.KeyAlgorithm is "EC" or "DSA" || facts.KeyAlgorithm.StartsWith("RSA", StringComparison.Ordinal);
}
