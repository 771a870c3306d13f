using CaPortal.Core.Certificates;

namespace CaPortal.Tests.Formats;

/// <summary>What holds of a file that was cut off, wherever that was.</summary>
internal static class CutFiles
{
    /// <summary>Reads the file cut at every byte: what is missing is an Error, and nothing throws.</summary>
    public static async Task AssertSaidAsync(byte[] file, int certificates)
    {
        var reader = Reader.Create();
        Assert.Equal(certificates, (await reader.ReadAsync(file, null, TestContext.Current.CancellationToken)).Certificates().Length);
        for (var length = 0; length < file.Length; length++)
        {
            var result = await reader.ReadAsync(file.AsMemory(0, length), null, TestContext.Current.CancellationToken);

            var isTold = result.Items.Any(i => i.Findings.Any(f => f.Code == FindingCode.NotACertificate && f.Severity == FindingSeverity.Error));
            Assert.True(
                isTold || certificates > 0 && result.Certificates().Length == certificates,
                $"cut at byte {length}: {result.Certificates().Length} certificates");
        }
    }
}
