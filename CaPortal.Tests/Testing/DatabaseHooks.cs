using System.Data.Common;
using CaPortal.Core.Data.Postgres;
using CaPortal.Core.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Testing;

/// <summary>Lets something happen between two commands of the portal's database, exactly there.</summary>
public static class DatabaseHooks
{
    /// <summary>Runs <paramref name="action"/> before the command whose text, without quotation marks, <paramref name="isMeant"/> picks; each time.</summary>
    public static Action<IServiceCollection> BeforeCommand(Func<string, bool> isMeant, Func<Task> action) =>
        Intercept(new Commands(isMeant, action));

    /// <summary>Runs <paramref name="action"/> before each transaction begins.</summary>
    public static Action<IServiceCollection> BeforeTransaction(Func<Task> action) =>
        Intercept(new Beginnings(action));

    /// <summary>Runs the actions before and after each commit.</summary>
    public static Action<IServiceCollection> AroundCommit(Action? before = null, Action? after = null) =>
        Intercept(new Transactions(before, after));

    private static Action<IServiceCollection> Intercept(IInterceptor interceptor) => services => services
        .ConfigureDbContext<SqlitePortalDb>(db => db.AddInterceptors(interceptor))
        .ConfigureDbContext<PostgresPortalDb>(db => db.AddInterceptors(interceptor));

    private sealed class Commands(Func<string, bool> isMeant, Func<Task> action) : DbCommandInterceptor
    {
        public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            // One engine quotes all names.
            if (isMeant(command.CommandText.Replace("\"", "", StringComparison.Ordinal)))
                await action();
            return result;
        }
    }

    private sealed class Beginnings(Func<Task> action) : DbTransactionInterceptor
    {
        public override async ValueTask<InterceptionResult<DbTransaction>> TransactionStartingAsync(
            DbConnection connection,
            TransactionStartingEventData eventData,
            InterceptionResult<DbTransaction> result,
            CancellationToken cancellationToken = default)
        {
            await action();
            return result;
        }
    }

    private sealed class Transactions(Action? before, Action? after) : DbTransactionInterceptor
    {
        public override ValueTask<InterceptionResult> TransactionCommittingAsync(
            DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            before?.Invoke();
            return ValueTask.FromResult(result);
        }

        public override Task TransactionCommittedAsync(
            DbTransaction transaction,
            TransactionEndEventData eventData,
            CancellationToken cancellationToken = default)
        {
            after?.Invoke();
            return Task.CompletedTask;
        }
    }
}
