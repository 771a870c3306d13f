using System.Net;
using System.Text.RegularExpressions;

namespace CaPortal.Tests.Testing;

/// <summary>Sends the forms of plain pages as a browser does.</summary>
public static partial class HtmlForms
{
    /// <summary>Opens a page and sends its first form, with its hidden fields, to its action.</summary>
    public static async Task<HttpResponseMessage> SubmitFormAsync(this HttpClient client, Uri page, CancellationToken cancellationToken)
    {
        using var response = await client.GetAsync(page, cancellationToken);
        var html = await response.Content.ReadAsStringAsync(cancellationToken);
        var form = Form().Match(html);
        Assert.True(form.Success, $"{page} ({(int)response.StatusCode}) has no form.");
        var fields = Hidden().Matches(form.Value).ToDictionary(m => m.Groups["name"].Value, m => WebUtility.HtmlDecode(m.Groups["value"].Value));
        var action = WebUtility.HtmlDecode(form.Groups["action"].Value);
        var target = response.RequestMessage!.RequestUri!;
        return await client.PostAsync(action.Length == 0 ? target : new Uri(target, action), new FormUrlEncodedContent(fields), cancellationToken);
    }

    /// <summary>Opens a page of the portal by its path and sends its first form.</summary>
    public static Task<HttpResponseMessage> SubmitFormAsync(this HttpClient client, string path, CancellationToken cancellationToken) =>
        client.SubmitFormAsync(new Uri(client.BaseAddress!, path), cancellationToken);

    [GeneratedRegex("""<form(?: (?:action="(?<action>[^"]*)"|[^ >]+))*>.*?</form>""", RegexOptions.Singleline)]
    private static partial Regex Form();

    [GeneratedRegex("""<input type="hidden" name="(?<name>[^"]+)" value="(?<value>[^"]*)""")]
    private static partial Regex Hidden();
}
