using System.Net;
using System.Net.Sockets;
using CaPortal.Core.Certificates;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Probing;

/// <summary>Who chose the address that is connected to.</summary>
public enum AddressChoice
{
    /// <summary>An administrator: back-ends live on private networks and on this machine too.</summary>
    Administrator,

    /// <summary>
    /// A certificate that a server sent: ports 80 and 443 are allowed too. This machine is not allowed, unless the settings
    /// name its network.
    /// </summary>
    Server,
}

/// <summary>
/// Decides where CaPortal may connect to on behalf of people and servers, so that nobody reaches through it what they could
/// not reach themselves: <c>CaPortal:BackEnds:Allowed</c>.
/// </summary>
public sealed class AddressGuard
{
    /// <summary>More addresses of a name than these are not tried.</summary>
    private const int MaxAddresses = 16;

    private const int MaxShownPorts = 10;
    private const string Setting = $"{CoreOptions.Section}:BackEnds:Allowed";

    private static readonly PortRange[] DefaultPorts = [new(443, 443), new(636, 636), new(1024, IPEndPoint.MaxPort)];
    private static readonly PortRange[] ServerPorts = [new(80, 80), new(443, 443)];

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly List<IPNetwork> _networks;
    private readonly List<PortRange> _ports;

    /// <summary>Creates it.</summary>
    public AddressGuard(IOptions<CoreOptions> options)
        : this(options.Value.BackEnds.Allowed, Dns.GetHostAddressesAsync)
    {
    }

    internal AddressGuard(AllowedAddresses allowed, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        _resolve = resolve;
        _networks = [.. allowed.Networks.Select(AllowedNetwork.TryParse).OfType<IPNetwork>()];
        _ports = [.. allowed.Ports.Select(PortRange.TryParse).OfType<PortRange>()];
        if (_ports.Count == 0)
            _ports.AddRange(DefaultPorts);
    }

    /// <summary>
    /// The addresses of a host that may be connected to, in their order. Who connects to one of them must not resolve the name
    /// again: it could have another address by then.
    /// </summary>
    /// <param name="host">A DNS name or an IP address. Untrusted text.</param>
    /// <param name="port">The port.</param>
    /// <param name="choice">Who chose them.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<AddressResolution> ResolveAsync(string host, int port, AddressChoice choice, CancellationToken cancellationToken)
    {
        if (!_ports.Any(p => p.Contains(port)) && !(choice == AddressChoice.Server && ServerPorts.Any(p => p.Contains(port))))
        {
            return new AddressResolution.Blocked(
                $"CaPortal does not connect to {DisplayText.Shorten(host)} on port {port}, which is none of the allowed ports "
                    + $"({string.Join(", ", _ports.Take(MaxShownPorts))}).",
                $"If it is really there, an administrator of this machine can allow the port in the setting {Setting}:Ports.");
        }

        IPAddress[] addresses;
        try
        {
            // The operating system's own resolver cannot be stopped everywhere, but nobody has to wait for it.
            addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await _resolve(host, cancellationToken).WaitAsync(cancellationToken);
        }
        catch (SocketException exception)
        {
            return NotFound(host, exception.SocketErrorCode == SocketError.TryAgain);
        }
        catch (ArgumentException)
        {
            return NotFound(host, isUncertain: false);
        }

        if (addresses.Length == 0)
            return NotFound(host, isUncertain: false);
        var judged = addresses
            .Distinct()
            .Take(MaxAddresses)
            .Select(a => (Address: a.IsIPv4MappedToIPv6 ? a.MapToIPv4() : a, Refusal: Refusal(a, choice)))
            .ToList();
        var permitted = judged.Where(j => j.Refusal is null).Select(j => j.Address).ToList();
        return permitted.Count > 0 ? new AddressResolution.Permitted(permitted) : Blocked(host, judged[0].Address, judged[0].Refusal!);
    }

    /// <summary>Connects to the first of the addresses that answers; each gets an equal part of the time.</summary>
    /// <param name="addresses">The addresses of <see cref="AddressResolution.Permitted"/>.</param>
    /// <param name="port">The port.</param>
    /// <param name="timeout">Time for all of them together.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="SocketException">None answers. The last one's reason.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<Socket> ConnectAsync(IReadOnlyList<IPAddress> addresses, int port, TimeSpan timeout, CancellationToken cancellationToken)
    {
        for (var i = 0; ; i++)
        {
            var isLast = i == addresses.Count - 1;
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            try
            {
                limit.CancelAfter(timeout / addresses.Count);
                await socket.ConnectAsync(addresses[i], port, limit.Token);
                return socket;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                socket.Dispose();
                if (isLast)
                    throw new SocketException((int)SocketError.TimedOut);
            }
            catch (SocketException) when (!isLast)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    /// <summary>Why an address may not be connected to; null if it may.</summary>
    internal AddressRefusal? Refusal(IPAddress address, AddressChoice choice)
    {
        var reached = EmbeddedAddresses.Of(address);
        if (reached.Select(NeverAllowed.Reason).FirstOrDefault(reason => reason is not null) is { } never)
            return new AddressRefusal(never, CanBeAllowed: false);

        // Of an address that wraps another one, the network of either may be named.
        if (_networks.Count > 0 && !_networks.Any(n => n.Contains(address) || reached.All(n.Contains)))
            return new AddressRefusal("which is in none of the allowed networks", CanBeAllowed: true);
        return choice == AddressChoice.Server && _networks.Count == 0 && reached.Any(IPAddress.IsLoopback)
            ? new AddressRefusal("which is this machine itself", CanBeAllowed: true)
            : null;
    }

    private static AddressResolution.Blocked Blocked(string host, IPAddress address, AddressRefusal refusal) => new(
        IPAddress.TryParse(host, out _)
            ? $"CaPortal does not connect to {address}, {refusal.Reason}."
            : $"CaPortal does not connect to {DisplayText.Shorten(host)}: its address is {address}, {refusal.Reason}.",
        refusal.CanBeAllowed
            ? $"If it is really there, an administrator of this machine can allow the network in the setting {Setting}:Networks."
            : $"Check the address; the setting {Setting}:Networks cannot allow this one.");

    private static AddressResolution.NotFound NotFound(string host, bool isUncertain) =>
        new(
            isUncertain
                ? $"The address of {DisplayText.Shorten(host)} could not be looked up: the name server did not answer."
                : $"The name {DisplayText.Shorten(host)} has no address.",
            isUncertain
                ? "Check the name server that this machine uses, then test again."
                : "Check the spelling, and whether this machine's name server knows the name.");
}

/// <summary>What looking up a host gave.</summary>
public abstract record AddressResolution
{
    private AddressResolution()
    {
    }

    /// <summary>There are addresses that may be connected to.</summary>
    /// <param name="Addresses">They, in the order in which to try them; at least one.</param>
    public sealed record Permitted(IReadOnlyList<IPAddress> Addresses) : AddressResolution;

    /// <summary>None of its addresses, or not its port, may be connected to.</summary>
    /// <param name="Message">One sentence: why.</param>
    /// <param name="Advice">One sentence: what to do.</param>
    public sealed record Blocked(string Message, string Advice) : AddressResolution;

    /// <summary>It has no address.</summary>
    /// <param name="Message">One sentence: why.</param>
    /// <param name="Advice">One sentence: what to do.</param>
    public sealed record NotFound(string Message, string Advice) : AddressResolution;
}

/// <summary>Why an address may not be connected to.</summary>
/// <param name="Reason">The end of a sentence that names the address.</param>
/// <param name="CanBeAllowed">The settings could allow it.</param>
internal sealed record AddressRefusal(string Reason, bool CanBeAllowed);
