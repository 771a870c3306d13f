using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using CaPortal.Core.Data;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>Why a start failed, in plain words.</summary>
internal static class StartErrors
{
    /// <summary>
    /// The exit code where something must be changed before the next start can succeed: EX_CONFIG of sysexits.h, after which
    /// service managers can be set not to start again.
    /// </summary>
    public const int ExitCode = 78;

    private const string WebServer = "Microsoft.AspNetCore.Server.Kestrel";
    private const string Settings = "Microsoft.Extensions.Configuration";
    private const string Log = "Microsoft.Extensions.Logging";
    private const string SignIn = "Microsoft.Identity.Web";

    private const string Certificate =
        "Set Kestrel:Certificates:Default:Path to a PKCS#12 file and :Password to its password, " +
        "or :Path to a PEM file and :KeyPath to that of its private key.";

    /// <summary>One sentence or two for each problem; null where the failure is not one that settings put right, but a fault of the program.</summary>
    /// <param name="exception">What the start ended with.</param>
    /// <param name="configuration">The settings; null where they could not be read.</param>
    public static IReadOnlyList<string>? Explain(Exception exception, IConfiguration? configuration) => exception switch
    {
        OptionsValidationException invalid => [.. invalid.Failures],
        StartRefusedException refused => [refused.Message],
        AggregateException several when several.InnerExceptions.All(e => e is OptionsValidationException) =>
            [.. several.InnerExceptions.Cast<OptionsValidationException>().SelectMany(e => e.Failures)],
        DatabaseException unusable => [unusable.Message, unusable.Advice],
        InvalidDataException unreadable when Passed(exception, Settings) =>
            [$"{OneLine(unreadable.Message)} {OneLine(unreadable.GetBaseException().Message)} Correct the file."],
        _ when Passed(exception, WebServer) => [OfWebServer(exception, configuration is null ? [] : ListenAddresses.Configured(configuration))],
        _ when Passed(exception, Settings) || Passed(exception, Log) || Passed(exception, SignIn) =>
            [$"A setting cannot be read. {OneLine(exception.Message)}"],
        _ => null,
    };

    private static string OfWebServer(Exception exception, IReadOnlyList<string> addresses)
    {
        var example = addresses.Any(ListenAddresses.IsHttps) && addresses.All(ListenAddresses.IsHttps) ? "https://127.0.0.1:5081" : "http://127.0.0.1:5081";
        var another = $"choose another address with --urls, for example --urls {example}.";
        var which = addresses is [var only] ? $"The address {only}" : $"One of the addresses {string.Join(", ", addresses)}";
        return exception switch
        {
            { InnerException: AddressInUseException } => $"{OneLine(exception.Message)} End the program that uses it, or {another}",
            _ when exception.GetBaseException() is SocketException socket =>
                $"{which} cannot be listened on: {Reason(socket.SocketErrorCode)}. Change that, or {another}",
            CryptographicException => $"The certificate for https cannot be used: {OneLine(exception.Message)} {Certificate}",
            FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException =>
                $"The certificate for https cannot be read: {OneLine(exception.Message)} {Certificate}",
            NotSupportedException => $"The certificate for https has no private key. {Certificate}",
            InvalidOperationException when exception.Message.StartsWith("Unable to configure HTTPS", StringComparison.Ordinal) =>
                $"{which} is for https, and there is no certificate for it. {Certificate}",
            _ => $"The web server cannot start with its settings (--urls, Kestrel:*): {OneLine(exception.Message)}",
        };
    }

    private static string Reason(SocketError error) => error switch
    {
        SocketError.AccessDenied => "the portal's account may not use that port or folder, and ports below 1024 often need privileges",
        SocketError.AddressNotAvailable => "this machine does not have that address, or the folder of the socket does not exist",
        SocketError.AddressFamilyNotSupported => "this machine does not have that kind of address",
        _ => $"the operating system refuses it ({error})",
    };

    /// <summary>Whether the exception comes out of a library that reads settings: what it throws at a start is about what they say.</summary>
    private static bool Passed(Exception exception, string ns) =>
        new StackTrace(exception).GetFrames().Any(f => f.GetMethod()?.DeclaringType?.FullName?.StartsWith(ns, StringComparison.Ordinal) == true)
        || (exception.InnerException is { } inner && Passed(inner, ns));

    private static string OneLine(string message)
    {
        var line = string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return line.EndsWith('.') ? line : $"{line}.";
    }
}
