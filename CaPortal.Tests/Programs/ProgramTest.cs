using System.Security.Cryptography.X509Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Programs;

/// <summary>A test with programs that run for real, and a portal that manages one root.</summary>
public abstract class ProgramTest : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root("Wanted Root");
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");
    private TestCore? _core;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Where the programs work.</summary>
    protected TemporaryDirectory Folder => _folder;

    /// <summary>The root that the portal manages.</summary>
    protected X509Certificate2 Root => _root;

    /// <summary>Another one.</summary>
    protected X509Certificate2 Other => _other;

    protected TestCore Core => _core!;

    public virtual async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux.");
        _core = await TestCore.StartAsync();
        await _core.AddAsync(_root);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_core is not null)
            await _core.DisposeAsync();
        _folder.Dispose();
        _root.Dispose();
        _other.Dispose();
    }

    protected StartedProgram Start(Dictionary<string, string?> environment, params string[] command) =>
        StartedProgram.Start(Core, Folder.Path, environment, command);

    protected Task WriteTextAsync(string name, string text) => File.WriteAllTextAsync(Folder[name], text, Cancellation);

    protected Task WriteAsync(string name, params X509Certificate2[] certificates) =>
        File.WriteAllBytesAsync(Folder[name], TestFiles.Pem(certificates), Cancellation);
}
