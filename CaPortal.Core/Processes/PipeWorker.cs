using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;

namespace CaPortal.Core.Processes;

/// <summary>
/// A process that is started when it is first asked, and ended when nobody has asked for a while. It answers over its
/// standard input and output, one question after the other. Questions and answers are frames: their length in four bytes, the
/// highest first, and then the bytes. What it writes to standard error is thrown away.
/// </summary>
/// <remarks>
/// A worker that has ended since it last answered is started again at once. A worker that does not answer in time, or ends
/// instead, is killed, and started again at the next question. A worker that fails twice in a row rests.
/// </remarks>
internal sealed class PipeWorker : IDisposable
{
    private const int MaxAnswer = 1024 * 1024;
    private const int MaxFailures = 2;

    /// <summary>It is ended when nobody has asked for this time.</summary>
    internal static readonly TimeSpan Idle = TimeSpan.FromMinutes(2);

    /// <summary>It is not asked for this time after it has failed twice in a row.</summary>
    internal static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    private readonly Func<ProcessStartInfo> _start;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly Lock _turn = new();
    private readonly ITimer _idle;
    private volatile Process? _process;
    private volatile bool _isDisposed;
    private int _failures;
    private long _failedAt;
    private long _answeredAt;

    /// <summary>Creates it; starts nothing.</summary>
    /// <param name="start">The command; its standard streams are redirected here.</param>
    /// <param name="timeout">How long it may take to answer, its start included.</param>
    /// <param name="time">The clock for being idle and for resting.</param>
    public PipeWorker(Func<ProcessStartInfo> start, TimeSpan timeout, TimeProvider time)
    {
        (_start, _timeout, _time) = (start, timeout, time);
        _idle = time.CreateTimer(_ => EndWhenIdle(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Asks it; null if it gives no answer.</summary>
    public byte[]? Ask(ReadOnlySpan<byte> question)
    {
        lock (_turn)
        {
            if (_isDisposed || (_failures >= MaxFailures && _time.GetElapsedTime(_failedAt) < Rest))
                return null;

            EndWhenGone();
            var answer = Exchange(question);
            if (answer is null)
            {
                End();
                (_failures, _failedAt) = (_failures + 1, _time.GetTimestamp());
                return null;
            }

            (_failures, _answeredAt) = (0, _time.GetTimestamp());
            if (!_isDisposed)
                _idle.Change(Idle, Timeout.InfiniteTimeSpan);
            return answer;
        }
    }

    /// <summary>The other end, in the worker's process: answers until nothing more is asked.</summary>
    public static void Answer(Stream input, Stream output, Func<byte[], byte[]> answer)
    {
        try
        {
            while (true)
                WriteFrame(output, answer(ReadFrame(input, int.MaxValue)));
        }
        catch (EndOfStreamException)
        {
            // The portal has ended, or wants no more.
        }
    }

    /// <summary>Ends it; a question that it is just being asked gets no answer.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        if (_process is { } busy)
            ExternalCommand.Kill(busy);
        lock (_turn)
            End();

        _idle.Dispose();
    }

    private byte[]? Exchange(ReadOnlySpan<byte> question)
    {
        try
        {
            var process = _process ??= Start();
            if (_isDisposed)
                return null;

            // Reading and writing pipes cannot be cancelled: who takes too long is killed, and that ends both.
            using var tooLong = new Timer(_ => ExternalCommand.Kill(process), null, _timeout, Timeout.InfiniteTimeSpan);
            WriteFrame(process.StandardInput.BaseStream, question);
            return ReadFrame(process.StandardOutput.BaseStream, MaxAnswer);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or Win32Exception or InvalidOperationException or InvalidDataException)
        {
            return null;
        }
    }

    private static void WriteFrame(Stream stream, ReadOnlySpan<byte> content)
    {
        var frame = new byte[sizeof(int) + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, content.Length);
        content.CopyTo(frame.AsSpan(sizeof(int)));
        stream.Write(frame);
        stream.Flush();
    }

    private static byte[] ReadFrame(Stream stream, int most)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        stream.ReadExactly(length);
        var count = BinaryPrimitives.ReadInt32BigEndian(length);
        if (count < 0 || count > most)
            throw new InvalidDataException("The frame is longer than an answer can be.");
        var content = new byte[count];
        stream.ReadExactly(content);
        return content;
    }

    private Process Start()
    {
        var start = _start();
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        (start.UseShellExecute, start.CreateNoWindow) = (false, true);
        ExternalCommand.RemoveOwnSettings(start);
        var process = Process.Start(start)!;
        _ = DrainAsync(process.StandardError.BaseStream);
        return process;
    }

    // As bytes: a line may have any length.
    private static async Task DrainAsync(Stream errors)
    {
        try
        {
            await errors.CopyToAsync(Stream.Null).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // It has ended.
        }
    }

    private void EndWhenIdle()
    {
        lock (_turn)
        {
            // Somebody may have asked while this waited for its turn.
            if (_time.GetElapsedTime(_answeredAt) >= Idle)
                End();
        }
    }

    // It was well when it last answered: that it has ended since, or was killed to free memory, is no reason to leave a question unanswered.
    private void EndWhenGone()
    {
        if (_process is { HasExited: true })
            End();
    }

    private void End()
    {
        if (_process is not { } process)
            return;
        ExternalCommand.Kill(process);
        process.Dispose();
        _process = null;
    }
}
