using CaPortal.Core.Probing;

namespace CaPortal.Tests.Probing;

public sealed class BackEndAddressTests
{
    [Theory]
    [InlineData("payments.corp", "payments.corp:443")]
    [InlineData("  Payments.CORP:8443 ", "payments.corp:8443")]
    [InlineData("payments.corp.", "payments.corp:443")]
    [InlineData("payments.corp.:8443", "payments.corp:8443")]
    [InlineData("localhost", "localhost:443")]
    [InlineData("my_host.corp", "my_host.corp:443")]
    [InlineData("10.0.0.1", "10.0.0.1:443")]
    [InlineData("10.0.0.1:1", "10.0.0.1:1")]
    [InlineData("10.0.0.1.", "10.0.0.1:443")]
    [InlineData("2001:DB8:0::1", "[2001:db8::1]:443")]
    [InlineData("[2001:db8::1]", "[2001:db8::1]:443")]
    [InlineData("[2001:db8::1]:8443", "[2001:db8::1]:8443")]
    [InlineData("::ffff:10.0.0.1", "[::ffff:10.0.0.1]:443")]
    [InlineData("https://payments.corp", "payments.corp:443")]
    [InlineData("HTTPS://user:secret@payments.corp:8443/health?x=1#top", "payments.corp:8443")]
    [InlineData("https://user@evil.example@payments.corp/", "payments.corp:443")]
    [InlineData("https://[2001:db8::1]:8443/x", "[2001:db8::1]:8443")]
    [InlineData("https://payments.corp?next=https://evil.example", "payments.corp:443")]
    [InlineData("bücher.example", "xn--bcher-kva.example:443")]
    [InlineData("BÜCHER。example", "xn--bcher-kva.example:443")]
    [InlineData("１２７.０.０.１", "127.0.0.1:443")]
    public void TryParse_Address_IsNormal(string text, string expected)
    {
        Assert.True(BackEndAddress.TryParse(text, null, out var address, out var problem), problem);

        Assert.Equal(expected, address.ToString());
        Assert.Null(address.ServerName);
        Assert.True(BackEndAddress.TryParse(address.ToString(), null, out var again, out _));
        Assert.Equal(address, again);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("   ")]
    [InlineData("http://payments.corp")]
    [InlineData("ldaps://payments.corp:636")]
    [InlineData("://payments.corp")]
    [InlineData("https://")]
    [InlineData("https:///path")]
    [InlineData("payments.corp/health")]
    [InlineData("user@payments.corp")]
    [InlineData("10.0.0.0/8")]
    [InlineData("payments.corp:")]
    [InlineData("payments.corp:0")]
    [InlineData("payments.corp:65536")]
    [InlineData("payments.corp:99999999999")]
    [InlineData("payments.corp:+1")]
    [InlineData("payments.corp:４４３")]
    [InlineData("payments.corp:https")]
    [InlineData(":443")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("payments..corp")]
    [InlineData("-payments.corp")]
    [InlineData("payments-.corp")]
    [InlineData("pay ments.corp")]
    [InlineData("payments.corp\\@evil.example")]
    [InlineData("https://payments.corp\\.evil.example/")]
    [InlineData("payments.corp\0.evil.example")]
    [InlineData("payments.corp\r\nHost: evil")]
    [InlineData("*.corp")]
    [InlineData("[2001:db8::1")]
    [InlineData("[2001:db8::1]8443")]
    [InlineData("[2001:db8::1]:")]
    [InlineData("[payments.corp]:443")]
    [InlineData("[10.0.0.1]:443")]
    [InlineData("fe80::1%eth0")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("a:b:c")]
    [InlineData("\uD800.example")]
    public void TryParse_NoAddress_SaysWhy(string? text)
    {
        Assert.False(BackEndAddress.TryParse(text, null, out var address, out var problem));

        Assert.Null(address);
        Assert.EndsWith(".", problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\0', problem);
        Assert.DoesNotContain('\n', problem);
    }

    [Theory]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f.1")]
    [InlineData("0x7f000001")]
    [InlineData("0x")]
    [InlineData("0177.0.0.1")]
    [InlineData("127.0.0.01")]
    [InlineData("127.0.0.1.1")]
    [InlineData("256.0.0.1")]
    [InlineData("1.2.3")]
    [InlineData("payments.1")]
    [InlineData("１２７.1")]
    public void TryParse_OddSpellingOfIpv4_IsRefused(string text)
    {
        Assert.False(BackEndAddress.TryParse(text, null, out _, out var problem));

        Assert.Contains("IPv4", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void TryParse_Label_HasALimit(int length, bool isValid) =>
        Assert.Equal(isValid, BackEndAddress.TryParse(new string('a', length) + ".corp", null, out _, out _));

    [Theory]
    [InlineData(253, true)]
    [InlineData(254, false)]
    [InlineData(3_000_000, false)]
    public void TryParse_Name_HasALimit(int length, bool isValid)
    {
        var labels = string.Join('.', Enumerable.Repeat(new string('a', 49), length / 50 + 1));

        Assert.Equal(isValid, BackEndAddress.TryParse(labels[..length].TrimEnd('.').PadRight(length, 'a'), null, out _, out _));
    }

    [Theory]
    [InlineData("Payments.Corp", "payments.corp", null)]
    [InlineData("payments.corp", "  ", null)]
    [InlineData("10.0.0.1", "Payments.CORP.", "payments.corp")]
    [InlineData("payments.corp", "[2001:DB8::1]", "2001:db8::1")]
    public void TryParse_ServerName_IsKeptWhereItDiffers(string text, string serverName, string? expected)
    {
        Assert.True(BackEndAddress.TryParse(text, serverName, out var address, out _));

        Assert.Equal(expected, address.ServerName);
        Assert.Equal(expected ?? address.Host, address.TlsName);
    }

    [Theory]
    [InlineData("payments.corp:8443")]
    [InlineData("https://payments.corp")]
    [InlineData("*.corp")]
    [InlineData("127.1")]
    public void TryParse_NoServerName_SaysWhy(string serverName)
    {
        Assert.False(BackEndAddress.TryParse("payments.corp", serverName, out _, out var problem));

        Assert.StartsWith("The server name cannot be used: ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_RandomText_NeverThrows()
    {
        const string alphabet = "a1.:-[]%/@?#\\ü。\u200D\uD800\uDC00\0\n xn--０x_*Ａß";
        var random = new Random(20261);
        for (var i = 0; i < 50_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(1, 14)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
            if (BackEndAddress.TryParse(text, text, out var address, out var problem))
                Assert.True(address.Host.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-' or '_' or ':'), address.Host);
            else
                Assert.NotEmpty(problem);
        }
    }
}
