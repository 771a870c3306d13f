using CaPortal.Core.Clients;

namespace CaPortal.Core.Probing;

/// <summary>What clients that are not on this machine refuse about a certificate of a chain; see <see cref="ClientRestrictions"/>.</summary>
/// <param name="Sha256">SHA-256 of the certificate.</param>
/// <param name="Name">Its name. Untrusted text.</param>
/// <param name="Clients">Who refuses it, in words.</param>
/// <param name="Message">One sentence: who refuses it, and why.</param>
/// <param name="Advice">One sentence: what to do.</param>
public sealed record ChainRestriction(string Sha256, string Name, IReadOnlyList<string> Clients, string Message, string Advice)
{
    /// <summary>What the table knows of a chain, without the clients that have been asked themselves.</summary>
    /// <param name="path">The chain, the server's certificate first.</param>
    /// <param name="asked">What the clients on this machine say.</param>
    internal static IReadOnlyList<ChainRestriction> Of(ChainPath path, IReadOnlyList<ClientJudgement> asked)
    {
        var answered = asked.Where(c => c.IsAccepted is not null).Select(c => c.Title.Split(' ')[0]).ToList();
        return
        [
            .. path.Links.SelectMany(
                (link, i) =>
                    ClientRestrictions
                        .Of(link.Facts, link.Certificate.Encoded, i == 0 ? CertificateRole.Server : CertificateRole.Ca)
                        .Where(r => r.Clients.Any(c => !answered.Exists(a => c.StartsWith(a, StringComparison.Ordinal))))
                        .Select(r => new ChainRestriction(link.Facts.Sha256, link.Facts.Name, r.Clients, r.Message, r.Advice))),
        ];
    }
}
