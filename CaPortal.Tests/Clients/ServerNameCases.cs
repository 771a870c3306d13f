using System.Net;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Clients;

/// <summary>Names of certificates that clients compare by rules of their own.</summary>
internal static class ServerNameCases
{
    private delegate CertificateTemplate Change(CertificateTemplate template);

    /// <summary>One server for each.</summary>
    /// <param name="create">Makes it: its name, what the client calls, and what its certificate is.</param>
    public static IEnumerable<ServerCase> All(Func<string, string, Func<CertificateTemplate, CertificateTemplate>, ServerCase> create)
    {
        (string Name, string Host, Change Change)[] cases =
        [
            ("address as the common name", "127.0.0.1", t => t with { Subject = "CN=127.0.0.1" }),
            ("another address as the common name", "127.0.0.1", t => t with { Subject = "CN=127.0.0.2" }),
            ("address as the common name beside a DNS name", "127.0.0.1", t => t with { Subject = "CN=127.0.0.1", Dns = ["other.example"] }),
            ("common name beside an address", "localhost", t => t with { Subject = "CN=localhost", Addresses = [IPAddress.Loopback] }),
            ("common name beside a DNS name", "localhost", t => t with { Subject = "CN=localhost", Dns = ["other.example"] }),
            ("first of two common names", "localhost", t => t with { Subject = "CN=other.example,CN=localhost" }),
            ("last of two common names", "localhost", t => t with { Subject = "CN=localhost,CN=other.example" }),
            ("wildcard as the common name", "a.localhost", t => t with { Subject = "CN=*.corp.localhost" }),
            ("wildcard", "a.corp.localhost", t => t with { Dns = ["*.corp.localhost"] }),
            ("wildcard as the common name alone", "a.corp.localhost", t => t with { Subject = "CN=*.corp.localhost" }),
            ("wildcard over two labels", "a.b.corp.localhost", t => t with { Dns = ["*.corp.localhost"] }),
            ("wildcard of a top-level domain", "a.localhost", t => t with { Dns = ["*.localhost"] }),
            ("wildcard with an underscore", "a.my_corp.localhost", t => t with { Dns = ["*.my_corp.localhost"] }),
            ("underscore", "my_app.corp.localhost", t => t with { Dns = ["my_app.corp.localhost"] }),
            ("wildcard for a part of a label", "foo.corp.localhost", t => t with { Dns = ["f*.corp.localhost"] }),
            ("wildcard in a lower label", "a.b.localhost", t => t with { Dns = ["a.*.localhost"] }),
            ("final dot in the certificate", "a.corp.localhost", t => t with { Dns = ["a.corp.localhost."] }),
            ("capital letters", "a.corp.localhost", t => t with { Dns = ["A.Corp.LOCALHOST"] }),
            ("space before the name", "a.corp.localhost", t => t with { Dns = [" a.corp.localhost"] }),
        ];
        return cases.Select(c => create($"name: {c.Name}", c.Host, t => c.Change(t)));
    }
}
