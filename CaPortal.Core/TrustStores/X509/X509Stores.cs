using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores.X509;

/// <summary>The stores <c>Root</c> and <c>CertificateAuthority</c> of one location as .NET itself reads and writes them.</summary>
internal sealed class X509Stores(StoreLocation location)
{
    private static readonly CaStore[] Stores = [CaStore.Root, CaStore.CertificateAuthority];

    /// <summary>Its place, for people: <c>CurrentUser\Root</c>.</summary>
    public string NameOf(CaStore store) => $@"{location}\{StoreNameOf(store)}";

    /// <summary>The certificates in both.</summary>
    public IEnumerable<FoundCertificate> LoadAll() => Stores.SelectMany(Load);

    /// <summary>The certificates in one.</summary>
    public IReadOnlyList<FoundCertificate> Load(CaStore store)
    {
        using var source = Open(store, OpenFlags.ReadOnly);
        var found = new List<FoundCertificate>();
        foreach (var certificate in source.Certificates)
        {
            using (certificate)
                found.Add(
                    new FoundCertificate(new CaCertificateKey(store, Thumbprints.Sha256(certificate.RawDataMemory.Span)), certificate.RawData, NameOf(store)));
        }

        return found;
    }

    /// <summary>Adds and removes, all or nothing.</summary>
    public void Write(TrustStoreChange change)
    {
        var undo = new Stack<Action>();
        try
        {
            foreach (var store in Stores)
            {
                using var target = Open(store, OpenFlags.ReadWrite);
                var present = target.Certificates.ToLookup(c => Thumbprints.Sha256(c.RawDataMemory.Span));
                foreach (var added in change.Add.Where(c => c.Key.Store == store && !present.Contains(c.Key.Sha256)))
                {
                    // Loaded from the certificate's own encoding, so that no private key can come with it.
                    var certificate = X509CertificateLoader.LoadCertificate(added.Der.Span);
                    target.Add(certificate);
                    undo.Push(() => Write(store, s => s.Remove(certificate)));
                }

                foreach (var certificate in change.Remove.Where(c => c.Store == store).SelectMany(c => present[c.Sha256]))
                {
                    target.Remove(certificate);
                    undo.Push(() => Write(store, s => s.Add(certificate)));
                }
            }
        }
        catch (CryptographicException)
        {
            foreach (var step in undo)
                step();
            throw;
        }
    }

    private void Write(CaStore store, Action<X509Store> write)
    {
        using var target = Open(store, OpenFlags.ReadWrite);
        write(target);
    }

    private X509Store Open(CaStore store, OpenFlags flags) => new(StoreNameOf(store), location, flags);

    private static StoreName StoreNameOf(CaStore store) => store == CaStore.Root ? StoreName.Root : StoreName.CertificateAuthority;
}
