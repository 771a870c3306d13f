using System.Buffers.Binary;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Formats;

public sealed class SerializedStoreFormatTests : IDisposable
{
    private const int Certificate = 32;
    private const int RevocationList = 33;

    private readonly X509Certificate2 _first = TestCertificates.Root("First");
    private readonly X509Certificate2 _second = TestCertificates.Root("Second");

    [Fact]
    public async Task Read_Store_GivesEveryCertificateWithItsName()
    {
        var result = await Reader.ReadAsync(Store(
            Property(3, new byte[20]), Property(11, Encoding.Unicode.GetBytes("Corp root\0")), Property(Certificate, _first.RawData),
            Property(RevocationList, [0x30, 0]), Property(Certificate, _second.RawData)));

        Assert.Equal("Microsoft serialized store", result.Format);
        Assert.Equal([_first.RawData, _second.RawData], result.Certificates());
        Assert.Equal(["Corp root", null, null], result.Items.Select(i => i.FriendlyName));
        Assert.Equal("Certificate revocation list", result.Items[1].Kind);
        Assert.DoesNotContain(result.Items, i => i.Findings.Any(f => f.Severity == FindingSeverity.Error));
    }

    [Fact]
    public async Task Read_DamagedCertificate_KeepsTheOther()
    {
        var result = await Reader.ReadAsync(Store(Property(Certificate, _first.RawData.AsSpan(0, 100).ToArray()), Property(Certificate, _second.RawData)));

        Assert.Equal([_second.RawData], result.Certificates());
        Assert.Equal(("Damaged certificate", "item 1"), (result.Items[0].Kind, result.Items[0].Position));
    }

    [Theory]
    [InlineData(104, "", FindingCode.Distrusted, FindingSeverity.Error)]
    [InlineData(104, "00C0CF4C1F90DB01", FindingCode.Distrusted, FindingSeverity.Error)]
    [InlineData(122, "300A06082B06010505070301", FindingCode.Distrusted, FindingSeverity.Error)]
    [InlineData(122, "junk", FindingCode.Distrusted, FindingSeverity.Error)]
    [InlineData(126, "00C0CF4C1F90DB01", FindingCode.Distrusted, FindingSeverity.Warning)]
    [InlineData(9, "300A06082B06010505070303", FindingCode.LimitedTrust, FindingSeverity.Warning)]
    public async Task Read_PropertyThatDistrustsOrLimits_IsTold(int property, string value, FindingCode code, FindingSeverity severity)
    {
        var content = value == "junk" ? "junk"u8.ToArray() : Convert.FromHexString(value);

        var result = await Reader.ReadAsync(Store(Property(property, content), Property(Certificate, _first.RawData), Property(Certificate, _second.RawData)));

        Assert.True(result.Items[0].Has(code, severity));
        Assert.DoesNotContain(result.Items[1].Findings, f => f.Code is FindingCode.Distrusted or FindingCode.LimitedTrust);
    }

    [Theory]
    [InlineData(122, "300A06082B06010505070303")]
    [InlineData(9, "300A06082B06010505070301")]
    public async Task Read_PropertyOfOtherPurposes_SaysNothing(int property, string value)
    {
        var result = await Reader.ReadAsync(Store(Property(property, Convert.FromHexString(value)), Property(Certificate, _first.RawData)));

        Assert.DoesNotContain(result.Items[0].Findings, f => f.Code is FindingCode.Distrusted or FindingCode.LimitedTrust);
    }

    [Fact]
    public async Task Read_DistrustFromADateForOtherPurposes_SaysNothing()
    {
        var result = await Reader.ReadAsync(
            Store(
                Property(126, Convert.FromHexString("00C0CF4C1F90DB01")),
                Property(127, Convert.FromHexString("300A06082B06010505070303")),
                Property(Certificate, _first.RawData)));

        Assert.DoesNotContain(result.Items[0].Findings, f => f.Code == FindingCode.Distrusted);
    }

    [Fact]
    public async Task Read_EmptyStore_SaysSo() =>
        Assert.Equal("Empty serialized store", Assert.Single((await Reader.ReadAsync(Store())).Items).Kind);

    [Fact]
    public async Task Read_MoreThanAllowed_IsRefusedAsAWhole() =>
        Assert.Contains(
            "more than 1 items",
            Assert
                .Single(
                    (
                        await Reader.ReadAsync(
                            Store(Property(Certificate, _first.RawData), Property(Certificate, _second.RawData)),
                            limits: new() { MaxCertificates = 1 })
                    ).Items)
                .Findings[0]
                .Message);

    [Fact]
    public Task Read_CutAnywhere_LosesNothingInSilence() =>
        CutFiles.AssertSaidAsync(Store(Property(3, new byte[20]), Property(Certificate, _first.RawData), Property(Certificate, _second.RawData)), 2);

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    private static byte[] Store(params byte[][] properties) => [0, 0, 0, 0, .. "CERT"u8, .. properties.SelectMany(p => p), .. new byte[12]];

    private static byte[] Property(int id, byte[] value)
    {
        var header = new byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(header, id);
        header[4] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), value.Length);
        return [.. header, .. value];
    }
}
