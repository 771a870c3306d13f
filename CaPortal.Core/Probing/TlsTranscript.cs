using System.Buffers.Binary;

namespace CaPortal.Core.Probing;

/// <summary>
/// What can be read in what a server sent before encryption begins: with TLS 1.2 its certificates, with all versions that it is not
/// TLS at all.
/// </summary>
internal sealed class TlsTranscript
{
    private const int RecordHeader = 5;
    private const int MessageHeader = 4;

    /// <summary>2^14 octets and what encryption adds (RFC 5246 §6.2.3).</summary>
    private const int MaxRecordLength = 16_384 + 2_048;

    private const byte ChangeCipherSpec = 20;
    private const byte AlertRecord = 21;
    private const byte HandshakeRecord = 22;
    private const byte ApplicationData = 23;
    private const byte CertificateMessage = 11;
    private const byte CertificateRequestMessage = 13;

    private readonly List<ReadOnlyMemory<byte>> _certificates = [];

    /// <summary>It begins as TLS does. True while nothing has come.</summary>
    public bool IsTls { get; private set; } = true;

    /// <summary>The certificates in the order in which they were sent; empty with TLS 1.3, which encrypts them.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates => _certificates;

    /// <summary>The server asked for a certificate of the client; not seen with TLS 1.3.</summary>
    public bool AsksForClientCertificate { get; private set; }

    /// <summary>The alert that was sent in plain text (RFC 8446 §6).</summary>
    public byte? Alert { get; private set; }

    /// <summary>Reads it, as far as it makes sense. Never throws.</summary>
    public static TlsTranscript Read(ReadOnlyMemory<byte> received)
    {
        var transcript = new TlsTranscript();
        transcript.ReadMessages(transcript.ReadRecords(received));
        return transcript;
    }

    /// <summary>The handshake messages, put together from the records that are not encrypted.</summary>
    private byte[] ReadRecords(ReadOnlyMemory<byte> received)
    {
        using var messages = new MemoryStream();
        for (var rest = received; !rest.IsEmpty;)
        {
            var header = rest.Span;
            if (header[0] is < ChangeCipherSpec or > ApplicationData || (header.Length > 1 && header[1] != 3))
            {
                IsTls = messages.Length > 0 || Alert is not null;
                break;
            }

            if (header.Length < RecordHeader || header[0] is ChangeCipherSpec or ApplicationData)
                break;
            var length = BinaryPrimitives.ReadUInt16BigEndian(header[3..]);
            if (length > MaxRecordLength)
                break;
            var content = rest[RecordHeader..][..Math.Min(length, rest.Length - RecordHeader)];
            if (header[0] == HandshakeRecord)
                messages.Write(content.Span);
            else if (header[0] == AlertRecord && content.Length == 2)
                Alert = content.Span[1];
            rest = rest[(RecordHeader + content.Length)..];
        }

        return messages.ToArray();
    }

    private void ReadMessages(ReadOnlyMemory<byte> messages)
    {
        while (messages.Length >= MessageHeader)
        {
            var length = ReadUInt24(messages.Span[1..]);
            if (length > messages.Length - MessageHeader)
                return;
            if (messages.Span[0] == CertificateMessage)
                ReadCertificates(messages.Slice(MessageHeader, length));
            AsksForClientCertificate |= messages.Span[0] == CertificateRequestMessage;
            messages = messages[(MessageHeader + length)..];
        }
    }

    /// <summary>A list of certificates, each behind its length (RFC 5246 §7.4.2).</summary>
    private void ReadCertificates(ReadOnlyMemory<byte> message)
    {
        if (message.Length < 3)
            return;
        for (var list = message[3..]; list.Length >= 3;)
        {
            var length = ReadUInt24(list.Span);
            if (length > list.Length - 3)
                return;
            _certificates.Add(list.Slice(3, length).ToArray());
            list = list[(3 + length)..];
        }
    }

    private static int ReadUInt24(ReadOnlySpan<byte> octets) => (octets[0] << 16) | (octets[1] << 8) | octets[2];
}
