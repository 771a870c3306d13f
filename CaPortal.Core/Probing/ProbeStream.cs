using System.Buffers;

namespace CaPortal.Core.Probing;

/// <summary>What a server sends, bounded and recorded: a broken handshake often says in plain text why it broke.</summary>
internal sealed class ProbeStream(Stream inner, int maxBytes) : Stream
{
    private readonly ArrayBufferWriter<byte> _received = new();

    /// <summary>What was received.</summary>
    public ReadOnlyMemory<byte> Received => _received.WrittenMemory;

    /// <summary>The server sent more than it may.</summary>
    public bool IsOverLimit => _received.WrittenCount > maxBytes;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        _received.Write(buffer.Span[..count]);
        return IsOverLimit ? throw new IOException("The server sends too much.") : count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    // TLS streams that are used asynchronously call none of these.
    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
