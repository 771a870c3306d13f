using System.Xml.Linq;
using CaPortal.Core;
using CaPortal.Core.Data;
using CaPortal.Core.Portals;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace CaPortal.Hosting;

/// <summary>
/// The keys that protect cookies, as files. ASP.NET Core's own way begins a new one in the folder for temporary files, which
/// a machine need not have; here it begins where it stays.
/// </summary>
internal sealed class KeyFiles(CoreOptions core, SharedFiles shared, ILoggerFactory logs)
    : FileSystemXmlRepository(new DirectoryInfo(DataDirectory.Keys(core)), logs)
{
    public override void StoreElement(XElement element, string friendlyName)
    {
        var name = friendlyName.Length > 0 && friendlyName.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? friendlyName : Guid.NewGuid().ToString();
        var path = Path.Combine(Directory.FullName, $"{name}.xml");
        var unfinished = Path.Combine(Directory.FullName, $".{Guid.NewGuid():N}.tmp");

        Share($"{SharedFiles.Keys}/{name}.xml", element.ToString());
        try
        {
            DataDirectory.WriteNewForOwner(unfinished, element.ToString());
            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>First: what this portal protects with it, others must be able to read. The interface of ASP.NET Core does not wait.</summary>
    private void Share(string name, string content)
    {
        try
        {
            Task.Run(() => shared.PutAsync(name, content, CancellationToken.None)).GetAwaiter().GetResult();
        }
        catch (DatabaseException)
        {
            // The others get it with the next exchange; until then people can sign in here.
        }
    }
}
