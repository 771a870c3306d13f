using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using CaPortal.Core.Data;

namespace CaPortal.Authentication;

/// <summary>
/// Sign-in links, which work at every portal on the same database: a balancer in front of them may send the browser to another one than
/// printed the link. While the database is away, a portal still takes its own.
/// </summary>
internal sealed class SignInLinks(BrowserLink own, IPeers peers)
{
    // Links that worked once while the database was away, which still has them.
    private readonly ConcurrentDictionary<string, bool> _usedAlone = new(StringComparer.Ordinal);
    private volatile string? _issued;

    /// <inheritdoc cref="BrowserLink.Issue"/>
    public async Task<(string? Token, string Validity)> IssueAsync(CancellationToken cancellationToken)
    {
        // It may have been used at another portal.
        if (_issued is { } last && !await IsKeptAsync(last, orElse: true, cancellationToken))
            own.TryRedeem(last);
        var issued = own.Issue();
        if (issued.Token is { } token && token != _issued)
        {
            try
            {
                await peers.PutAsync(NameOf(token), ReadOnlyMemory<byte>.Empty, own.Expires.UtcDateTime, cancellationToken);
                _issued = peers.MayExist ? token : null;
            }
            catch (DatabaseException)
            {
                // It works at this portal.
            }
        }

        return issued;
    }

    /// <inheritdoc cref="BrowserLink.IsValid"/>
    public async Task<bool> IsValidAsync(string? token, CancellationToken cancellationToken)
    {
        var isOwn = own.IsValid(token);
        return token is not null && (isOwn && token != _issued ? true : await IsKeptAsync(token, orElse: isOwn, cancellationToken));
    }

    /// <inheritdoc cref="BrowserLink.TryRedeem"/>
    public async Task<bool> TryRedeemAsync(string? token, CancellationToken cancellationToken)
    {
        var isOwn = own.TryRedeem(token);
        if (token is null || !peers.MayExist || (isOwn && token != _issued))
            return isOwn;
        if (_usedAlone.ContainsKey(token))
            return false;
        try
        {
            return await peers.TakeAsync(NameOf(token), cancellationToken);
        }
        catch (DatabaseException)
        {
            if (isOwn)
                _usedAlone.TryAdd(token, true);
            return isOwn;
        }
    }

    private async Task<bool> IsKeptAsync(string token, bool orElse, CancellationToken cancellationToken)
    {
        if (_usedAlone.ContainsKey(token))
            return false;
        try
        {
            return (await peers.ListAsync(NameOf(token), cancellationToken)).Count > 0;
        }
        catch (DatabaseException)
        {
            return orElse;
        }
    }

    // Nobody can find the token from its hash: it is random.
    private static string NameOf(string token) => $"sign-in-link/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)))}";
}
