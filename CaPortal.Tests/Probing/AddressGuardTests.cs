using System.Net;
using System.Net.Sockets;
using CaPortal.Core.Probing;

namespace CaPortal.Tests.Probing;

public sealed class AddressGuardTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("169.254.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.170.2")]
    [InlineData("100.100.100.200")]
    [InlineData("168.63.129.16")]
    [InlineData("192.0.0.192")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.250")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("fe80::1")]
    [InlineData("febf::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fd20:ce::254")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::ffff:0:169.254.169.254")]
    [InlineData("::169.254.169.254")]
    [InlineData("::ffff:0.0.0.0")]
    [InlineData("64:ff9b::169.254.169.254")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("64:ff9b:1::169.254.169.254")]
    [InlineData("64:ff9b:1:a9fe:a9:fe00::")]
    [InlineData("64:ff9b:1:12a9:fe:a9fe::")]
    [InlineData("64:ff9b:1:1234:a9:fea9:fe00:0")]
    [InlineData("64:ff9b:1::")]
    [InlineData("2002:a9fe:a9fe::1")]
    [InlineData("2002:e000:1::")]
    [InlineData("2001:0:a9fe:a9fe::1")]
    [InlineData("2001:0:102:304:0:0:5601:5601")]
    [InlineData("2001:db8::5efe:169.254.169.254")]
    [InlineData("2001:db8::200:5efe:a9fe:a9fe")]
    public async Task Resolve_AddressThatIsNeverAllowed_IsBlockedWhateverTheSettingsSay(string address)
    {
        var guard = ServerProbing.Guard(_ => throw new InvalidOperationException("An address is not looked up."), allowed =>
        {
            allowed.Networks.Add("0.0.0.0/0");
            allowed.Networks.Add("::/0");
        });

        var blocked = Assert.IsType<AddressResolution.Blocked>(await guard.ResolveAsync(address, 443, AddressChoice.Administrator, Cancellation));

        Assert.Contains("CaPortal does not connect to", blocked.Message, StringComparison.Ordinal);
        Assert.Contains("CaPortal:BackEnds:Allowed:Networks", blocked.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("192.0.0.193")]
    [InlineData("100.64.0.1")]
    [InlineData("8.8.8.8")]
    [InlineData("::1")]
    [InlineData("fd12::1")]
    [InlineData("2001:db8::1")]
    [InlineData("64:ff9b::10.1.2.3")]
    [InlineData("64:ff9b:1::10.1.2.3")]
    [InlineData("2002:a01:203::1")]
    public async Task Resolve_OtherAddress_IsPermitted(string address)
    {
        var resolution = await ServerProbing.Guard(_ => []).ResolveAsync(address, 443, AddressChoice.Administrator, Cancellation);

        Assert.Equal([IPAddress.Parse(address)], Assert.IsType<AddressResolution.Permitted>(resolution).Addresses);
    }

    [Fact]
    public async Task Resolve_Ipv4MappedAddress_IsTheIpv4Address()
    {
        var resolution = await ServerProbing.Guard(_ => []).ResolveAsync("::ffff:10.1.2.3", 443, AddressChoice.Administrator, Cancellation);

        Assert.Equal([IPAddress.Parse("10.1.2.3")], Assert.IsType<AddressResolution.Permitted>(resolution).Addresses);
    }

    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("10.2.0.1", false)]
    [InlineData("::ffff:10.1.2.3", true)]
    [InlineData("::ffff:10.2.0.1", false)]
    [InlineData("64:ff9b::10.1.2.3", true)]
    [InlineData("2002:a01:203::1", true)]
    [InlineData("2002:a02:1::1", false)]
    [InlineData("2001:db8::1", true)]
    [InlineData("2001:db9::1", false)]
    [InlineData("192.168.7.7", true)]
    [InlineData("192.168.7.8", false)]
    [InlineData("127.0.0.1", false)]
    public async Task Resolve_AllowedNetworks_AreTheOnlyOnes(string address, bool isAllowed)
    {
        var guard = ServerProbing.Guard(_ => [], allowed =>
        {
            allowed.Networks.Add("10.1.0.0/16");
            allowed.Networks.Add("2001:db8::/32");
            allowed.Networks.Add("192.168.7.7");
        });

        var resolution = await guard.ResolveAsync(address, 443, AddressChoice.Administrator, Cancellation);

        Assert.Equal(isAllowed, resolution is AddressResolution.Permitted);
    }

    [Theory]
    [InlineData(null, 443, true)]
    [InlineData(null, 636, true)]
    [InlineData(null, 1024, true)]
    [InlineData(null, 65535, true)]
    [InlineData(null, 22, false)]
    [InlineData(null, 80, false)]
    [InlineData("8000-8999", 8000, true)]
    [InlineData("8000-8999", 8999, true)]
    [InlineData("8000-8999", 9000, false)]
    [InlineData("8000-8999", 443, false)]
    [InlineData("22", 22, true)]
    public async Task Resolve_Ports_AreTheAllowedOnes(string? ports, int port, bool isAllowed)
    {
        var guard = ServerProbing.Guard(_ => [], allowed =>
        {
            if (ports is not null)
                allowed.Ports.Add(ports);
        });

        var resolution = await guard.ResolveAsync("10.0.0.1", port, AddressChoice.Administrator, Cancellation);

        Assert.Equal(isAllowed, resolution is AddressResolution.Permitted);
        if (resolution is AddressResolution.Blocked blocked)
        {
            Assert.Contains($"port {port}", blocked.Message, StringComparison.Ordinal);
            Assert.Contains("CaPortal:BackEnds:Allowed:Ports", blocked.Advice, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Resolve_ChosenByAServer_MayUsePort80AndNotThisMachine()
    {
        var guard = ServerProbing.Guard(_ => []);

        Assert.IsType<AddressResolution.Permitted>(await guard.ResolveAsync("10.0.0.1", 80, AddressChoice.Server, Cancellation));
        Assert.IsType<AddressResolution.Blocked>(await guard.ResolveAsync("10.0.0.1", 22, AddressChoice.Server, Cancellation));
        foreach (var loopback in (string[])["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1"])
            Assert.IsType<AddressResolution.Blocked>(await guard.ResolveAsync(loopback, 80, AddressChoice.Server, Cancellation));

        var named = ServerProbing.Guard(_ => [], allowed => allowed.Networks.Add("127.0.0.0/8"));
        Assert.IsType<AddressResolution.Permitted>(await named.ResolveAsync("127.0.0.1", 80, AddressChoice.Server, Cancellation));
    }

    [Fact]
    public async Task Resolve_SeveralAddresses_ThePermittedOnesStayInTheirOrder()
    {
        var guard = ServerProbing.Guard(_ =>
            [
                IPAddress.Parse("169.254.169.254"),
                IPAddress.Parse("10.0.0.2"),
                IPAddress.Parse("fe80::1"),
                IPAddress.Parse("10.0.0.1"),
                IPAddress.Parse("10.0.0.2"),
            ]);

        var resolution = await guard.ResolveAsync("payments.corp", 443, AddressChoice.Administrator, Cancellation);

        Assert.Equal([IPAddress.Parse("10.0.0.2"), IPAddress.Parse("10.0.0.1")], Assert.IsType<AddressResolution.Permitted>(resolution).Addresses);
    }

    [Fact]
    public async Task Resolve_NoPermittedAddress_NamesNameAddressAndSetting()
    {
        var guard = ServerProbing.Guard(_ => [IPAddress.Parse("10.9.9.9")], allowed => allowed.Networks.Add("10.1.0.0/16"));

        var blocked = Assert.IsType<AddressResolution.Blocked>(await guard.ResolveAsync("payments.corp", 443, AddressChoice.Administrator, Cancellation));

        Assert.Equal("CaPortal does not connect to payments.corp: its address is 10.9.9.9, which is in none of the allowed networks.", blocked.Message);
        Assert.Contains("CaPortal:BackEnds:Allowed:Networks", blocked.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resolve_UnknownName_IsNotFound()
    {
        Assert.IsType<AddressResolution.NotFound>(
            await ServerProbing
                .Guard(_ => throw new SocketException((int)SocketError.HostNotFound))
                .ResolveAsync("payments.corp", 443, AddressChoice.Administrator, Cancellation));
        Assert.IsType<AddressResolution.NotFound>(
            await ServerProbing.Guard(_ => []).ResolveAsync("payments.corp", 443, AddressChoice.Administrator, Cancellation));
        var uncertain = Assert.IsType<AddressResolution.NotFound>(
            await ServerProbing
                .Guard(_ => throw new SocketException((int)SocketError.TryAgain))
                .ResolveAsync("payments.corp", 443, AddressChoice.Administrator, Cancellation));
        Assert.Contains("did not answer", uncertain.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_FirstAddressDoesNotAnswer_TakesTheNext()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        using var socket = await AddressGuard.ConnectAsync([IPAddress.Parse("127.0.0.2"), IPAddress.Loopback], port, ServerProbing.Timeout, Cancellation);

        Assert.Equal(new IPEndPoint(IPAddress.Loopback, port), socket.RemoteEndPoint);
    }
}
