using System.Security.Cryptography;
using System.Text;
using CaPortal.Core.Checks;
using CaPortal.Core.Formats;
using CaPortal.Core.Probing;

namespace CaPortal.Core.BackEnds;

/// <summary>Checks whether an address gave the issuer that is missing. Nobody vouches for such an address.</summary>
internal sealed class FetchedIssuers(CertificateReader reader, ChainJudge judge)
{
    /// <summary>More than one chain has.</summary>
    private const int MaxIssuers = 16;

    private const string Advice = "Nothing is offered; ask the owner of the CA for the right certificate.";

    /// <summary>Leaves of a file the issuer and what issued that in turn, else says why nothing of it is offered.</summary>
    /// <param name="fetched">A file that was fetched.</param>
    /// <param name="issued">The certificate whose issuer is missing.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IssuerFetch> CheckAsync(IssuerFetch fetched, PresentedCertificate issued, CancellationToken cancellationToken)
    {
        if (fetched.Content is not { } content)
            return fetched;
        var items = (await reader.ReadAsync(content, null, cancellationToken)).Items;
        var certificates = items
            .Where(i => i.Facts is not null)
            .Select(i => new PresentedCertificate(i.Facts!.Sha256, i.Der, i.Facts))
            .DistinctBy(c => c.Sha256)
            .ToList();
        if (certificates.Count == 0)
            return new IssuerFetch(null, $"What the address gave holds no certificate. {Advice}");

        var issuers = await Task.Run(() => IssuersOf(issued, certificates), cancellationToken);
        if (issuers.Count == 0)
            return new IssuerFetch(
                null,
                $"What the address gave is {Names(certificates)}, which did not issue {Texts.Quote(issued.Facts?.Name ?? "")}. {Advice}");

        // What is beside them in the file has nothing to do with the chain, and would be offered with them.
        return issuers.Count == items.Count
            ? fetched
            : fetched with
            {
                Content = Encoding.ASCII.GetBytes(string.Join('\n', issuers.Select(c => PemEncoding.WriteString("CERTIFICATE", c.Der.Span)))),
            };
    }

    private List<PresentedCertificate> IssuersOf(PresentedCertificate issued, List<PresentedCertificate> certificates)
    {
        var found = new List<PresentedCertificate>();
        var left = new Queue<PresentedCertificate>([issued]);
        while (found.Count < MaxIssuers && left.TryDequeue(out var below))
        {
            foreach (var issuer in certificates
                    .Where(c => c.Sha256 != below.Sha256 && !found.Contains(c) && judge.IsIssuedBy(below, c))
                    .Take(MaxIssuers - found.Count)
                    .ToList())
            {
                found.Add(issuer);
                left.Enqueue(issuer);
            }
        }

        return found;
    }

    private static string Names(List<PresentedCertificate> certificates) =>
        Texts.Quote(certificates[0].Facts!.Name) + (certificates.Count == 1 ? "" : $" and {certificates.Count - 1:N0} more");
}
