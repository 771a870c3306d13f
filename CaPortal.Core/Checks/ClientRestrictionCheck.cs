using CaPortal.Core.Certificates;
using CaPortal.Core.Clients;

namespace CaPortal.Core.Checks;

/// <summary>
/// Whether clients take the certificate as an anchor: what the table says of those that are not here, and what those that are here say
/// themselves. What all refuse is of no use to anybody.
/// </summary>
internal sealed class ClientRestrictionCheck(IEnumerable<IClientEngine> engines) : ICertificateCheck
{
    private const string Advice = "Ask the issuer for a certificate that these clients accept, or add it if none of them needs it.";

    /// <summary>What other checks say in their own words.</summary>
    private static readonly HashSet<string> OtherChecks = ["key-dsa", "signature-sha1"];

    /// <summary>The strictest of those that answer in this process, in a fraction of a millisecond: it adds rules to those of the others.</summary>
    private const string Strictest = ClientNames.Python;

    private readonly IClientEngine[] _engines = [.. engines];

    public string Subject => "clients";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context)
    {
        var restrictions = ClientRestrictions.Of(certificate.Facts, certificate.Encoded, CertificateRole.Ca).Where(r => !OtherChecks.Contains(r.Id)).ToList();
        if (restrictions.Find(r => r.IsByAll) is { } byAll)
            return [Unusable($"No client can use this certificate. {byAll.Message}", byAll.Advice)];

        var findings = restrictions.Select(r =>
            Restriction(r.Clients.Any(c => ClientFamilies.MayCount(c, context.CountedClients)), $"{r.Message[..^1]}; so is what it issued.", r.Advice));
        return Ask(certificate, context) switch
        {
            { Code: FindingCode.Unusable } unusable => [unusable],
            { } restriction when restrictions.Count == 0 => [restriction],
            _ => findings,
        };
    }

    private Finding? Ask(CheckedCertificate certificate, CheckContext context)
    {
        // Nobody is given what is malformed, and the others are asked only where the strictest refuses.
        if (!CertificateGrammar.IsKept(certificate.Der) || AnchorQuestion.Of(certificate) is not { } question
            || Array.Find(_engines, e => e.Name == Strictest)?.Ask(question) is not { } strictest || AnchorAnswer.Of(strictest, certificate).Reason is null)
        {
            return null;
        }

        var answers = _engines.Select(e => (Engine: e, Answer: e.Ask(question)))
            .Where(a => a.Answer is not null)
            .Select(a => (a.Engine, Answer: AnchorAnswer.Of(a.Answer!, certificate)))
            .ToList();
        var refusals = answers.Where(a => a.Answer.Reason is not null).ToList();
        var who = string.Join(", ", refusals.Select(a => a.Engine.Title));
        var why = string.Join("; ", refusals.Select(a => a.Answer.Reason).Distinct());
        return refusals.Count == answers.Count && !refusals.Exists(a => a.Answer.IsUnknownKey)
            ? Unusable($"No client on this machine can use this certificate. Refused by {who}: {why}.", Advice)
            : Restriction(
                refusals.Exists(a => context.CountedClients.Contains(a.Engine.Name)),
                $"Refused by {who} on this machine: {why}; so is what it issued.",
                Advice);
    }

    private static Finding Unusable(string message, string advice) => new(FindingCode.Unusable, FindingSeverity.Error, message, advice);

    /// <summary>What no client refuses that counts for a back-end here is worth knowing, and nothing to worry about.</summary>
    private static Finding Restriction(bool mayCount, string message, string advice) =>
        new(FindingCode.ClientRestriction, mayCount ? FindingSeverity.Warning : FindingSeverity.Information, message, advice);
}
