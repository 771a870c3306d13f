using System.Diagnostics;
using System.Text;

namespace CaPortal.Core.Processes;

/// <summary>What a command writes, as far as it is read. Two of its streams may be read into one.</summary>
internal sealed class CommandOutput(Command command)
{
    private const int BufferLength = 16 * 1024;

    private readonly StringBuilder _text = new();

    /// <summary>What was read so far.</summary>
    public string Text
    {
        get
        {
            lock (_text)
                return _text.ToString();
        }
    }

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="ExternalCommandException">It wrote too much, and was killed.</exception>
    public async Task ReadAsync(Process process, StreamReader source, CancellationToken cancellationToken)
    {
        var buffer = new char[BufferLength];
        while (await source.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            if (Append(buffer.AsSpan(0, count)) || command.DropsMore)
                continue;
            ExternalCommand.Kill(process);
            throw new ExternalCommandException($"{command.Name} wrote more than {command.MaxOutput:N0} characters", null);
        }
    }

    /// <returns>False where not all of it fits.</returns>
    private bool Append(ReadOnlySpan<char> text)
    {
        lock (_text)
        {
            var room = command.MaxOutput - _text.Length;
            _text.Append(text[..Math.Min(text.Length, room)]);
            return text.Length <= room;
        }
    }
}
