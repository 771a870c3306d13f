using CaPortal.Core.Certificates;
using CaPortal.Core.Files;
using CaPortal.Core.Processes;

namespace CaPortal.Core.TrustStores.Programs;

/// <summary>
/// .NET, as a new process of this program that plays the part of <see cref="TrustProbe"/>. A new one, because a running one
/// may look at its certificate stores seconds late.
/// </summary>
internal sealed class DotNetProgram : ITrustProgram
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    public string Name => ".NET";

    public bool IsAvailable => OwnProgram.IsKnown;

    public bool Reads(ITrustStore store) => store.IsReadByDotNet;

    public async Task<IReadOnlyDictionary<CaCertificateKey, bool>> AskAsync(
        ITrustStore store, IReadOnlyList<TrustedCertificate> certificates, CancellationToken cancellationToken)
    {
        var folder = PrivateDirectory.CreateTemporary("caportal-");
        try
        {
            var file = Path.Combine(folder.FullName, "question");
            await File.WriteAllLinesAsync(file, certificates.Select(TrustProbe.Question), cancellationToken);
            var command = OwnProgram.Command(TrustProbe.Verb, file);
            var result = await ExternalCommand.RunAsync(new Command(command.FileName, command.ArgumentList, Timeout), cancellationToken);
            var answers = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (result.ExitCode != 0 || answers.Length != certificates.Count)
                throw new TrustProgramException($"the process that builds chains ended with {result.ExitCode}");
            return certificates.Zip(answers).Where(a => a.Second != TrustProbe.Unknown).ToDictionary(a => a.First.Key, a => a.Second == TrustProbe.Trusted);
        }
        catch (Exception exception) when (exception is ExternalCommandException or IOException or UnauthorizedAccessException)
        {
            throw new TrustProgramException(exception.Message, exception);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
