using CaPortal.Core.Probing;

namespace CaPortal.Core.Data;

/// <summary>What the columns of a back-end mean.</summary>
internal static class BackEndColumns
{
    public static BackEndAddress AddressOf(BackEnd row) => Address(row.Host, row.Port, row.ServerName);

    public static BackEndAddress Address(string host, int port, string serverName) => new(host, port, serverName.Length == 0 ? null : serverName);

    /// <summary>The server name as it is stored: empty where it is the host.</summary>
    public static string ServerNameOf(BackEndAddress address) => address.TlsName == address.Host ? "" : address.TlsName;

    /// <summary>The clients that count for its verdict; null: those of the settings.</summary>
    public static IReadOnlyList<string>? ClientsOf(string? stored) => stored?.Split(',');
}
