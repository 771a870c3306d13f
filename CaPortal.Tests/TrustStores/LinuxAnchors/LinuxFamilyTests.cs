using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores.LinuxAnchors;

public sealed class LinuxFamilyTests : IDisposable
{
    private const string UpdateCaCertificates = "/usr/sbin/update-ca-certificates";
    private const string LocalFolder = "/usr/local/share/ca-certificates";

    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData("Debian and Ubuntu", UpdateCaCertificates, LocalFolder, "ID=debian")]
    [InlineData("Debian and Ubuntu", UpdateCaCertificates, LocalFolder, "ID=\"ubuntu\"\nID_LIKE=debian")]
    [InlineData("Debian and Ubuntu", UpdateCaCertificates, LocalFolder, "NAME=Mint\nID=linuxmint\nID_LIKE=\"ubuntu debian\"")]
    [InlineData("Alpine", UpdateCaCertificates, LocalFolder, "ID=alpine")]
    [InlineData("RHEL and Fedora", "/usr/bin/update-ca-trust", "/etc/pki/ca-trust/source/anchors", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"")]
    [InlineData("RHEL and Fedora", "/usr/bin/update-ca-trust", "/etc/pki/ca-trust/source/anchors", "ID=unheard-of")]
    [InlineData("SUSE", UpdateCaCertificates, "/etc/pki/trust/anchors", "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"")]
    [InlineData("Arch", "/usr/bin/trust", "/etc/ca-certificates/trust-source/anchors", "ID=arch")]
    public void Detect_CommandAndFolder_AreThere(string expected, string command, string folder, string osRelease)
    {
        Create(command, folder, osRelease);

        Assert.Equal(expected, LinuxFamily.Detect(_root.Path)?.Name);
    }

    [Fact]
    public void Detect_NameOfTheDistributionIsUnknown_BundleIsNotWrittenDirectly()
    {
        Create(UpdateCaCertificates, LocalFolder, "ID=unheard-of");

        Assert.Null(LinuxFamily.Detect(_root.Path)!.Layout.Debian);
    }

    [Theory]
    [InlineData(null, null, "ID=debian", "Debian and Ubuntu")]
    [InlineData(null, "/etc/pki/ca-trust/source/anchors", "ID=fedora", "RHEL and Fedora")]
    [InlineData(UpdateCaCertificates, LocalFolder, null, "Alpine")]
    [InlineData(null, null, "ID=unheard-of", null)]
    [InlineData(null, null, null, null)]
    public void Detect_PartIsMissing_GoesByWhatIsThere(string? command, string? folder, string? osRelease, string? expected)
    {
        Create(command, folder, osRelease);

        Assert.Equal(expected, LinuxFamily.Detect(_root.Path)?.Name);
    }

    [Fact]
    public void State_NoKnownDistribution_SaysSo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere it is said that this is not Linux.");

        var state = new LinuxAnchorsTrustStore(null, _root.Path, TimeProvider.System).GetState();

        Assert.False(state.IsEnabled);
        Assert.Contains("does not know", state.Reason, StringComparison.Ordinal);
        Assert.Contains("ca-certificates", state.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tool.sh", "the command")]
    [InlineData("local", "the folder")]
    public void State_PartIsMissing_NamesItAndThePackage(string missing, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere it is said that this is not Linux.");
        foreach (var folder in (string[])["local", "bundle"])
            Directory.CreateDirectory(_root[folder]);
        File.WriteAllText(_root["tool.sh"], "");
        var store = new LinuxAnchorsTrustStore(
            new LinuxFamily("Test", [], "the-package", new AnchorsLayout
            {
                AnchorsFolder = _root["local"],
                Command = _root["tool.sh"],
                Bundle = _root["bundle/bundle.pem"],
                SystemFolder = _root["system"],
            }),
            _root.Path,
            TimeProvider.System);
        Assert.True(store.GetState().IsEnabled);
        if (missing == "local")
            Directory.Delete(_root[missing]);
        else
            File.Delete(_root[missing]);

        var state = store.GetState();

        Assert.False(state.IsEnabled);
        Assert.Contains($"{expected} '{_root[missing]}'", state.Reason, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("the-package", state.Advice, StringComparison.Ordinal);
    }

    private void Create(string? command, string? folder, string? osRelease)
    {
        if (command is not null)
            Write(command, "");
        if (folder is not null)
            Directory.CreateDirectory(Path.Join(_root.Path, folder));
        if (osRelease is not null)
            Write("/etc/os-release", osRelease);
    }

    private void Write(string path, string content)
    {
        var file = Path.Join(_root.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }
}
