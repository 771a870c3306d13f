namespace CaPortal.Core.TrustStores;

/// <summary>Whose trust is managed.</summary>
public enum TrustScope
{
    /// <summary>That of the account which the portal runs as. Needs no privileges.</summary>
    User,

    /// <summary>That of the whole machine. Needs root or administrator.</summary>
    Machine,
}

/// <summary>What is done when somebody else changes what CaPortal put into a trust store.</summary>
public enum DriftResponse
{
    /// <summary>It is shown, and put right at once.</summary>
    Heal,

    /// <summary>It is shown, and stays until an administrator repairs it or makes the next change.</summary>
    Report,
}

/// <summary>Settings of the trust store <c>pem-bundle</c>: the section <c>CaPortal:PemBundle</c>.</summary>
public sealed class PemBundleOptions
{
    /// <summary>
    /// The folder of <c>roots.pem</c> and <c>intermediates.pem</c>; empty: <c>trust</c> in the data directory, or
    /// <c>/var/lib/caportal/trust</c> (<c>%ProgramData%\CaPortal\trust</c>) for the whole machine.
    /// </summary>
    public string Directory { get; set; } = "";

    /// <summary>Whether <c>roots.pem</c> also has the operating system's own roots, for programs that take one file in place of their default list.</summary>
    public bool IncludeSystemRoots { get; set; }
}

/// <summary>Settings of the trust store <c>java-truststore</c>: the section <c>CaPortal:JavaTruststore</c>.</summary>
public sealed class JavaTruststoreOptions
{
    /// <summary>The file; empty: <c>truststore.p12</c> in the folder <see cref="CoreOptions.ResolvedTrustDirectory"/>.</summary>
    public string File { get; set; } = "";

    /// <summary>
    /// The password of the file, at least 6 ASCII characters as Java demands. It guards nothing: the file holds only public
    /// certificates, and everybody may read it. Java's own truststores have <c>changeit</c>, and Java's programs try it if no
    /// password is set.
    /// </summary>
    public string Password { get; set; } = DefaultPassword;

    internal const string DefaultPassword = "changeit";

    internal bool HasValidPassword => Password.Length >= 6 && Password.All(c => c is >= ' ' and <= '~');
}
