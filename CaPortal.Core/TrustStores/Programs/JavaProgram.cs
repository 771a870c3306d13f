using CaPortal.Core.Certificates;
using CaPortal.Core.Processes;
using CaPortal.Core.TrustStores.Java;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.TrustStores.Programs;

/// <summary>Java's <c>keytool</c>, on the Java truststore: what it lists as trusted is what Java takes for anchors.</summary>
internal sealed class JavaProgram(IOptions<CoreOptions> options) : ITrustProgram
{
    private const string PasswordVariable = "CAPORTAL_STOREPASS";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    private readonly string? _command = ExternalCommand.Find("keytool");

    public string Name => "Java";

    public bool IsAvailable => _command is not null;

    public bool Reads(ITrustStore store) => store.Name == JavaTruststoreTrustStore.Kind;

    public async Task<IReadOnlyDictionary<CaCertificateKey, bool>> AskAsync(
        ITrustStore store, IReadOnlyList<TrustedCertificate> certificates, CancellationToken cancellationToken)
    {
        try
        {
            // In English, so that the kind of an entry can be recognised. The password is in the environment, where only this
            // account sees it.
            var result = await ExternalCommand.RunAsync(
                new Command(
                    _command!,
                    [
                        "-J-Duser.language=en", "-list", "-rfc",
                        "-keystore", store.Location(CaStore.Root), "-storetype", "PKCS12", "-storepass:env", PasswordVariable,
                    ],
                    Timeout)
                {
                    Environment = new Dictionary<string, string?> { [PasswordVariable] = options.Value.JavaTruststore.Password },
                },
                cancellationToken);
            if (result.ExitCode != 0)
            {
                throw new TrustProgramException($"Java cannot open '{store.Location(CaStore.Root)}'")
                {
                    // Where Java itself does not start, it has other words.
                    CannotOpen = result.Output.Contains("keytool error:", StringComparison.Ordinal),
                };
            }

            var trusted = result.Output.Split("\nAlias name: ").Where(e => e.Contains("\nEntry type: trustedCertEntry", StringComparison.Ordinal))
                .SelectMany(e => OpenSslCertificates.Sha256In(e)).ToHashSet();
            return certificates.ToDictionary(c => c.Key, c => trusted.Contains(c.Key.Sha256));
        }
        catch (ExternalCommandException exception)
        {
            throw new TrustProgramException(exception.Message, exception);
        }
    }
}
