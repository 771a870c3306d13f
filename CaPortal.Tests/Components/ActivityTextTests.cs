using System.Text.Json;
using System.Text.RegularExpressions;
using CaPortal.Components.Shared;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed partial class ActivityTextTests
{
    private static readonly Dictionary<string, string> _titles = new() { ["pem-bundle"] = "PEM bundle files" };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData("Removed with it, though CaPortal had not written it: /anchors/a.crt", "/anchors/a.crt")]
    [InlineData("Removed with it, though CaPortal had not written them: /anchors/a.crt, /anchors/\\u{202E}.crt", "/anchors/a.crt", "/anchors/\u202E.crt")]
    public void Files_OfOthersThatWentWithACertificate_AreNamed(string? expected, params string[] files) =>
        Assert.Equal(
            expected,
            ActivityText.FilesText(new ActivityOutcome("linux-anchors", TrustStoreResult.Installed, 0, 1, 0, null) { RemovedFiles = files }));

    [Fact]
    public async Task Text_OfRealChanges_IsASentenceOfEach()
    {
        using var root = TestCertificates.Root("Corp\u202E Root");
        using var issuing = TestCertificates.Intermediate(root, "Branch Issuing");
        var others = Enumerable.Range(1, 4).Select(i => TestCertificates.Root($"Root {i}")).ToArray();
        await using var core = await TestCore.StartAsync();
        var key = TestCore.KeyOf(root);
        await core.AddAsync(root, issuing);
        await core.MoveAsync(key);
        await core.DeleteAsync(key with { Store = CaStore.CertificateAuthority });
        await core.RestoreAsync(key with { Store = CaStore.CertificateAuthority });
        await core.ApplyAsync((await core.Changes.PlanUndoAsync(2, Cancellation))!, TestCore.Bert);
        await core.AddAsync(others);
        var snapshot = (await core.Changes.SnapshotsAsync(Cancellation))[0];
        await core.ApplyAsync((await core.Changes.PlanRestoreSnapshotAsync(snapshot.Id, Cancellation))!);
        await WriteRootsAsync(core, "");
        await core.MaintainAsync();

        Assert.Equal(
            [
                "CaPortal put Corp\\u{202E} Root back, which somebody had removed outside",
                "CaPortal found Corp\\u{202E} Root missing in PEM bundle files: somebody had removed it outside",
                "anna@example.org went back to a snapshot: Root n, Root n and 2 more were deleted from Trusted root",
                "anna@example.org added Root n, Root n and 2 more to Trusted root",
                "bert@example.org undid it: Corp\\u{202E} Root came back to Trusted root; Corp\\u{202E} Root was deleted from Intermediate",
                "anna@example.org restored Corp\\u{202E} Root from the recycle bin to Intermediate",
                "anna@example.org deleted Corp\\u{202E} Root from Intermediate",
                "anna@example.org moved Corp\\u{202E} Root from Trusted root to Intermediate",
                "anna@example.org added Corp\\u{202E} Root and Branch Issuing to Trusted root and Intermediate",
            ],
            (await SentencesAsync(core, new ActivityQuery { OnlyNoteworthy = true })).Select(s => AnyRoot().Replace(Undone().Replace(s, "undid it"), "Root n"))
        );
        Array.ForEach(others, r => r.Dispose());
    }

    [Fact]
    public async Task Text_OfCertificatesWithOneName_TellsThemApart()
    {
        using var root = TestCertificates.Root("Corp Root");
        using var namesake = TestCertificates.Root("CORP Root");
        using var other = TestCertificates.Root("Other Root");
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(root);
        await core.AddAsync(other);
        Assert.Equal("anna@example.org added Corp Root to Trusted root", (await SentencesAsync(core, new ActivityQuery { OnlyNoteworthy = true }))[1]);

        await core.AddAsync(namesake);
        await core.DeleteAsync(TestCore.KeyOf(root));

        var (one, two) = ($"Corp Root ({TestCore.KeyOf(root).Sha256[..8]}…)", $"CORP Root ({TestCore.KeyOf(namesake).Sha256[..8]}…)");
        Assert.Equal(
            [
                $"anna@example.org deleted {one} from Trusted root",
                $"anna@example.org added {two} to Trusted root",
                "anna@example.org added Other Root to Trusted root",
                $"anna@example.org added {one} to Trusted root",
            ],
            await SentencesAsync(core, new ActivityQuery { OnlyNoteworthy = true }));
        Assert.Equal(
            $"anna@example.org brought PEM bundle files to revision 3: {two} added",
            (await SentencesAsync(core, new ActivityQuery())).Single(s => s.Contains("revision 3", StringComparison.Ordinal)));

        // Alone it is told apart by the list: the other one is still in it.
        var deleted = (await core.Get<ActivityService>().ListAsync(new ActivityQuery { OnlyNoteworthy = true, Top = 1 }, Cancellation)).Entries[0].Sequence;
        var entry = (await core.Get<ActivityService>().FindAsync(deleted, Cancellation))!;
        Assert.Equal($"anna@example.org deleted {one} from Trusted root", ActivityText.For(entry, _titles).Sentence);
    }

    [Fact]
    public async Task Text_OfOutcomesThatAreNoNews_SaysWhatWasDone()
    {
        using var root = TestCertificates.Root("Corp Root");
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(root);
        await core.Machine.VerifyAsync(TestCore.Bert, Cancellation);

        Assert.Equal("anna@example.org brought PEM bundle files to revision 1: Corp Root added", (await SentencesAsync(core, new ActivityQuery()))[0]);
    }

    [Fact]
    public async Task Text_OfATrustStoreThatCannotBeWritten_SaysWhichAndTheEntryIsNews()
    {
        using var root = TestCertificates.Root("Corp Root");
        await using var core = await TestCore.StartAsync();
        Directory.CreateDirectory(core.RootsFile);
        await core.AddAsync(root);

        Assert.Equal(
            ["anna@example.org could not bring PEM bundle files to revision 1", "anna@example.org added Corp Root to Trusted root"],
            await SentencesAsync(core, new ActivityQuery { OnlyNoteworthy = true }));
    }

    [Theory]
    [InlineData(
        "Refused",
        """{"attempted":"Delete","why":"It needs the role Administrator.","removed":[{"store":"Root","sha256":"ab","name":"Corp Root"}]}""",
        "tried to delete Corp Root and was refused: It needs the role Administrator.")]
    [InlineData(
        "Refused",
        """{"attempted":"CreateApiKey","why":"It needs the role Administrator."}""",
        "tried to create an API key and was refused: It needs the role Administrator.")]
    [InlineData("Refused", """{"attempted":"ListApiKeys"}""", "tried to see the API keys and was refused")]
    [InlineData("Refused", """{"attempted":"ListRestored"}""", "tried to restore the proved list and was refused")]
    [InlineData("Refused", """{"attempted":"ListAccepted"}""", "tried to accept the list as it is in the database and was refused")]
    [InlineData("Refused", """{"attempted":"Dance"}""", "tried to Dance CA certificates and was refused")]
    [InlineData(
        "Refused",
        """{"attempted":"Add","why":"It is no certificate.","files":[{"name":"notes.txt"}],"timesAgain":12}""",
        "tried to add the file notes.txt, 12 more times, and was refused: It is no certificate.")]
    [InlineData(
        "Undo",
        """{"undoes":3,"removed":[{"store":"Root","sha256":"ab","name":"Corp Root"}]}""",
        "undid entry 3: Corp Root was deleted from Trusted root")]
    [InlineData(
        "Refused",
        """{"attempted":"DELETE api/v1/api-keys/{id}","why":"The role Reader does not allow it."}""",
        "asked for DELETE api/v1/api-keys/{id} and was refused: The role Reader does not allow it.")]
    [InlineData("Refused", "[]", "tried to do something and was refused")]
    [InlineData("SignIn", "{}", "signed in")]
    [InlineData("SignInRefused", """{"why":"The link is used up."}""", "tried to sign in and was refused: The link is used up.")]
    [InlineData("SignInRefused", """{"why":"The link is used up.","timesAgain":7}""", "tried to sign in, 7 more times, and was refused: The link is used up.")]
    [InlineData("SignOut", "{}", "signed out")]
    [InlineData("NewSignInLink", "{}", "had a new sign-in link printed on the console")]
    [InlineData(
        "CreateApiKey",
        """{"name":"deploy","role":"Reader","prefix":"cap_1","expiresAt":"2027-01-01T00:00:00Z"}""",
        "created the API key deploy (Reader, until 2027-01-01)")]
    [InlineData("CreateApiKey", """{"prefix":"cap_1","role":"Administrator","expiresAt":null}""", "created the API key cap_1 (Administrator, without end)")]
    [InlineData("RevokeApiKey", """{"name":"de\u202Eploy"}""", "revoked the API key de\\u{202E}ploy")]
    [InlineData("Propose", """{"proposal":7,"kind":"Delete"}""", "made proposal 7: delete")]
    [InlineData("Approve", """{"proposal":7}""", "approved proposal 7")]
    [InlineData("ApprovalRefused", """{"proposal":7,"why":"It is their own."}""", "tried to approve proposal 7 and was refused: It is their own.")]
    [InlineData("Reject", """{"proposal":7}""", "rejected proposal 7")]
    [InlineData("Withdraw", """{"proposal":7}""", "withdrew proposal 7")]
    [InlineData("ProposalExpired", """{"proposal":7}""", "closed proposal 7, which nobody had decided in time")]
    [InlineData("AddBackEnds", """[{"id":1,"name":"Payments","address":"pay.corp:443"}]""", "added the back-end Payments")]
    [InlineData("DeleteBackEnds", """[{"name":"A"},{"name":"B"},{"name":"C"},{"name":"D"}]""", "deleted 4 back-ends: A, B and 2 more")]
    [InlineData(
        "EditBackEnd",
        """{"before":{"name":"A","address":"a:443"},"after":{"name":"A","address":"b:443"}}""",
        "changed the back-end A: its address is b:443 now")]
    [InlineData("TestBackEnds", """[{"name":"A","isAsForeseen":true}]""", "had the back-end A tested after the change: as foreseen")]
    [InlineData(
        "TestBackEnds",
        """[{"name":"A","isAsForeseen":true},{"name":"B","isAsForeseen":false}]""",
        "had 2 back-ends: A and B tested after the change: B otherwise than foreseen")]
    [InlineData("Probe", """{"address":"a:443","verdict":"UnknownIssuer"}""", "looked at the server a:443: unknown issuer")]
    [InlineData("Probe", """[{"address":"a:443","verdict":"HandshakeFailed","before":"Trusted"}]""", "tested the back-end a:443: no TLS, before trusted")]
    [InlineData(
        "FetchIssuer",
        """{"url":"http://a/ca.cer","problem":"It is no certificate."}""",
        "could not fetch an issuer from http://a/ca.cer: It is no certificate.")]
    [InlineData("FetchIssuer", """{"url":"http://a/ca.cer","sha256":"ab"}""", "fetched an issuer from http://a/ca.cer")]
    [InlineData("FollowUp", """{"trustStore":"pem-bundle","detail":"Done.","warning":null}""", "finished what follows a change in PEM bundle files: Done.")]
    [InlineData(
        "Proof",
        """[{"reader":"OpenSSL","answer":"Agrees"},{"reader":"Java","answer":"Agrees"}]""",
        "asked OpenSSL and Java: the change is seen there too")]
    [InlineData("Proof", """[{"reader":"Java","answer":"Differs","detail":"It does not trust it."}]""", "asked Java: Java says: It does not trust it.")]
    [InlineData("DismissAlert", """[{"title":"Corp Root expires"}]""", "dismissed the alert Corp Root expires")]
    [InlineData(
        "EmptyRecycleBin",
        """[{"store":"Root","sha256":"ab"},{"store":"Root","sha256":"cd"}]""",
        "removed 2 certificates from the recycle bin for good")]
    [InlineData("BeginAnew", """{"setAside":"/data/lost"}""", "began a new list of CA certificates; what was left of the lost database is in /data/lost")]
    [InlineData("Something\u200BNew", "{}", "Something\\u{200B}New")]
    [InlineData("Add", "no JSON", "added 0 certificates to no store")]
    [InlineData("Outcome", "{}", "found the trust stores in order at revision ")]
    public async Task Text_OfAnEntry_IsASentence(string action, string details, string expected)
    {
        await using var core = await TestCore.StartAsync();
        await core.Get<DatabaseWriter>().RecordAsync(
            new ActivityDraft("ben", "Reader", "127.0.0.1", action, null, null, null, details == "no JSON" ? details : JsonElement.Parse(details)));

        Assert.Equal([$"ben {expected}"], await SentencesAsync(core, new ActivityQuery()));
    }

    [GeneratedRegex("undid (a change|entry [0-9]+)")]
    private static partial Regex Undone();

    // Those of a set come in any order.
    [GeneratedRegex("Root [0-9]")]
    private static partial Regex AnyRoot();

    /// <summary>The sentences of what the query has.</summary>
    private static async Task<IReadOnlyList<string>> SentencesAsync(TestCore core, ActivityQuery query) =>
        [.. (await core.Get<ActivityService>().ListAsync(query, Cancellation)).Entries.Select(e => ActivityText.For(e, _titles).Sentence)];

    private static Task WriteRootsAsync(TestCore core, string content) => File.WriteAllTextAsync(core.RootsFile, content, Cancellation);
}
