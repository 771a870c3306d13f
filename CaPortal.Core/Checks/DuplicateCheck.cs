using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>
/// Whether this very certificate is under management already. <see cref="FindingCode.Duplicate"/> names the store where it is
/// in <see cref="Finding.Store"/>. If it is in one store alone, <see cref="FindingCode.InOtherStore"/> names the other store,
/// to which it can still be added.
/// </summary>
internal sealed class DuplicateCheck : ICertificateCheck
{
    public string Subject => "duplicates";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context)
    {
        var stores = context.Known.WithSha256(certificate.Facts.Sha256)
            .Where(known => known.Origin == KnownOrigin.Managed)
            .Select(known => known.Store)
            .OfType<CaStore>()
            .Distinct()
            .ToList();

        foreach (var store in stores)
        {
            yield return new Finding(
                FindingCode.Duplicate,
                FindingSeverity.Information,
                $"This certificate is already in {store.DisplayName}, so it is not added there again.",
                Store: store);
        }

        if (stores is [var only])
        {
            yield return new Finding(
                FindingCode.InOtherStore,
                FindingSeverity.Information,
                $"This certificate is already in {only.DisplayName}; adding it to {only.Other.DisplayName} keeps it in both.",
                "Move it in the list if it should be in one store alone.",
                only.Other);
        }
    }
}
