using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace CaPortal.Api;

/// <summary>
/// A request's body that is read up to a limit. What comes after it is taken and thrown away, within reason. Most clients
/// send all that they have before they listen, and would see a broken connection in place of the reason.
/// </summary>
internal sealed class BoundedBody : Stream
{
    /// <summary>Bytes that are thrown away before the connection is broken after all.</summary>
    private const long MaxDiscarded = 256L * 1024 * 1024;

    private readonly Stream _body;
    private readonly string _refusal;
    private long _left;

    private BoundedBody(Stream body, long limit, string refusal) => (_body, _left, _refusal) = (body, limit, refusal);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Bounds the body of a request that nothing has been read of yet.</summary>
    /// <param name="request">The request.</param>
    /// <param name="limit">Bytes that may be read.</param>
    /// <param name="refusal">What is said of a longer one.</param>
    /// <exception cref="BadHttpRequestException">It says itself that it is longer, and waits with sending for being let in.</exception>
    public static void Apply(HttpRequest request, long limit, string refusal)
    {
        if (request.ContentLength > limit && request.Headers.ContainsKey(HeaderNames.Expect))
            throw TooLarge(refusal);
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = limit + MaxDiscarded;
        request.Body = new BoundedBody(request.Body, limit, refusal);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await _body.ReadAsync(buffer, cancellationToken);
        _left -= count;
        if (_left >= 0)
            return count;
        await _body.CopyToAsync(Null, cancellationToken);
        throw TooLarge(_refusal);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static BadHttpRequestException TooLarge(string refusal) => new(refusal, StatusCodes.Status413PayloadTooLarge);
}
