namespace CaPortal.Core.Clients.OpenSsl;

/// <summary>What the errors of <c>X509_verify_cert</c> mean (openssl/x509_vfy.h: <c>X509_V_ERR_...</c>, whose numbers never change).</summary>
internal static class OpenSslErrors
{
    /// <summary>The kind of an error.</summary>
    public static ClientProblem ProblemOf(int error) => error switch
    {
        2 or 20 or 21 or 29 or 30 or 31 or 33 => ClientProblem.NoIssuer,
        18 or 19 or 27 or 28 => ClientProblem.UntrustedRoot,
        4 or 7 => ClientProblem.Signature,
        10 => ClientProblem.Expired,
        9 => ClientProblem.NotYetValid,
        62 or 64 => ClientProblem.Name,
        24 or 26 or 32 or 37 or 39 or 79 => ClientProblem.Purpose,
        47 or 48 or 49 or 51 or 52 or 53 => ClientProblem.NameConstraint,
        22 or 25 or 38 => ClientProblem.PathLength,
        68 => ClientProblem.WeakSignature,
        66 or 67 => ClientProblem.WeakKey,
        6 or 34 or 76 or 77 => ClientProblem.Unsupported,
        8 or 13 or 14 or 40 or 41 or 50 or 70 or (>= 80 and <= 94) => ClientProblem.Malformed,
        _ => ClientProblem.Other,
    };
}
