using System.Buffers.Binary;
using System.Text;

namespace CaPortal.Core.Formats;

/// <summary>
/// Reads big-endian values as Java's <c>DataOutputStream</c> writes them. Reading beyond the end gives nothing and sets
/// <see cref="Failed"/>.
/// </summary>
internal struct JavaKeystoreCursor(ReadOnlyMemory<byte> content, int position = 0)
{
    public int Position { get; private set; } = position;

    public bool Failed { get; private set; }

    public readonly bool AtEnd => Position == content.Length;

    public byte Byte() => Fixed(1)[0];

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Fixed(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64BigEndian(Fixed(8));

    /// <summary>Text behind its length in two bytes.</summary>
    public string Text() => Encoding.UTF8.GetString(Bytes(BinaryPrimitives.ReadUInt16BigEndian(Fixed(2))).Span);

    /// <summary>Bytes behind their length in four bytes.</summary>
    public ReadOnlyMemory<byte> Block() => Bytes(UInt32());

    /// <summary>The bytes that follow, without moving.</summary>
    public readonly ReadOnlySpan<byte> Peek() => Failed ? [] : content.Span[Position..];

    public void MoveTo(int position) => Position = position;

    private ReadOnlySpan<byte> Fixed(int length)
    {
        var bytes = Bytes((uint)length).Span;
        return Failed ? new byte[sizeof(ulong)] : bytes;
    }

    private ReadOnlyMemory<byte> Bytes(uint length)
    {
        if (Failed || length > (uint)(content.Length - Position))
        {
            Failed = true;
            return default;
        }

        var bytes = content.Slice(Position, (int)length);
        Position += (int)length;
        return bytes;
    }
}
