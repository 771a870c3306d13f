using System.Data.Common;
using System.Text;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace CaPortal.Core.Data.Postgres;

/// <summary>
/// A text in a certificate or a request may have the character U+0000, or one half of a surrogate pair. PostgreSQL accepts
/// neither. So all texts that are sent there, to store or to search for, have the replacement character in their place.
/// </summary>
internal sealed class StorableText : DbCommandInterceptor
{
    /// <inheritdoc/>
    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        Clean(command);
        return ValueTask.FromResult(result);
    }

    /// <inheritdoc/>
    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Clean(command);
        return ValueTask.FromResult(result);
    }

    /// <summary>The text as it can be stored.</summary>
    public static string Of(string text) => text.Contains('\0') || text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')
        ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD')
        : text;

    private static void Clean(DbCommand command)
    {
        foreach (DbParameter parameter in command.Parameters)
        {
            parameter.Value = parameter.Value switch
            {
                string text => Of(text),
                IEnumerable<string> texts => texts.Select(Of).ToArray(),
                var other => other,
            };
        }
    }
}
