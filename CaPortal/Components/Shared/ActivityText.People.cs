using System.Globalization;
using System.Text.Json;
using CaPortal.Core.Activity;
using CaPortal.Core.Probing;

namespace CaPortal.Components.Shared;

public sealed partial record ActivityText
{
    private static readonly Dictionary<string, string> _attempts = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(ChangeKind.Add)] = "add",
        [nameof(ChangeKind.Delete)] = "delete",
        [nameof(ChangeKind.Move)] = "move",
        [nameof(ChangeKind.Restore)] = "restore",
        [nameof(ChangeKind.Adopt)] = "adopt",
        [nameof(ChangeKind.RemoveFound)] = "remove",
        [nameof(ChangeKind.RestoreSnapshot)] = "go back to a snapshot",
        [nameof(ChangeKind.Undo)] = "undo a change",
        [ActivityActions.Verify] = "verify the trust stores",
        [ActivityActions.Repair] = "repair the trust stores",
        [ActivityActions.Acknowledge] = "acknowledge that the end of this log was lost",
        [ActivityActions.BeginAnew] = "begin a new list",
        [ActivityActions.BackUp] = "take a backup",
        [ActivityActions.RestoreBackup] = "restore a backup",
        [ActivityActions.CancelRestore] = "keep a backup from being restored",
        [ActivityActions.AddBackEnds] = "add back-ends",
        [ActivityActions.EditBackEnd] = "change a back-end",
        [ActivityActions.DeleteBackEnds] = "delete back-ends",
        [ActivityActions.TestBackEnds] = "test back-ends",
        [ActivityActions.Probe] = "test a server",
        [ActivityActions.FetchIssuer] = "fetch an issuer",
        [ActivityActions.DismissAlert] = "dismiss an alert",
        [ActivityActions.ListRestored] = "restore the proved list",
        [ActivityActions.ListKept] = "keep what is trusted",
        [ActivityActions.ListAccepted] = "accept the list as it is in the database",
        ["ListApiKeys"] = "see the API keys",
        [ActivityActions.CreateApiKey] = "create an API key",
        [ActivityActions.RevokeApiKey] = "revoke an API key",
        [ActivityActions.Propose] = "propose a change",
        [ActivityActions.Approve] = "approve a change",
        [ActivityActions.Reject] = "reject a change",
        [ActivityActions.Withdraw] = "withdraw a change",
        ["Others"] = "do other things",
    };

    private static string RefusalText(ActivityRecord entry, JsonElement details)
    {
        var attempted = details.Text("attempted");
        if (attempted?.Contains('/', StringComparison.Ordinal) == true)
            return $"asked for {attempted.Split(' ')[0]} {details.Text("path") ?? attempted.Split(' ')[^1]}{Again(details)} and was refused{Why(details)}";
        var verb = attempted is null ? "do something" : _attempts.GetValueOrDefault(attempted, attempted);

        // A verb of several words says itself what it is about.
        var names = verb.Contains(' ', StringComparison.Ordinal) ? null
            : entry.Certificates.Count > 0 ? Names(entry)
            : details.Get("files").Items() is { Count: > 0 } files ? Some(files, BoundedDetails.CountOf(details, "files"), f => f.Text("name"), "file")
            : "CA certificates";
        return $"tried to {verb}{(names is null ? "" : $" {names}")}{Again(details)} and was refused{Why(details)}";
    }

    private static string? SignInText(string action, JsonElement details) => action switch
    {
        ActivityActions.SignIn => "signed in",
        ActivityActions.SignInRefused => $"tried to sign in{Again(details)} and was refused{Why(details)}",
        ActivityActions.SignOut => "signed out",
        ActivityActions.NewSignInLink => "had a new sign-in link printed on the console",
        _ => null,
    };

    private static string? AccessText(string action, JsonElement details)
    {
        var name = details.Text("name") ?? details.Text("prefix") ?? "without a name";
        var until = DateTime.TryParse(details.Text("expiresAt"), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var end)
            ? $"until {end:yyyy-MM-dd}"
            : "without end";
        var rights = string.Join(", ", new[] { details.Text("role"), until }.Where(p => p is not null));
        return action switch
        {
            ActivityActions.CreateApiKey => $"created the API key {name} ({rights})",
            ActivityActions.RevokeApiKey => $"revoked the API key {name}",
            _ => null,
        };
    }

    private static string? ApprovalText(ActivityRecord entry, JsonElement details)
    {
        var proposal = details.Text("proposal") is { } number ? $"proposal {number}" : "a proposal";
        return entry.Action switch
        {
            ActivityActions.Propose => $"made {proposal}{Proposed(entry, details)}",
            ActivityActions.Approve => $"approved {proposal}",
            ActivityActions.ApprovalRefused => $"tried to approve {proposal} and was refused{Why(details)}",
            ActivityActions.Reject => $"rejected {proposal}",
            ActivityActions.Withdraw => $"withdrew {proposal}",
            ActivityActions.ProposalExpired => $"closed {proposal}, which nobody had decided in time",
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
        ActivityActions.AddBackEnds => $"added {Some(details, BackEndName, "back-end")}",
        ActivityActions.DeleteBackEnds => $"deleted {Some(details, BackEndName, "back-end")}",
        ActivityActions.EditBackEnd => EditText(details.Get("before"), details.Get("after")),
        ActivityActions.TestBackEnds => ForeseenText(details),
        ActivityActions.Probe when BoundedDetails.ItemsOf(details).Count > 0 => TestText(details),
        ActivityActions.Probe => $"looked at the server {details.Text("address")}: {Verdict(details)}",
        ActivityActions.FetchIssuer when details.Text("problem", MaxError) is { } problem =>
            $"could not fetch an issuer from {details.Text("url", MaxError)}: {problem}",
        ActivityActions.FetchIssuer => $"fetched an issuer from {details.Text("url", MaxError)}",
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
            + (others.Count > 0 ? $": {List([.. others.Select(BackEndName)], "back-end")} otherwise than foreseen"
                : kept.Count == BoundedDetails.CountOf(tests) ? ": as foreseen"
                : "");
    }

    private static string TestText(JsonElement tests) => BoundedDetails.CountOf(tests) == 1 && BoundedDetails.ItemsOf(tests) is [var test, ..]
        ? $"tested the back-end {BackEndName(test)}: {Verdict(test)}{Before(test)}"
        : $"tested {Some(tests, BackEndName, "back-end")}";

    private static string? BackEndName(JsonElement backEnd) => backEnd.Text("name") ?? backEnd.Text("address");

    private static string Verdict(JsonElement test) =>
        Enum.TryParse<TrustVerdict>(test.Text("verdict"), out var verdict) ? InSentence(VerdictText.For(verdict).Word) : "without a result";

    private static string Before(JsonElement test) =>
        Enum.TryParse<TrustVerdict>(test.Text("before"), out var before) && test.Text("before") != test.Text("verdict")
            ? $", before {InSentence(VerdictText.For(before).Word)}"
            : "";

    private static string InSentence(string words) =>
        words.StartsWith("No TLS", StringComparison.Ordinal) ? "no TLS" : char.ToLowerInvariant(words[0]) + words[1..];

    private static string Again(JsonElement details) => details.Text("timesAgain") is { } times ? $", {times} more {(times == "1" ? "time" : "times")}," : "";

    /// <summary>Why something was refused, as the end of the sentence.</summary>
    private static string Why(JsonElement details) => details.Text("why", MaxError) is { } why ? $": {why}" : "";
}
