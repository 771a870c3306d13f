namespace CaPortal.Core.Clients;

/// <summary>The names of clients that something depends on; see <see cref="IClientEngine.Name"/>.</summary>
internal static class ClientNames
{
    public const string DotNet = "dotnet";
    public const string OpenSsl = "openssl";
    public const string Curl = "curl";
    public const string Python = "python";
    public const string Java = "java";
    public const string GnuTls = "gnutls";

    /// <summary>What most gateways and their tools are.</summary>
    public static readonly IReadOnlyList<string> Default = [DotNet, OpenSsl, Curl];
}
