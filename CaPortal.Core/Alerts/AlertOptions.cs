namespace CaPortal.Core.Alerts;

/// <summary>Settings of alerts: <c>CaPortal:Alerts</c>. They are always shown in the portal; these say where else they go.</summary>
public sealed class AlertOptions
{
    /// <summary>What messages call this portal; empty: the machine's name.</summary>
    public string PortalName { get; set; } = "";

    /// <summary>A web address to which each alert is posted.</summary>
    public WebhookOptions Webhook { get; set; } = new();

    /// <summary>The mail server and the people who are written to.</summary>
    public EmailOptions Email { get; set; } = new();

    /// <summary><see cref="PortalName"/>, or the machine's name.</summary>
    internal string ResolvedPortalName => PortalName.Length > 0 ? PortalName : Environment.MachineName;
}

/// <summary>A web address to which each alert is posted: <c>CaPortal:Alerts:Webhook</c>.</summary>
public sealed class WebhookOptions
{
    /// <summary>The address, of <c>https</c> or <c>http</c>; empty: none. It must pass the guard of back-ends, <c>CaPortal:BackEnds:Allowed</c>.</summary>
    public string Url { get; set; } = "";

    /// <summary>What the header <c>CaPortal-Signature</c> is made with; empty: requests are not signed.</summary>
    public string Secret { get; set; } = "";
}

/// <summary>How the connection to the mail server is protected.</summary>
public enum EmailSecurity
{
    /// <summary>The server is asked for TLS, and nothing is sent if it has none (RFC 3207). Port 587 unless set.</summary>
    StartTls,

    /// <summary>TLS from the beginning (RFC 8314 §3.3). Port 465 unless set.</summary>
    Tls,

    /// <summary>None. Port 25 unless set.</summary>
    None,
}

/// <summary>The mail server and the people who are written to: <c>CaPortal:Alerts:Email</c>.</summary>
public sealed class EmailOptions
{
    /// <summary>The mail server; empty: no mail is sent.</summary>
    public string Host { get; set; } = "";

    /// <summary>Its port; 0: the usual one for <see cref="Security"/>.</summary>
    public int Port { get; set; }

    /// <summary>How the connection is protected.</summary>
    public EmailSecurity Security { get; set; } = EmailSecurity.StartTls;

    /// <summary>The account; empty: none is needed.</summary>
    public string UserName { get; set; } = "";

    /// <summary>Its password.</summary>
    public string Password { get; set; } = "";

    /// <summary>The sender: <c>caportal@example.org</c>.</summary>
    public string From { get; set; } = "";

    /// <summary>Who is written to, with commas between.</summary>
    public string To { get; set; } = "";

    /// <summary><see cref="Port"/>, or the usual one.</summary>
    internal int ResolvedPort => (Port, Security) switch
    {
        ( > 0, _) => Port,
        (_, EmailSecurity.StartTls) => 587,
        (_, EmailSecurity.Tls) => 465,
        _ => 25,
    };
}
