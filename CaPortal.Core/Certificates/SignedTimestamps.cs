using System.Buffers.Binary;
using System.Globalization;

namespace CaPortal.Core.Certificates;

/// <summary>
/// What signed certificate timestamps say: when which certificate transparency log has promised to take in the certificate (RFC 6962
/// §3.2 and §3.3). Their signatures are not verified, as the logs' keys are not known here.
/// </summary>
internal static class SignedTimestamps
{
    private const int LengthOctets = 2;
    private const int TimestampStart = 33;
    private const int ShortestTimestamp = TimestampStart + 8;

    /// <summary>A line for each, and one for what cannot be read.</summary>
    /// <param name="list">SignedCertificateTimestampList.</param>
    public static IEnumerable<string> Lines(ReadOnlyMemory<byte> list)
    {
        if (!TryCut(list, out var rest, out var behind) || behind.Length > 0)
            return ["It cannot be read."];

        var lines = new List<string>();
        while (rest.Length > 0)
        {
            if (!TryCut(rest, out var timestamp, out rest))
            {
                lines.Add("The rest cannot be read.");
                break;
            }

            lines.Add(LineOf(timestamp.Span));
        }

        return lines;
    }

    private static string LineOf(ReadOnlySpan<byte> timestamp)
    {
        // Version 1 is written as 0; it alone has this form.
        if (timestamp.Length < ShortestTimestamp || timestamp[0] != 0)
            return "A timestamp of an unknown version";
        var milliseconds = BinaryPrimitives.ReadUInt64BigEndian(timestamp[TimestampStart..]);
        var at = milliseconds <= (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)
            : "an impossible time";
        return $"Promised {at} by log {Convert.ToHexString(timestamp[1..TimestampStart])} (not verified)";
    }

    /// <summary>What a length at the beginning counts, and what is behind it; false where there is less.</summary>
    private static bool TryCut(ReadOnlyMemory<byte> octets, out ReadOnlyMemory<byte> counted, out ReadOnlyMemory<byte> behind)
    {
        var end = octets.Length < LengthOctets ? int.MaxValue : LengthOctets + BinaryPrimitives.ReadUInt16BigEndian(octets.Span);
        if (end > octets.Length)
        {
            (counted, behind) = (default, octets);
            return false;
        }

        (counted, behind) = (octets[LengthOctets..end], octets[end..]);
        return true;
    }
}
