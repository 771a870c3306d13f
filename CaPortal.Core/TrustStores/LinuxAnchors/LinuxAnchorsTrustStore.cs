using CaPortal.Core.Certificates;
using CaPortal.Core.Files;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>
/// The roots that the administrator of a Linux system adds to those of the distribution. They are for all programs that read
/// the system's list: curl, OpenSSL, GnuTLS, Python, Go, .NET, on Debian Java too. Roots alone, because many of these
/// programs take everything in the list as an anchor, an intermediate too.
/// </summary>
/// <remarks>Where a certificate cannot be removed, all the rest of the change is made before that is said.</remarks>
public sealed class LinuxAnchorsTrustStore : ITrustStore, IDisposable
{
    /// <summary>Its name in the settings.</summary>
    public const string Kind = "linux-anchors";

    private const string LockName = AnchorsScan.OwnWorkFiles + ".lock";

    // What failed is tried again when something has changed, or after this time, which grows to as long as any such pause.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(10);

    private readonly LinuxFamily? _family;
    private readonly AnchorsLayout? _layout;
    private readonly AnchorsScan? _reader;
    private readonly DebianFollowUp? _followUp;
    private readonly Func<TrustStoreChange, Task<AnchorsEdit>>? _write;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private volatile Attempt? _lastFailure;
    private CancellationTokenSource? _following;

    /// <summary>Creates it for the distribution that this machine runs.</summary>
    public LinuxAnchorsTrustStore(IOptions<CoreOptions> options, TimeProvider time)
        : this(OperatingSystem.IsLinux() ? LinuxFamily.Detect() : null, options.Value.ResolvedDataDirectory, time)
    {
    }

    internal LinuxAnchorsTrustStore(LinuxFamily? family, string dataFolder, TimeProvider time)
    {
        (_family, _time) = (family, time);
        if (family is null)
            return;

        _layout = family.Layout with { LastGood = Path.Combine(dataFolder, Kind, "last-good.pem") };
        _reader = new AnchorsScan(_layout);
        if (_layout.Debian is { } debian)
        {
            var bundle = new ConcatenatedBundle(_layout, _reader);
            _followUp = new DebianFollowUp(_layout, debian, _reader, bundle);
            _write = change =>
            {
                _followUp.RemoveLeftOver();
                return Task.FromResult(bundle.Write(change));
            };
        }
        else
        {
            _write = new ExtractedBundle(_layout, _reader, _ending.Token).WriteAsync;
        }
    }

    /// <summary>The scopes that it is part of.</summary>
    public static TrustScope[] Scopes { get; } = OperatingSystem.IsLinux() ? [TrustScope.Machine] : [];

    /// <inheritdoc/>
    public string Name => Kind;

    /// <inheritdoc/>
    public string Title => "System roots of this machine";

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <inheritdoc/>
    public bool Holds(CaStore store) => store == CaStore.Root;

    /// <inheritdoc/>
    public string Location(CaStore store) => _layout?.AnchorsFolder ?? "";

    /// <inheritdoc/>
    public string? MarkFolder => _layout?.MarkFolder;

    /// <inheritdoc/>
    public IEnumerable<string> WatchedPaths => _layout is null ? [] : [_layout.AnchorsFolder, _layout.Debian?.LinksFolder ?? _layout.Bundle];

    /// <inheritdoc/>
    public ProgramFile? FileForPrograms => _layout is null ? null : new(_layout.Bundle, HasSystemRoots: true);

    /// <inheritdoc/>
    public string? PemFile(CaStore store) => store == CaStore.Root ? _layout?.Bundle : null;

    /// <inheritdoc/>
    public bool IsReadByDotNet => true;

    /// <inheritdoc/>
    public bool FeedsOperatingSystem => true;

    /// <inheritdoc/>
    public string? FollowUpTitle => _layout?.Debian is null ? null : Path.GetFileName(_layout.Command);

    /// <inheritdoc/>
    public TrustStoreState GetState()
    {
        if (!OperatingSystem.IsLinux())
        {
            return TrustStoreState.Absent(
                "Only Linux keeps the system's roots in this way.",
                $"Set CaPortal:TrustStores to the trust stores that you need without {Kind}.");
        }

        if (_layout is null)
        {
            return TrustStoreState.Absent(
                "This Linux distribution keeps the system's roots in a way that CaPortal does not know, or does without them.",
                $"Install its package ca-certificates, or set CaPortal:TrustStores to the trust stores that you need without {Kind}.");
        }

        if (!File.Exists(_layout.Command))
            return new(
                false,
                $"The command '{_layout.Command}', which this machine's programs get their roots by, is missing.",
                $"Install the package {_family!.Package}.");
        if (!Directory.Exists(_layout.AnchorsFolder))
            return new(
                false,
                $"The folder '{_layout.AnchorsFolder}' for the roots of this machine is missing.",
                $"Create it, or install the package {_family!.Package} again.");

        return new[] { _layout.AnchorsFolder, Path.GetDirectoryName(_layout.Bundle)! }.Select(StateOf).FirstOrDefault(s => !s.IsEnabled)
            ?? TrustStoreState.Enabled;
    }

    /// <inheritdoc/>
    public void Forget() => _reader?.Forget();

    /// <inheritdoc/>
    public Task<TrustStoreSnapshot> ReadAsync(CancellationToken cancellationToken) =>
        RunAsync(
            () =>
            {
                var found = RequireReader().Read();
                return Task.FromResult(
                    new TrustStoreSnapshot(found.Installed.Select(KeyOf).ToHashSet(), [.. found.Damage])
                    {
                        Notes = [.. new AnchorNotes(_layout!).Of(found)],
                        Passing = found.Passing.Select(KeyOf).ToHashSet(),
                        FilesOfOthers = found
                            .Local.Where(f => f.HasOneAlone && !_layout!.IsOwn(f.Path))
                            .ToLookup(f => KeyOf(f.Content.Certificates[0].Sha256), f => f.Path),
                    });
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FoundCertificate>> LoadAsync(IReadOnlySet<CaCertificateKey> keys, CancellationToken cancellationToken) =>
        RunAsync(
            () =>
            {
                var found = RequireReader().Read();
                var inFiles =
                    from file in found.Local
                    from certificate in file.Content.Certificates
                    select new FoundCertificate(KeyOf(certificate.Sha256), certificate.Der, file.Path, WhyFixed(file));
                var inBundle =
                    from certificate in found.Bundle?.Certificates ?? []
                    select new FoundCertificate(KeyOf(certificate.Sha256), certificate.Der, _layout!.Bundle, WhyFixedInBundle());
                var installed = found.Installed.Select(KeyOf).Where(keys.Contains).ToHashSet();
                return Task.FromResult<IReadOnlyList<FoundCertificate>>([
                    .. inFiles.OrderBy(c => c.Fixed is null).Concat(inBundle).Where(c => installed.Contains(c.Key)).DistinctBy(c => c.Key),
                ]);
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task ApplyAsync(TrustStoreChange change, CancellationToken cancellationToken) => RunAsync(async () =>
    {
        RequireReader();
        using var held = await LockBeforeFollowUpAsync(cancellationToken);
        Prepare();
        var edit = await _write!(change with { Add = [.. change.Add.Where(c => Holds(c.Key.Store))], Remove = [.. change.Remove.Where(k => Holds(k.Store))] });
        edit.RequireNothingStuck();
        return edit;
    }, cancellationToken);

    /// <inheritdoc/>
    public Task<TrustStoreFollowUp?> FollowUpAsync(CancellationToken cancellationToken) =>
        RunAsync(
            async () =>
            {
                if (_followUp is null || !GetState().IsEnabled || _followUp.FindWork() is not { Length: > 0 } work)
                    return null;
                if (_lastFailure is { } last && last.Work == work && _time.GetElapsedTime(last.At) < last.Pause)
                    return last.Failure is { } failure ? throw new TrustStoreException(failure.Message, failure.Advice, failure)
                        : last.Outcome?.Warning is null ? null
                        : last.Outcome;

                using var held = await LockAsync(cancellationToken);
                Prepare();
                if (_followUp.FindWork().Length == 0)
                    return null; // The previous holder of the lock has done it.

                using var ending = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
                try
                {
                    Follow(ending);
                    var outcome = await _followUp.RunAsync(ending.Token);
                    _lastFailure = outcome.IsPutOff ? null : AttemptOf(outcome, null);
                    return outcome;
                }
                catch (OperationCanceledException) when (!_ending.IsCancellationRequested)
                {
                    return _followUp.GivenWay;
                }
                catch (TrustStoreException exception)
                {
                    _lastFailure = AttemptOf(null, exception);
                    throw;
                }
                finally
                {
                    Follow(null);
                }
            }, cancellationToken);

    /// <inheritdoc/>
    public void EndCommands() => _ending.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _ending.Cancel();

    /// <summary>
    /// What must be remembered of an attempt: the work that is left is not tried again at once. Null if nothing is left.
    /// </summary>
    private Attempt? AttemptOf(TrustStoreFollowUp? outcome, TrustStoreException? failure)
    {
        var left = _followUp!.FindWork();
        var pause = _lastFailure is { } last && last.Work == left ? last.Pause * 2 : RetryAfter;
        return left.Length == 0 ? null : new Attempt(left, _time.GetTimestamp(), pause < WritePauses.Longest ? pause : WritePauses.Longest, outcome, failure);
    }

    private static CaCertificateKey KeyOf(string sha256) => new(CaStore.Root, sha256);

    private static string? WhyFixed(AnchorFile file) => file.HasOneAlone
        ? null
        : $"It stands together with others in '{file.Path}': take it out of that file by hand.";

    // On Debian it goes with the next writing.
    private string? WhyFixedInBundle() => _layout!.Debian is not null
        ? null
        : $"It is in the bundle, but in no file of '{_layout.AnchorsFolder}': it was added in another way that '{_layout.Command}' knows.";

    private static TrustStoreState StateOf(string folder)
    {
        var state = StoreAccess.StateOf(folder);
        return state.IsEnabled || Environment.IsPrivilegedProcess
            ? state
            : new(
                false,
                $"The roots of this machine can be written by root alone, and the portal does not run as root: it may not write to '{folder}'.",
                "Run the portal as root, or set CaPortal:Scope to User.");
    }

    private AnchorsScan RequireReader() =>
        _reader is not null ? _reader : throw new TrustStoreException(GetState().Reason!, GetState().Advice!);

    // The command may run for a long time, and another holder of the lock may be about to begin with it.
    private Task<FileLock> LockAsync(CancellationToken cancellationToken)
    {
        FolderGuard.Require(_layout!.AnchorsFolder);
        FolderGuard.Require(Path.GetDirectoryName(_layout.Bundle)!);
        return FileLock.AcquireAsync(Path.Combine(_layout.AnchorsFolder, LockName), _layout.CommandTimeout + FileLock.DefaultTimeout, cancellationToken);
    }

    /// <summary>Takes the lock for a change, for which a command that hangs is ended: what follows is done behind it, once for all.</summary>
    private async Task<FileLock> LockBeforeFollowUpAsync(CancellationToken cancellationToken)
    {
        await using var impatience = _time.CreateTimer(_ => GiveWay(), null, _layout!.Courtesy, _layout.Courtesy);
        return await LockAsync(cancellationToken);
    }

    private void Follow(CancellationTokenSource? ending)
    {
        lock (_gate)
            _following = ending;
    }

    private void GiveWay()
    {
        lock (_gate)
            _following?.Cancel();
    }

    private void Prepare()
    {
        PrivateDirectory.Create(Path.GetDirectoryName(_layout!.LastGood)!);
        foreach (var folder in (string[])[_layout.AnchorsFolder, Path.GetDirectoryName(_layout.Bundle)!, Path.GetDirectoryName(_layout.LastGood)!])
            AtomicFile.Sweep(folder);
    }

    private Task<T> RunAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken) => Task.Run(async () =>
    {
        try
        {
            return await work();
        }
        catch (Exception exception) when (StoreAccess.IsMachineFailure(exception))
        {
            throw StoreAccess.Explain(exception, _layout?.AnchorsFolder ?? Title);
        }
    }, cancellationToken);

    private sealed record Attempt(string Work, long At, TimeSpan Pause, TrustStoreFollowUp? Outcome, TrustStoreException? Failure);
}
