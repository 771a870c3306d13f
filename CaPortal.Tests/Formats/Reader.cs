using CaPortal.Core;
using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Formats;

/// <summary>The reader as the portal registers it.</summary>
internal static class Reader
{
    private static readonly CertificateReader Patient = Create();

    public static CertificateReader Create(ReadLimits? limits = null)
    {
        var services = new ServiceCollection().AddCaPortalCore();
        services.AddSingleton(Options.Create(new CoreOptions { Limits = limits ?? new() { Timeout = TestFiles.Timeout } }));
        return services.BuildServiceProvider().GetRequiredService<CertificateReader>();
    }

    public static Task<ReadResult> ReadAsync(ReadOnlyMemory<byte> content, string? password = null, ReadLimits? limits = null) =>
        (limits is null ? Patient : Create(limits)).ReadAsync(content, password, TestContext.Current.CancellationToken);

    public static Task<ReadResult> ReadAsync(string text, string? password = null) => ReadAsync(System.Text.Encoding.UTF8.GetBytes(text), password);

    /// <summary>The DER encodings of the certificates found, in order.</summary>
    public static byte[][] Certificates(this ReadResult result) => [.. result.Items.Where(i => i.Facts is not null).Select(i => i.Der.ToArray())];

    public static bool Has(this ReadItem item, FindingCode code, FindingSeverity severity = FindingSeverity.Error) =>
        item.Findings.Any(f => f.Code == code && f.Severity == severity);
}
