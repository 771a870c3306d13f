using CaPortal.Hosting;
using Microsoft.Extensions.Configuration;

namespace CaPortal.Tests.Hosting;

public sealed class ListenAddressesTests
{
    [Theory]
    [InlineData("http://127.0.0.1:5080", true)]
    [InlineData("http://127.0.0.2:5080", true)]
    [InlineData("http://localhost:5080", true)]
    [InlineData("https://LOCALHOST:5080", true)]
    [InlineData("http://[::1]:5080", true)]
    [InlineData("http://unix:/run/caportal.sock", true)]
    [InlineData("http://0.0.0.0:5080", false)]
    [InlineData("http://*:5080", false)]
    [InlineData("http://+:5080", false)]
    [InlineData("http://[::]:5080", false)]
    [InlineData("http://192.0.2.1:5080", false)]
    [InlineData("http://portal.example:5080", false)]
    [InlineData("http://localhost.example:5080", false)]
    [InlineData("not an address", false)]
    public void IsLoopback_Address_IsTrueOnlyForThisMachine(string address, bool expected) =>
        Assert.Equal(expected, ListenAddresses.IsLoopback(address));

    [Theory]
    [InlineData("urls", "http://*:1;http://127.0.0.1:2", "http://*:1 http://127.0.0.1:2")]
    [InlineData("http_ports", "8080", "http://*:8080")]
    [InlineData("https_ports", "8443;9443", "https://*:8443 https://*:9443")]
    [InlineData("Kestrel:Endpoints:Web:Url", "http://0.0.0.0:1", "http://0.0.0.0:1")]
    [InlineData("Unrelated", "http://0.0.0.0:1", "")]
    public void Configured_Setting_NamesItsAddresses(string key, string value, string expected)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();

        Assert.Equal(expected, string.Join(' ', ListenAddresses.Configured(configuration)));
    }

    [Theory]
    [InlineData("http://[::]:5080", "http://localhost:5080")]
    [InlineData("http://0.0.0.0:5080", "http://localhost:5080")]
    [InlineData("http://127.0.0.1:5080", "http://127.0.0.1:5080")]
    public void Browsable_Address_IsOneThatABrowserOpens(string bound, string expected) =>
        Assert.Equal(expected, ListenAddresses.Browsable(bound));

    [Theory]
    [InlineData("foo", "no scheme")]
    [InlineData("http://", "no scheme")]
    [InlineData("ftp://127.0.0.1:1", "http:// or https://")]
    [InlineData("http://127.0.0.1:99999", "0 to 65535")]
    [InlineData("http://127.0.0.1:-1", "0 to 65535")]
    [InlineData("http://127.0.0.1:x", "a port is a number")]
    [InlineData("http://127.0.0.1:1/base", "behind the port")]
    [InlineData("HTTPS://127.0.0.1:1", null)]
    [InlineData("http://[::1]:80", null)]
    [InlineData("http://*:80/", null)]
    [InlineData("http://unix:/run/portal.sock", null)]
    public void Problems_Address_SaysWhatIsWrong(string address, string? problem)
    {
        var problems = ListenAddresses.Problems(new ConfigurationBuilder().AddInMemoryCollection([new("urls", address)]).Build()).ToList();

        Assert.Equal(problem is null ? 0 : 1, problems.Count);
        Assert.All(problems, p => Assert.Contains(problem!, p, StringComparison.Ordinal));
        Assert.Equal(problem is null, ListenAddresses.IsReadable(address));
    }
}
