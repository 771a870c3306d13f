using CaPortal.Core.Certificates;
using CaPortal.Core.Files;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>
/// The keystore that Java programs trust on Debian. Only a hook of the distribution writes it, once per certificate.
/// <c>update-ca-certificates</c> passes new certificates to the hook, but never the removed ones, so that Java goes on
/// trusting them.
/// </summary>
internal sealed class JavaKeystore(AnchorsLayout layout, DebianLayout debian, CertificateLinks links)
{
    private const string Package = "ca-certificates-java";
    private const string PackageQuery = "/usr/bin/dpkg-query";
    private const string AliasPrefix = "debian:" + AnchorsLayout.OwnPrefix;
    private const string Password = "changeit";

    private const string Unreadable = "?";

    private static readonly byte[] JksMagic = [0xFE, 0xED, 0xFE, 0xED];

    /// <summary>Whether Java reads its roots from here and there is a hook that brings them.</summary>
    public bool IsInUse => File.Exists(debian.JavaKeystore) && File.Exists(debian.JavaHook);

    /// <summary>The input lines for the hook: what it must add and remove; none if the keystore is right.</summary>
    public IReadOnlyList<string> Difference(AnchorsInventory found)
    {
        if (!IsInUse)
            return [];

        if (Read() is not { } entries)
            return [Unreadable];

        var own = CertificateLinks.Own(found).ToList();
        var trusted = entries.Select(e => e.Sha256).ToHashSet();
        var names = own.Select(f => Path.GetFileName(links.LinkFor(f.Path))).ToHashSet();
        return
        [
            .. own.Where(f => !trusted.Contains(f.Content.Certificates[0].Sha256)).Select(f => $"+{links.LinkFor(f.Path)}"),
            .. from entry in entries
               where entry.Alias.StartsWith(AliasPrefix, StringComparison.Ordinal)
               let name = entry.Alias["debian:".Length..]
               where !names.Contains(name)
               select $"-{links.LinkFor(name)}",
        ];
    }

    /// <summary>Has the hook bring the keystore to what the files say, and looks whether it did.</summary>
    /// <param name="reader">Reads the files.</param>
    /// <param name="ending">Ends the hook.</param>
    /// <returns>One sentence: why it is not so, and what to do; null if it is.</returns>
    public async Task<string?> SynchronizeAsync(AnchorsScan reader, CancellationToken ending)
    {
        var lines = Difference(reader.Read());
        if (lines.Count == 0)
            return null;
        if (lines is [Unreadable])
        {
            return $"Java's keystore '{debian.JavaKeystore}' cannot be read, so that what Java programs trust is not known: "
                + $"move it elsewhere and run 'dpkg-reconfigure {Package}' as root.";
        }

        if (await PackageStateAsync(ending) is { } state)
        {
            return $"Java programs do not see the change, because the package {Package} is {state} and its hook then does nothing: "
                + "run 'dpkg --configure -a' as root; the rest follows by itself.";
        }

        var outcome = await SystemCommand.RunAsync(debian.JavaHook, [], layout.CommandTimeout, ending, string.Join('\n', lines) + "\n");
        ending.ThrowIfCancellationRequested();
        var left = Difference(reader.Read()).Count;
        return left == 0 ? null
            : $"Java programs do not see the change: certificates missing from or left in '{debian.JavaKeystore}' after its hook ran: "
                + $"{left} ({outcome.Summary}): "
                + "see that /etc/default/cacerts does not switch updates off and that a Java runtime is installed.";
    }

    // Null if the package is as it should be, or not Debian's.
    private async Task<string?> PackageStateAsync(CancellationToken ending)
    {
        if (!File.Exists(PackageQuery))
            return null;
        var outcome = await SystemCommand.RunAsync(PackageQuery, ["-W", "-f=${db:Status-Status}", Package], layout.CommandTimeout, ending);
        return outcome.ExitCode == 0 && outcome.Output.Trim() is not ("installed" or "triggers-pending" or "triggers-awaited") and var state
            ? DisplayText.Shorten(state)
            : null;
    }

    private List<(string Alias, string Sha256)>? Read()
    {
        using var file = new MemoryStream(RegularFile.ReadThroughLinks(debian.JavaKeystore));
        try
        {
            if (file.ToArray().AsSpan().StartsWith(JksMagic))
            {
                var keystore = new JksStore();
                keystore.Load(file, null);
                return List(keystore.Aliases, keystore.GetCertificate);
            }

            var pkcs12 = new Pkcs12StoreBuilder().Build();
            pkcs12.Load(file, Password.ToCharArray());
            return List(pkcs12.Aliases, alias => pkcs12.GetCertificate(alias)?.Certificate);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return null; // BouncyCastle's exceptions for what it cannot read are of any type.
        }
    }

    private static List<(string, string)> List(IEnumerable<string> aliases, Func<string, X509Certificate?> certificate) =>
        [
            .. aliases
                .Select(a => (Alias: a, Certificate: certificate(a)))
                .Where(e => e.Certificate is not null)
                .Select(e => (e.Alias, Thumbprints.Sha256(e.Certificate!.GetEncoded()))),
        ];
}
