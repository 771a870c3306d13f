using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using CaPortal.Tests.Testing;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>Uploads that are too many or too large.</summary>
public sealed class UploadLimitTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Upload_TooLarge_IsRefusedHoweverItIsSent(bool chunked)
    {
        await using var small = new ApiFixture();
        small.Portal.With("CaPortal:Limits:MaxFileBytes", "100000");
        await ExpectAsync(413, SendAsync(Form(new byte[100_001])), "TooLarge");
        await ExpectAsync(413, SendAsync(Form(new byte[2_000_000])), "TooLarge");
        await ExpectAsync(422, SendAsync(Form(new byte[100_000])), "CertificatesRefused");
        var several = await ExpectAsync(422, small.Administrator.PostAsync(CertificatesPath, Form([new byte[100_000], new byte[100_000]]), Cancellation));
        Assert.Equal(2, several["items"]!.AsArray().Count);
        await ExpectAsync(413, SendAsync(Form(Enumerable.Repeat(new byte[100_000], 20))), "TooLarge");
        await ExpectAsync(
            422,
            small.Administrator.PostAsync(CertificatesPath, Json(new { encodedCertificate = Convert.ToBase64String(new byte[100_000]) }), Cancellation));
        await ExpectAsync(413, SendAsync(Json(new { encodedCertificate = Convert.ToBase64String(new byte[100_001]) })), "TooLarge");

        Task<HttpResponseMessage> SendAsync(HttpContent content)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, CertificatesPath) { Content = content };
            request.Headers.TransferEncodingChunked = chunked;
            return small.Administrator.SendAsync(request, Cancellation);
        }
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(100_000)]
    [InlineData(1_000_000)]
    public async Task Upload_FileNameTooLong_IsToldWhatIsTooLong(int length)
    {
        using var root = TestCertificates.Root();
        using var content = new MultipartFormDataContent { { new ByteArrayContent(root.RawData), "file", new string('a', length) } };

        var problem = await ExpectAsync(400, api.Administrator.PostAsync(CertificatesPath, content, Cancellation), "BadRequest");

        Assert.Equal(
            "The headers of a part of the form have more than the 16,384 bytes that are read: its name or its file name is too long.",
            (string)problem["detail"]!);
    }

    [Fact]
    public async Task Upload_TooLargeOfAClientThatSendsAllBeforeItListens_IsToldWhy()
    {
        using var content = Form(new byte[30_000_000]);
        var body = await content.ReadAsByteArrayAsync(Cancellation);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, api.Portal.Address.Port, Cancellation);
        var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"""
                POST {CertificatesPath} HTTP/1.1
                Host: {api.Portal.Address.Authority}
                Authorization: Bearer {PortalFactory.ApiKey}
                Content-Type: {content.Headers.ContentType}
                Content-Length: {body.Length}
                Connection: close


                """.ReplaceLineEndings("\r\n")),
            Cancellation);
        await stream.WriteAsync(body, Cancellation);

        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(Cancellation);

        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.Contains("CaPortal:Limits:MaxFileBytes", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upload_BeyondTheQueue_IsToldToComeBack()
    {
        await using var busy = new ApiFixture();
        busy.Portal.With("CaPortal:Api:ConcurrentUploads", "1").With("CaPortal:Api:QueuedUploads", "0");
        using var root = TestCertificates.Root();
        using var form = Form(root.RawData);
        using var slow = new SlowContent(await form.ReadAsByteArrayAsync(Cancellation)) { Headers = { ContentType = form.Headers.ContentType } };
        using var client = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = Timeout.InfiniteTimeSpan }) { BaseAddress = busy.Portal.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", PortalFactory.ApiKey);
        client.DefaultRequestHeaders.ExpectContinue = true;

        // The server asks for the body once the upload has been let in.
        var first = client.PostAsync(CertificatesPath, slow, Cancellation);
        await slow.Asked.WaitAsync(Cancellation);
        await ExpectAsync(429, busy.Administrator.PostAsync(CertificatesPath, Form(root.RawData), Cancellation), "TooManyRequests");
        slow.Release();
        await ExpectAsync(201, first);
        await ExpectAsync(201, busy.Administrator.PostAsync(CertificatesPath, Form(root.RawData), Cancellation));
    }

    /// <summary>A body that signals when it is asked for, and comes when it is released.</summary>
    private sealed class SlowContent(byte[] content) : HttpContent
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public void Release() => _released.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            _asked.SetResult();
            await _released.Task;
            await stream.WriteAsync(content, Cancellation);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = content.Length;
            return true;
        }
    }
}
