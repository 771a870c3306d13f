namespace CaPortal.Core.Data.Postgres;

/// <summary>The locks that portals on one database take. Their numbers are "CaPo" in ASCII and one of ours.</summary>
internal static class PostgresLocks
{
    /// <summary>
    /// Waits until nobody else writes, and keeps others from writing until the transaction ends. The server ends it where its portal
    /// is frozen or out of reach: others wait longer than that. A server that takes no changes gives this lock too: it says
    /// so in the first column, by <c>on</c>.
    /// </summary>
    public const string Write =
        """
        SET LOCAL lock_timeout = '12s'; SET LOCAL idle_in_transaction_session_timeout = '8s';
        SELECT current_setting('transaction_read_only'), pg_advisory_xact_lock(1130450031, 1)
        """;

    /// <summary>Waits until no other process prepares the database, and keeps others from it until the connection ends.</summary>
    public const string Prepare = "SET lock_timeout = '60s'; SELECT pg_advisory_lock(1130450031, 2)";

    /// <summary>How long to wait for an answer to <see cref="Prepare"/>, in seconds.</summary>
    public const int PrepareTimeout = 70;
}
