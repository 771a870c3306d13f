using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>Whether now is within the validity (RFC 5280 §4.1.2.5), and for how long.</summary>
internal sealed class ValidityCheck : ICertificateCheck
{
    public string Subject => "validity";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context)
    {
        var facts = certificate.Facts;
        var now = context.Now.UtcDateTime;
        if (now < facts.NotBefore)
        {
            yield return new Finding(
                FindingCode.NotYetValid,
                FindingSeverity.Error,
                $"This certificate counts only from {Texts.Time(facts.NotBefore)}, in {Texts.Days(facts.NotBefore - now)}; "
                    + "until then programs refuse what it issued.",
                "Check the clock of this machine, or add it now with a reason if you are preparing a roll-over.");
        }

        if (now > facts.NotAfter)
        {
            yield return new Finding(
                FindingCode.Expired,
                FindingSeverity.Error,
                $"This certificate expired on {Texts.Time(facts.NotAfter)}, {Texts.Days(now - facts.NotAfter)} ago, and programs refuse what it issued.",
                "Ask the issuer for its successor and add that instead.");
        }
        else if (ExpiresSoon(facts.NotAfter, facts.NotAfter - now) is { } finding)
        {
            yield return finding;
        }
    }

    private static Finding? ExpiresSoon(DateTime notAfter, TimeSpan left)
    {
        var message = $"This certificate expires on {Texts.Time(notAfter)}, in {Texts.Days(left)}";
        return left.TotalDays switch
        {
            <= 10 => Warning($"{message}: connections that depend on it are about to fail.", "Replace it now: ask the issuer for its successor today."),
            <= 30 => Warning($"{message}; then connections that depend on it fail.", "Plan its replacement this week: ask the issuer for its successor."),
            <= CertificateFacts.ExpiresSoonDays => Warning($"{message}.", "Ask the issuer whether there is a successor, and add it before then."),
            _ => null,
        };

        static Finding Warning(string message, string advice) => new(FindingCode.ExpiresSoon, FindingSeverity.Warning, message, advice);
    }
}
