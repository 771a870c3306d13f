using System.Text;
using CaPortal.Core.Files;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Data;

/// <summary>Which row of a database that several portals use is that of this machine: a file in the data directory says so.</summary>
internal static class NodeClaim
{
    /// <summary>
    /// Finds the row, or makes one. A row that belongs to no data directory yet is that of the portal that had the database for itself until
    /// now, which has the key of the activity log. Called while no other portal prepares the database.
    /// </summary>
    /// <param name="db">The database.</param>
    /// <param name="file">The file.</param>
    /// <param name="hasLogKey">The data directory has the key of the activity log.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Its key.</returns>
    /// <exception cref="DatabaseException">The file cannot be read or written.</exception>
    public static async Task<int> MakeAsync(PortalDb db, string file, bool hasLogKey, CancellationToken cancellationToken)
    {
        var key = KeyIn(file);
        await using var transaction = await db.BeginWriteAsync(cancellationToken);
        var nodes = db.Nodes.Where(n => n.InstanceId == db.InstanceId);
        var node = await nodes.SingleOrDefaultAsync(n => n.Key == key, cancellationToken);
        if (node is null && (hasLogKey || !await db.Activity.AnyAsync(cancellationToken)))
            node = await nodes.Where(n => n.Key == null).OrderBy(n => n.Id).FirstOrDefaultAsync(cancellationToken);
        if (node is null)
        {
            node = new Node
            {
                // The first has a key that was given, so that the database does not count on from it.
                Id = await db.Nodes.MaxAsync(n => n.Id, cancellationToken) + 1,
                InstanceId = db.InstanceId,
                Name = "",

                // What its own clock is ahead of the others is not believed at once: certificates would be forgotten for good.
                ClockSteadyAt = await nodes.MaxAsync(n => n.ClockSteadyAt, cancellationToken),
            };
            db.Add(node);
        }

        (node.Key, node.Name) = (key, Environment.MachineName);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return node.Id;
    }

    private static string KeyIn(string file)
    {
        try
        {
            if (!File.Exists(file))
                AtomicFile.Write(file, Encoding.ASCII.GetBytes(Guid.NewGuid().ToString("N")), AtomicFile.OwnerOnly);
            return Guid.TryParse(Encoding.ASCII.GetString(RegularFile.Read(file)).Trim(), out var key)
                ? key.ToString("N")
                : throw new DatabaseException(
                    $"The file {file} does not say which machine this is.",
                    "Put it back from a backup of the data directory, or delete it: the machine is then a new one.");
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not DatabaseException))
        {
            throw new DatabaseException(
                $"The file {file} cannot be used: {e.Message}", $"See to it that the account '{Environment.UserName}' can write its folder.", e);
        }
    }
}
