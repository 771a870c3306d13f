using System.Security.Cryptography.X509Certificates;

namespace CaPortal.Tests.Testing;

public sealed class PrivateHomeTests
{
    [Fact]
    public void UserStore_InTests_IsInThePrivateHome()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only .NET on Linux keeps the user's store in the home folder.");
        using var root = TestCertificates.Root();
        using var store = new X509Store("caportal-private-home", StoreLocation.CurrentUser, OpenFlags.ReadWrite);
        store.Add(X509CertificateLoader.LoadCertificate(root.RawData));

        Assert.True(File.Exists(Path.Combine(PrivateHome.Path, ".dotnet/corefx/cryptography/x509stores/caportal-private-home", $"{root.Thumbprint}.pfx")));
    }
}
