using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace CaPortal.Tests.Testing;

/// <summary>Certificates in the forms in which people upload them.</summary>
public static class TestFiles
{
    /// <summary>For reading one file where its time limit is not what is tested: a guard against hanging on a busy machine.</summary>
    public static TimeSpan Timeout { get; } = TimeSpan.FromMinutes(5);

    /// <summary>One PEM text of all of them.</summary>
    public static byte[] Pem(params IEnumerable<X509Certificate2> certificates) =>
        Encoding.ASCII.GetBytes(string.Join('\n', certificates.Select(c => c.ExportCertificatePem())) + "\n");

    /// <summary>Adds certificates to a bundle as somebody else would: with an editor.</summary>
    public static async Task AppendAsync(string bundle, params IEnumerable<X509Certificate2> certificates)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(bundle)!);
        await File.AppendAllBytesAsync(bundle, Pem(certificates), TestContext.Current.CancellationToken);
    }
}
