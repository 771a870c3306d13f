using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;
using CaPortal.Core.Clients;

namespace CaPortal.Core.Probing;

/// <summary>What the clients say to one case, and the verdict that it comes to.</summary>
/// <param name="panel">The clients.</param>
/// <param name="choice">Which of them.</param>
/// <param name="about">The case.</param>
/// <param name="nameOf">The quoted name of a certificate by its SHA-256; null if it is not known.</param>
internal sealed class ClientAnswers(ClientPanel panel, ClientChoice choice, ClientCase about, Func<string, string?> nameOf)
{
    private IEnumerable<IClientEngine> Counted => panel.Engines.Where(e => panel.Counts(e, choice.Counted));

    /// <summary>The judgement with the clients' word in place of the path's.</summary>
    /// <param name="judgement">What the best path comes to.</param>
    /// <param name="findCure">What makes every client accept it; null if nothing does.</param>
    public TrustJudgement Decide(TrustJudgement judgement, Func<string?> findCure)
    {
        if (!about.HasRoots && !choice.AsksAll)
            return judgement;

        var asked = panel.Engines.Where(e => choice.AsksAll || panel.Counts(e, choice.Counted))
            .Select(engine => (Engine: engine, Opinion: panel.Ask(engine, about)))
            .ToList();
        judgement = judgement with { Clients = [.. asked.Select(a => JudgementOf(a.Engine, a.Opinion))] };
        var counted = asked.Where(a => a.Opinion is not null && panel.Counts(a.Engine, choice.Counted)).ToList();
        var refusing = counted.Where(a => !a.Opinion!.Answer.IsAccepted).ToList();
        if (counted.Count == 0 || (refusing.Count == counted.Count && judgement.Verdict != TrustVerdict.Trusted))
            return judgement;
        if (refusing.Count == 0)
        {
            return judgement.Verdict == TrustVerdict.Trusted ? judgement
                : judgement with { Verdict = TrustVerdict.Trusted, Message = TrustedMessage(judgement), Advice = null, TrustableSha256 = null, Missing = null };
        }

        var first = refusing[0].Opinion!;
        var accepting = counted.Except(refusing).Select(a => a.Engine.Title).ToList();
        var beyond = judgement.Verdict == TrustVerdict.Trusted && accepting.Count == 0 ? BeyondClients(judgement, first.Answer) : null;
        var reason = judgement.Verdict != TrustVerdict.Trusted ? judgement.Message.TrimEnd('.') : beyond?.Reason ?? ReasonOf(first);
        return judgement with
        {
            Verdict = accepting.Count > 0 ? TrustVerdict.DependsOnClient : beyond is null ? VerdictOf(first.Answer.Problem!.Value) : TrustVerdict.WeakSignature,
            Message = MessageOf(accepting, [.. refusing.Select(r => r.Engine.Title)], reason),
            Advice = findCure() ?? judgement.Advice ?? beyond?.Advice ?? ClientWords.Advice(first.Answer, accepting.Count > 0, nameOf),
            Path = judgement.Verdict == TrustVerdict.Trusted ? Marked(judgement.Path, first.Answer.Sha256, $"Clients refuse it: {reason}.") : judgement.Path,
        };
    }

    /// <summary>Whether every client that counts, and answers, accepts another case.</summary>
    public bool AreAcceptedByAll(ClientCase other) =>
        other.HasRoots && Counted.Select(e => panel.Ask(e, other)).OfType<ClientOpinion>().All(o => o.Answer.IsAccepted);

    private static string TrustedMessage(TrustJudgement judgement) => judgement.Anchor is { Facts: var anchor }
        ? $"Trusted: the chain ends at {Texts.Quote(anchor.Name)}."
        : "Trusted: every client that counts accepts the chain.";

    private static string MessageOf(List<string> accepting, List<string> refusing, string reason)
    {
        var refuse = $"{ClientWords.List(refusing)} {(refusing.Count == 1 ? "refuses" : "refuse")} it: {reason}.";
        return accepting.Count == 0 ? refuse : $"{ClientWords.List(accepting)} {(accepting.Count == 1 ? "accepts" : "accept")} it, {refuse}";
    }

    /// <summary>
    /// What clients take for a wrong signature or a missing issuer may be an algorithm that they do not have; null if this is
    /// not so.
    /// </summary>
    private static (string Reason, string Advice)? BeyondClients(TrustJudgement judgement, ClientAnswer answer)
    {
        if (answer.Problem is not (ClientProblem.NoIssuer or ClientProblem.Signature or ClientProblem.Unsupported)
            || judgement.Path.Select(p => p.Facts).OfType<CertificateFacts>().FirstOrDefault(IsExotic) is not { } exotic)
        {
            return null;
        }

        return (
            $"nothing on this machine can use the algorithms of {Texts.Quote(exotic.Name)} ({DisplayText.Shorten(exotic.KeyAlgorithm)}, "
                + $"{DisplayText.Shorten(exotic.SignatureAlgorithm)})",
            "Use certificates with RSA or EC keys, or update the system's cryptographic library.");
    }

    private static bool IsExotic(CertificateFacts facts) =>
        facts.KeyAlgorithm is not ("RSA" or "EC")
        || !(facts.SignatureAlgorithm.Contains("RSA", StringComparison.Ordinal) || facts.SignatureAlgorithm.Contains("ECDSA", StringComparison.Ordinal));

    private static IReadOnlyList<PathCertificate> Marked(IReadOnlyList<PathCertificate> path, string? sha256, string problem) =>
        [.. path.Select(p => p.Sha256 == sha256 ? p with { Problems = [.. p.Problems, problem] } : p)];

    private ClientJudgement JudgementOf(IClientEngine engine, ClientOpinion? opinion)
    {
        var message = opinion switch
        {
            null => engine.Version is null ? "It is not on this machine, so it is not asked." : "It gave no answer.",
            { Answer.IsAccepted: true } => "It accepts the server.",
            _ => $"It refuses the server: {ReasonOf(opinion)}.",
        };
        return new ClientJudgement(
            engine.Name,
            engine.Title,
            engine.Programs,
            engine.Version,
            panel.Counts(engine, choice.Counted),
            opinion?.Answer.IsAccepted,
            message)
        {
            Problem = opinion?.Answer.Problem,
            Remark = choice.AsksAll && opinion is { Answer.IsAccepted: true } && NeedsIntermediates(engine)
                ? "It takes an intermediate from the list, which the server does not send."
                : null,
        };
    }

    private bool NeedsIntermediates(IClientEngine engine) =>
        about.Question.Intermediates.Count > 0 && panel.Ask(engine, about.WithRootsAlone()) is { Answer.IsAccepted: false };

    private string ReasonOf(ClientOpinion opinion)
    {
        var reason = ClientWords.Reason(opinion.Answer, nameOf);
        return opinion.DependsOnOrder ? $"{reason}, depending on which of the CA certificates of one name is taken first" : reason;
    }

    private static TrustVerdict VerdictOf(ClientProblem problem) => problem switch
    {
        ClientProblem.NoIssuer => TrustVerdict.UnknownIssuer,
        ClientProblem.UntrustedRoot => TrustVerdict.UntrustedRoot,
        ClientProblem.Signature or ClientProblem.WeakSignature => TrustVerdict.WeakSignature,
        ClientProblem.Expired => TrustVerdict.Expired,
        ClientProblem.NotYetValid => TrustVerdict.NotYetValid,
        ClientProblem.Name => TrustVerdict.NameMismatch,
        ClientProblem.NameConstraint => TrustVerdict.NameConstraint,
        ClientProblem.PathLength or ClientProblem.TooLong => TrustVerdict.PathLength,
        ClientProblem.WeakKey => TrustVerdict.WeakKey,
        ClientProblem.Purpose => TrustVerdict.NotForServerAuth,
        _ => TrustVerdict.UnusableCertificate,
    };
}
