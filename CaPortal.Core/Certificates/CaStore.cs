namespace CaPortal.Core.Certificates;

/// <summary>The store that an administrator chooses for a CA certificate. The names are those of Azure and Windows and go over the wire.</summary>
public enum CaStore
{
    /// <summary>Trusted root: the certificate is a trust anchor; everything that it issued is trusted.</summary>
    Root,

    /// <summary>Intermediate: the certificate completes chains that end at a trusted root, and is no anchor itself.</summary>
    CertificateAuthority,
}

/// <summary>How a store is shown, and its counterpart.</summary>
public static class CaStoreExtensions
{
    extension(CaStore store)
    {
        /// <summary>The name that administrators read: <c>Trusted root</c> or <c>Intermediate</c>.</summary>
        public string DisplayName => store == CaStore.Root ? "Trusted root" : "Intermediate";

        /// <summary>The store that a certificate goes to when it is moved out of this one.</summary>
        public CaStore Other => store == CaStore.Root ? CaStore.CertificateAuthority : CaStore.Root;
    }
}
