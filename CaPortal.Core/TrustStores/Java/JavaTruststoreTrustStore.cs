using System.Security.Cryptography;
using CaPortal.Core.Certificates;
using CaPortal.Core.Files;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.TrustStores.Java;

/// <summary>
/// A PKCS#12 file for the Java programs that are configured to take the roots they trust from it
/// (<c>-Djavax.net.ssl.trustStore</c>). Roots alone: Java trusts every entry of a truststore as an anchor.
/// </summary>
/// <param name="options">Where the file is, and its password.</param>
public sealed class JavaTruststoreTrustStore(IOptions<CoreOptions> options) : ITrustStore
{
    /// <summary>Its name in the settings.</summary>
    public const string Kind = "java-truststore";

    private readonly string _password = options.Value.JavaTruststore.Password;
    private readonly ParsedFile<JavaTruststore> _file = new(FileOf(options.Value), content =>
        JavaTruststore.Parse(content, options.Value.JavaTruststore.Password));

    /// <inheritdoc/>
    public string Name => Kind;

    /// <inheritdoc/>
    public string Title => "Java truststore";

    /// <inheritdoc/>
    public bool IsShared => true;

    private string Folder => Path.GetDirectoryName(_file.Path)!;

    /// <inheritdoc/>
    public bool Holds(CaStore store) => store == CaStore.Root;

    /// <inheritdoc/>
    public bool Takes(TrustedCertificate certificate) => JavaKeys.CanRead(certificate.Der.Span);

    /// <inheritdoc/>
    public string Location(CaStore store) => _file.Path;

    /// <inheritdoc/>
    public ProgramFile FileForPrograms => new(
        _file.Path,
        HasSystemRoots: false,
        Setting(nameof(JavaTruststoreOptions.File)),

        // An administrator who has chosen another password may use it for more than this.
        Password: _password == JavaTruststoreOptions.DefaultPassword ? _password : $"<the password in {Setting(nameof(JavaTruststoreOptions.Password))}>");

    /// <inheritdoc/>
    public string MarkFolder => Folder;

    /// <inheritdoc/>
    public TrustStoreState GetState() => StoreAccess.StateOf(Folder);

    /// <inheritdoc/>
    public void Forget() => _file.Forget();

    /// <inheritdoc/>
    public Task<TrustStoreSnapshot> ReadAsync(CancellationToken cancellationToken) => ReadAsync(
        file => new TrustStoreSnapshot(file.Certificates.Select(KeyOf).ToHashSet(), file.IsBlank ? [$"The file '{_file.Path}' is empty."] : []),
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FoundCertificate>> LoadAsync(IReadOnlySet<CaCertificateKey> keys, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<FoundCertificate>>(
            file =>
                [
                    .. from sha256 in file.Certificates
                    where keys.Contains(KeyOf(sha256))
                    select new FoundCertificate(KeyOf(sha256), file.Find(sha256)!.Value, _file.Path),
                ],
            cancellationToken);

    /// <inheritdoc/>
    public async Task ApplyAsync(TrustStoreChange change, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Run(() => WriteAsync(change, cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (StoreAccess.IsMachineFailure(exception))
        {
            throw StoreAccess.Explain(exception, Folder);
        }
    }

    private Task<T> ReadAsync<T>(Func<JavaTruststore, T> look, CancellationToken cancellationToken) => Task.Run(() =>
    {
        try
        {
            return look(Read() ?? JavaTruststore.Empty);
        }
        catch (Exception exception) when (StoreAccess.IsMachineFailure(exception))
        {
            throw StoreAccess.Explain(exception, Folder);
        }
    }, cancellationToken);

    private async Task WriteAsync(TrustStoreChange change, CancellationToken cancellationToken)
    {
        FolderGuard.CreateFolder(Folder, AtomicFile.PublicFolder);
        using var held = await FileLock.AcquireAsync(Path.Combine(Folder, ".caportal.lock"), FileLock.DefaultTimeout, cancellationToken);
        AtomicFile.Sweep(Folder);
        var present = Read();
        var intended = (present ?? JavaTruststore.Empty).With(change.Add.Where(c => Holds(c.Key.Store)), change.Remove.Where(k => Holds(k.Store)));
        if (present is { IsBlank: false } && ReferenceEquals(intended, present))
            return; // Each encoding has other salts, so comparing bytes does not show equal content.
        if (intended.HoldsKeys)
        {
            throw new TrustStoreException(
                $"'{_file.Path}' was left as it is, because it holds a private key or a secret besides certificates.",
                $"Move that entry to a keystore of its own, or set {Setting(nameof(JavaTruststoreOptions.File))} to another file.");
        }

        var content = intended.Format(_password);
        RequireReadable(_file.Parse(content), intended);
        AtomicFile.Write(_file.Path, content, AtomicFile.Public);
    }

    private JavaTruststore? Read()
    {
        try
        {
            return _file.Read();
        }
        catch (CryptographicException exception)
        {
            throw new TrustStoreException(
                $"'{_file.Path}' cannot be read as a Java truststore of the type PKCS#12 and was left as it is: {exception.Message.TrimEnd('.')}.",
                $"Set {Setting(nameof(JavaTruststoreOptions.Password))} to its password, or move the file elsewhere and let a new one be made.",
                exception);
        }
    }

    private void RequireReadable(JavaTruststore candidate, JavaTruststore intended)
    {
        if (!candidate.Certificates.ToHashSet().SetEquals(intended.Certificates))
        {
            throw new TrustStoreException(
                $"'{_file.Path}' was left as it is, because the new content could not be read back.",
                "A certificate is malformed and would stop the programs that read this file; look for it among the latest additions and delete it.");
        }
    }

    private static CaCertificateKey KeyOf(string sha256) => new(CaStore.Root, sha256);

    private static string Setting(string name) => $"{CoreOptions.Section}:{nameof(CoreOptions.JavaTruststore)}:{name}";

    private static string FileOf(CoreOptions options) => options.JavaTruststore.File.Length > 0
        ? Path.GetFullPath(options.JavaTruststore.File)
        : Path.Combine(options.ResolvedTrustDirectory, "truststore.p12");
}
