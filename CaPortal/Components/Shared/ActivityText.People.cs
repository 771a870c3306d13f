using System.Globalization;
using System.Text.Json;
using CaPortal.Core.Activity;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Management.Auditing;

namespace CaPortal.Components.Shared;

public sealed partial record ActivityText
{
    private static readonly Dictionary<string, string> _attempts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Add"] = "add",
        ["Delete"] = "delete",
        ["Move"] = "move",
        ["Restore"] = "restore",
        ["Adopt"] = "adopt",
        ["RemoveFound"] = "remove",
        ["RestoreSnapshot"] = "go back to a snapshot",
        ["Undo"] = "undo a change",
        ["Verify"] = "verify the trust stores",
        ["Repair"] = "repair the trust stores",
        ["Acknowledge"] = "acknowledge that the end of this log was lost",
        ["BeginAnew"] = "begin a new list",
        ["BackUp"] = "take a backup",
        ["RestoreBackup"] = "restore a backup",
        ["CancelRestore"] = "keep a backup from being restored",
        ["AddBackEnds"] = "add back-ends",
        ["EditBackEnd"] = "change a back-end",
        ["DeleteBackEnds"] = "delete back-ends",
        ["TestBackEnds"] = "test back-ends",
        ["Probe"] = "test a server",
        ["FetchIssuer"] = "fetch an issuer",
        ["DismissAlert"] = "dismiss an alert",
        ["ListRestored"] = "restore the proved list",
        ["ListKept"] = "keep what is trusted",
        ["ListAccepted"] = "accept the list as it is in the database",
        ["ListApiKeys"] = "see the API keys",
        ["CreateApiKey"] = "create an API key",
        ["RevokeApiKey"] = "revoke an API key",
        ["Propose"] = "propose a change",
        ["Approve"] = "approve a change",
        ["Reject"] = "reject a change",
        ["Withdraw"] = "withdraw a change",
        ["Others"] = "do other things",
    };

    private static string RefusalText(ActivityRecord entry, JsonElement details)
    {
        var attempted = details.Text("attempted");
        if (attempted?.Contains('/', StringComparison.Ordinal) == true)
            return $"asked for {attempted.Split(' ')[0]} {details.Text("path") ?? attempted.Split(' ')[^1]}{Again(details)} and was refused{Why(details)}";
        var verb = attempted is null ? "do something" : _attempts.GetValueOrDefault(attempted, attempted);

        // Those of a few words say what they are about themselves.
        var names = verb.Contains(' ', StringComparison.Ordinal) ? null
            : entry.Certificates.Count > 0 ? Names(entry)
            : details.Get("files").Items() is { Count: > 0 } files ? Some(files, BoundedDetails.CountOf(details, "files"), f => f.Text("name"), "file")
            : "CA certificates";
        return $"tried to {verb}{(names is null ? "" : $" {names}")}{Again(details)} and was refused{Why(details)}";
    }

    private static string? SignInText(string action, JsonElement details) => action switch
    {
        "SignIn" => "signed in",
        "SignInRefused" => $"tried to sign in{Again(details)} and was refused{Why(details)}",
        "SignOut" => "signed out",
        "NewSignInLink" => "had a new sign-in link printed on the console",
        _ => null,
    };

    private static string? AccessText(string action, JsonElement details)
    {
        var name = details.Text("name") ?? details.Text("prefix") ?? "without a name";
        var until = DateTime.TryParse(details.Text("expiresAt"), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var end) ? $"until {end:yyyy-MM-dd}" : "without end";
        return action switch
        {
            "CreateApiKey" => $"created the API key {name} ({string.Join(", ", new[] { details.Text("role"), until }.Where(p => p is not null))})",
            "RevokeApiKey" => $"revoked the API key {name}",
            _ => null,
        };
    }

    private static string? ApprovalText(ActivityRecord entry, JsonElement details)
    {
        var proposal = details.Text("proposal") is { } number ? $"proposal {number}" : "a proposal";
        return entry.Action switch
        {
            "Propose" => $"made {proposal}{Proposed(entry, details)}",
            "Approve" => $"approved {proposal}",
            "ApprovalRefused" => $"tried to approve {proposal} and was refused{Why(details)}",
            "Reject" => $"rejected {proposal}",
            "Withdraw" => $"withdrew {proposal}",
            "ProposalExpired" => $"closed {proposal}, which nobody had decided in time",
            _ => null,
        };
    }

    private static string Proposed(ActivityRecord entry, JsonElement details)
    {
        var verb = details.Text("kind") is { } kind ? _attempts.GetValueOrDefault(kind, kind) : null;
        var names = entry.Certificates.Count > 0 ? Names(entry) : null;
        return verb is null && names is null ? "" : $": {string.Join(' ', new[] { verb, names }.Where(p => p is not null))}";
    }

    private static string? BackEndText(ActivityRecord entry, JsonElement details) => entry.Action switch
    {
        "AddBackEnds" => $"added {Some(details, BackEndName, "back-end")}",
        "DeleteBackEnds" => $"deleted {Some(details, BackEndName, "back-end")}",
        "EditBackEnd" => EditText(details.Get("before"), details.Get("after")),
        "TestBackEnds" => ForeseenText(details),
        "Probe" when BoundedDetails.ItemsOf(details).Count > 0 => TestText(details),
        "Probe" => $"looked at the server {details.Text("address")}: {Verdict(details)}",
        "FetchIssuer" when details.Text("problem", MaxError) is { } problem => $"could not fetch an issuer from {details.Text("url", MaxError)}: {problem}",
        "FetchIssuer" => $"fetched an issuer from {details.Text("url", MaxError)}",
        _ => null,
    };

    private static string EditText(JsonElement before, JsonElement after)
    {
        string?[] changes =
        [
            before.Text("name") != after.Text("name") ? $"its name is {after.Text("name")} now" : null,
            before.Text("address") != after.Text("address") ? $"its address is {after.Text("address")} now" : null,
            before.Text("serverName") != after.Text("serverName") ? $"it is asked for {after.Text("serverName") ?? "the name in its address"} now" : null,
        ];
        return $"changed the back-end {BackEndName(before)}: {string.Join(", ", changes.Where(c => c is not null))}";
    }

    private static string ForeseenText(JsonElement tests)
    {
        var kept = BoundedDetails.ItemsOf(tests);
        var others = kept.Where(t => t.Get("isAsForeseen").ValueKind != JsonValueKind.True).ToList();
        return $"had {Some(tests, BackEndName, "back-end")} tested after the change"
            + (others.Count > 0 ? $": {List([.. others.Select(BackEndName)], "back-end")} otherwise than foreseen" : kept.Count == BoundedDetails.CountOf(tests) ? ": as foreseen" : "");
    }

    private static string TestText(JsonElement tests) => BoundedDetails.CountOf(tests) == 1 && BoundedDetails.ItemsOf(tests) is [var test, ..]
        ? $"tested the back-end {BackEndName(test)}: {Verdict(test)}{Before(test)}"
        : $"tested {Some(tests, BackEndName, "back-end")}";

    private static string? BackEndName(JsonElement backEnd) => backEnd.Text("name") ?? backEnd.Text("address");

    private static string Verdict(JsonElement test) =>
        Enum.TryParse<TrustVerdict>(test.Text("verdict"), out var verdict) ? InSentence(VerdictText.For(verdict).Word) : "without a result";

    private static string Before(JsonElement test) =>
        Enum.TryParse<TrustVerdict>(test.Text("before"), out var before) && test.Text("before") != test.Text("verdict") ? $", before {InSentence(VerdictText.For(before).Word)}" : "";

    private static string InSentence(string words) => words.StartsWith("No TLS", StringComparison.Ordinal) ? "no TLS" : char.ToLowerInvariant(words[0]) + words[1..];

    private static string Again(JsonElement details) => details.Text("timesAgain") is { } times ? $", {times} more {(times == "1" ? "time" : "times")}," : "";

    /// <summary>Why something was refused, with which the sentence ends.</summary>
    private static string Why(JsonElement details) => details.Text("why", MaxError) is { } why ? $": {why}" : "";
}
