using System.Globalization;
using System.Net;

namespace CaPortal.Core.Probing;

/// <summary>A network in the settings: with the length of its prefix, or a single address.</summary>
internal static class AllowedNetwork
{
    /// <summary>Reads it; null where it is none.</summary>
    public static IPNetwork? TryParse(string? text)
    {
        if (IPNetwork.TryParse(text, out var network))
            return network;
        return
            text?.Contains('/', StringComparison.Ordinal) == false
            && IPAddress.TryParse(text, out var address)
            && BackEndAddress.TryParse(text, null, out _, out _)
            ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : null;
    }
}

/// <summary>A range of ports, both ends included.</summary>
internal readonly record struct PortRange(int First, int Last)
{
    /// <summary>Whether a port is in it.</summary>
    public bool Contains(int port) => port >= First && port <= Last;

    /// <summary>Reads <c>443</c> or <c>8000-8999</c>; null where it is neither.</summary>
    public static PortRange? TryParse(string? text)
    {
        var ends = (text ?? "").Split('-', 2, StringSplitOptions.TrimEntries);
        return TryReadPort(ends[0], out var first) && TryReadPort(ends[^1], out var last) && first <= last ? new PortRange(first, last) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => First == Last ? $"{First}" : $"{First}-{Last}";

    private static bool TryReadPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= IPEndPoint.MaxPort;
}
