namespace CaPortal.Hosting;

/// <summary>The portal as a service of the operating system. Where nothing has started it as one, this does nothing.</summary>
internal static class PortalService
{
    /// <summary>
    /// Says to the service manager when the portal answers and when it ends. After the console: under systemd that writes as the
    /// journal reads.
    /// </summary>
    public static void AddPortalService(this WebApplicationBuilder builder)
    {
        builder.Services.AddSystemd();
        builder.Services.AddWindowsService(o => o.ServiceName = "CaPortal");
    }
}
