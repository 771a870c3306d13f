using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inventory;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Inventory;

public class ListTests
{
    public static TheoryData<CaCertificateSort> Sorts => [.. Enum.GetValues<CaCertificateSort>()];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("corp", "Corp Root,Corp Sub")]
    [InlineData("  SUB   corp ", "Corp Sub")]
    [InlineData("quo\"ted", "A Quo\"ted Name")]
    [InlineData("100%", "100% _Wild_ [a-z]* CA")]
    [InlineData("100_", "")]
    [InlineData("%", "100% _Wild_ [a-z]* CA")]
    [InlineData("_wild_", "100% _Wild_ [a-z]* CA")]
    [InlineData("[a-z]*", "100% _Wild_ [a-z]* CA")]
    [InlineData("c*p", "")]
    [InlineData("' OR 1=1 --", "")]
    [InlineData("müller", "Zertifikat Müller GmbH")]
    [InlineData("why-here", "Corp Root,Corp Sub")]
    [InlineData("anna@example.org sub", "Corp Sub")]
    [InlineData("", "100% _Wild_ [a-z]* CA,A Quo\"ted Name,Corp Root,Corp Sub,Zertifikat Müller GmbH")]
    public async Task List_Search_FindsWhatHasAllWords(string search, string expected)
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root("Corp Root");
        using var sub = TestCertificates.Intermediate(root, "Corp Sub");
        await AddAsync(core, "why-here", root, sub);
        await AddNamedAsync(core, "100% _Wild_ [a-z]* CA", "A Quo\"ted Name", "Zertifikat Müller GmbH");

        // The issuer's name is searched too, so that the list has what it issued.
        var found = await core.ListAsync(new CaCertificateQuery { Search = search });

        Assert.Equal(expected, string.Join(',', found.Select(c => c.Facts.Name)));
    }

    [Theory]
    [InlineData("SHA-1")]
    [InlineData("SHA-1 in small letters")]
    [InlineData("SHA-1 with colons")]
    [InlineData("SHA-256 in small letters")]
    [InlineData("SHA-256 with colons")]
    [InlineData("a part of SHA-256")]
    [InlineData("serial number")]
    public async Task List_SearchForHashes_TakesThemAsOtherToolsShowThem(string form)
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        using var another = TestCertificates.Root("Another");
        await core.AddAsync(root, another);
        var sha256 = Convert.ToHexString(SHA256.HashData(root.RawData));

        var search = form switch
        {
            "SHA-1" => root.Thumbprint,
            "SHA-1 in small letters" => root.Thumbprint.ToLowerInvariant(),
            "SHA-1 with colons" => Colons(root.Thumbprint),
            "SHA-256 in small letters" => sha256.ToLowerInvariant(),
            "SHA-256 with colons" => Colons(sha256).ToLowerInvariant(),
            "a part of SHA-256" => Colons(sha256)[12..30],
            _ => root.SerialNumber,
        };

        Assert.Equal("Test Root", Assert.Single(await core.ListAsync(new CaCertificateQuery { Search = search })).Facts.Name);

        static string Colons(string hex) => string.Join(':', hex.Chunk(2).Select(pair => new string(pair)));
    }

    [Theory]
    [InlineData("Left\u202Ethgir CA", "thgir")]
    [InlineData("Bell\aand\u001Bescape", "escape")]
    [InlineData("Nul\0within", "within")]
    [InlineData("Zero\u200Bwidth", "width")]
    [InlineData("Emoji \U0001F600 CA", "\U0001F600")]
    [InlineData("<script>alert(1)</script>", "<script>")]
    public async Task List_HostileName_IsStoredAndFound(string name, string search)
    {
        await using var core = await TestCore.StartAsync();
        await AddNamedAsync(core, name);

        var found = Assert.Single(await core.ListAsync(new CaCertificateQuery { Search = search }));

        Assert.Equal(name.Replace('\0', found.Facts.Name[Math.Min(3, found.Facts.Name.Length - 1)]), found.Facts.Name);
        Assert.Equal(CaCertificateStatus.Installed, found.Status);
        Assert.NotNull(await core.Machine.ViewAsync(found.Key, Cancellation));
    }

    [Fact]
    public async Task List_Filters_AreCombined()
    {
        var time = FakeTime.FromNow();
        await using var core = await TestCore.StartAsync(time: time);
        using var root = TestCertificates.Root("Root", notAfter: time.GetUtcNow().AddDays(30));
        using var later = TestCertificates.Root("Later", notAfter: time.GetUtcNow().AddDays(70));
        using var sub = TestCertificates.Intermediate(root, "Sub", time.GetUtcNow().AddDays(29));
        await core.AddAsync(root, later, sub);

        Assert.Equal(["Later", "Root"], await NamesAsync(new CaCertificateQuery { Store = CaStore.Root }));
        Assert.Equal(["Root", "Sub"], await NamesAsync(new CaCertificateQuery { Condition = CaCertificateCondition.ExpiresSoon }));
        Assert.Equal(["Root"], await NamesAsync(new CaCertificateQuery { Condition = CaCertificateCondition.ExpiresSoon, Store = CaStore.Root }));
        Assert.Equal(["Later", "Root", "Sub"], await NamesAsync(new CaCertificateQuery { Status = CaCertificateStatus.Installed }));
        Assert.Empty(await NamesAsync(new CaCertificateQuery { Status = CaCertificateStatus.Failed }));
        time.Advance(TimeSpan.FromDays(31));
        Assert.Equal(["Root", "Sub"], await NamesAsync(new CaCertificateQuery { Condition = CaCertificateCondition.Expired }));
        Assert.Equal(["Later"], await NamesAsync(new CaCertificateQuery { Condition = CaCertificateCondition.ExpiresSoon }));
        Assert.Empty(await NamesAsync(new CaCertificateQuery { Condition = CaCertificateCondition.Installed }));
        Assert.Equal(["Root", "Sub", "Later"], await NamesAsync(new CaCertificateQuery { Sort = CaCertificateSort.Condition }));

        async Task<IEnumerable<string>> NamesAsync(CaCertificateQuery query) => (await core.ListAsync(query)).Select(c => c.Facts.Name);
    }

    [Theory]
    [MemberData(nameof(Sorts))]
    public async Task List_EverySort_IsInOrderAndPagesWithoutGapsOrRepeats(CaCertificateSort sort)
    {
        await using var core = await TestCore.StartAsync();
        for (var i = 0; i < 4; i++)
        {
            // Equal names, so that ties have to be broken.
            using var root = TestCertificates.Root(i % 2 == 0 ? "same" : "Same");
            using var sub = TestCertificates.Intermediate(root, "other");
            await core.AddAsync(root, sub);
        }

        // A root that names another issuer, and a cross certificate that is like a root: only the signature tells them apart.
        using var odd = (
            CertificateTemplate.Ca("odd") with
            {
                More = [X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier([1, 2, 3])],
            }
        ).Create();
        using var twin = TestCertificates.Root("twin");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var cross = TestCertificates.CaRequest(twin.Subject, key).Create(twin, TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1), [1]);
        await core.AddAsync(odd, cross);
        Assert.Equal(
            [true, false],
            (await core.ListAsync()).Where(c => c.Facts.Name is "odd" or "twin").OrderBy(c => c.Facts.Name).Select(c => c.Facts.IsSelfSigned));

        await Assert.AllAsync([false, true], async descending =>
        {
            var query = new CaCertificateQuery { Sort = sort, Descending = descending };
            var all = await core.ListAsync(query);
            var paged = new List<CaCertificate>();
            for (var skip = 0; skip < all.Count; skip += 3)
                paged.AddRange(await core.ListAsync(query with { Skip = skip, Top = 3 }));

            Assert.Equal(10, all.Count);
            Assert.Equal(all.Select(c => c.Key), paged.Select(c => c.Key));
            Assert.Equal(all.Select(c => c.Key), await core.List.KeysAsync(query with { Top = 3 }, Cancellation));
            var values = all.Select(c => ValueOf(c, sort)).ToList();
            Assert.Equal(descending ? values.OrderDescending(StringComparer.Ordinal) : values.Order(StringComparer.Ordinal), values);
        });

        static string ValueOf(CaCertificate c, CaCertificateSort sort) => sort switch
        {
            CaCertificateSort.Name => c.Facts.Name.ToUpperInvariant(),
            CaCertificateSort.Status => $"{c.Status}",
            CaCertificateSort.Condition => $"{(int)c.ConditionAt(TimeProvider.System.GetUtcNow())}",
            CaCertificateSort.Store => $"{c.Key.Store}",
            CaCertificateSort.Issuer => c.Facts.IsSelfSigned ? "" : c.Facts.IssuerName.ToUpperInvariant(),
            CaCertificateSort.Expiry => $"{c.Facts.NotAfter:O}",
            CaCertificateSort.Thumbprint => c.Facts.Thumbprint,
            CaCertificateSort.AddedBy => c.AddedBy,
            CaCertificateSort.AddedAt => $"{c.AddedAt:O}",
            CaCertificateSort.RemovedAt => $"{c.Removal?.At:O}",
            _ => throw new ArgumentOutOfRangeException(nameof(sort), sort, null),
        };
    }

    [Fact]
    public async Task List_RecycleBin_IsSortedByTheTimeOfDeletion()
    {
        var time = FakeTime.FromNow();
        await using var core = await TestCore.StartAsync(time: time);
        using var first = TestCertificates.Root("B");
        using var second = TestCertificates.Root("A");
        await core.AddAsync(first, second);
        await core.DeleteAsync(TestCore.KeyOf(first));
        time.Advance(TimeSpan.FromHours(1));
        await core.DeleteAsync(TestCore.KeyOf(second));

        var query = new CaCertificateQuery { Deleted = true, Sort = CaCertificateSort.RemovedAt };

        Assert.Equal(["B", "A"], (await core.ListAsync(query)).Select(c => c.Facts.Name));
        Assert.Equal(["A", "B"], (await core.ListAsync(query with { Descending = true })).Select(c => c.Facts.Name));
    }

    [Fact]
    public async Task List_OfThousands_IsPagedSearchedAndDeletedAtOnce()
    {
        const int Count = 3_000;
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root("Template");
        var inspection = await core.InspectAsync(TestFiles.Pem(root));
        var template = Assert.Single(core.PlanAll(inspection).Additions);

        // The list is drawn from facts, so facts will do: the certificates themselves are bytes to it.
        var additions = Enumerable
            .Range(0, Count)
            .Select(i =>
            {
                var der = BitConverter.GetBytes(i);
                var sha256 = Thumbprints.Sha256(der);
                return template with
                {
                    Key = new CaCertificateKey(CaStore.Root, sha256),
                    Der = der,
                    Facts = template.Facts with { Sha256 = sha256, Name = $"CA no-{i:00000}", Subject = $"CN=CA no-{i:00000}" },
                };
            })
            .ToList();
        var plan = core.PlanAll(inspection) with { Additions = additions };
        Assert.Equal(1, await core.Get<ChangeWriter>().WriteAsync(plan, TestCore.Anna, null, null, Cancellation));

        var page = await core.List.ListAsync(new CaCertificateQuery { Skip = Count - 10, Top = 20, Sort = CaCertificateSort.Status }, Cancellation);
        Assert.Equal((Count, 10), (page.Count, page.Certificates.Count));
        Assert.Equal("CA no-01711", Assert.Single(await core.ListAsync(new CaCertificateQuery { Search = "no-01711 ca" })).Facts.Name);

        var keys = await core.List.KeysAsync(new CaCertificateQuery(), Cancellation);
        var delete = await core.Changes.PlanDeleteAsync(keys, Cancellation);
        Assert.Equal(Count, delete.Removals.Count);
        Assert.Equal(2, await core.Get<ChangeWriter>().WriteAsync(delete, TestCore.Anna, null, null, Cancellation));
        Assert.Equal(0, (await core.List.ListAsync(new CaCertificateQuery(), Cancellation)).Count);
    }

    [Fact]
    public async Task Plan_MoreKeysThanSqliteTakesParameters_IsMade()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        var keys = Enumerable.Range(0, 70_000).Select(i => new CaCertificateKey(CaStore.Root, $"{i:x64}")).Append(TestCore.KeyOf(root)).ToList();

        Assert.Single((await core.Changes.PlanDeleteAsync(keys, Cancellation)).Removals);
    }

    private static async Task AddAsync(TestCore core, string? reason, params X509Certificate2[] certificates) =>
        await core.ApplyAsync(core.PlanAll(await core.InspectAsync(TestFiles.Pem(certificates))), reason: reason);

    private static async Task AddNamedAsync(TestCore core, params string[] names)
    {
        foreach (var name in names)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var subject = new X500DistinguishedNameBuilder();
            subject.AddCommonName(name);
            var request = TestCertificates.CaRequest("CN=placeholder", key);
            var named = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
            foreach (var extension in request.CertificateExtensions)
                named.CertificateExtensions.Add(extension);
            using var certificate = named.CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(10));
            Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(certificate));
        }
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class ListTestsOnPostgres : ListTests;
