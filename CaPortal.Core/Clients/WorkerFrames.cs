using System.Text;

namespace CaPortal.Core.Clients;

/// <summary>Questions and answers as bytes, between the portal and the process that it asks.</summary>
internal static class WorkerFrames
{
    public static byte[] Write(ClientQuestion question)
    {
        using var frame = new MemoryStream();
        using var writer = new BinaryWriter(frame, Encoding.UTF8);
        Write(writer, question.Presented);
        writer.Write(question.ServerName ?? "");
        Write(writer, question.Roots);
        Write(writer, question.Intermediates);
        writer.Write(question.At.UtcTicks);
        return frame.ToArray();
    }

    public static ClientQuestion ReadQuestion(byte[] frame)
    {
        using var reader = new BinaryReader(new MemoryStream(frame), Encoding.UTF8);
        return new ClientQuestion(
            Read(reader),
            reader.ReadString() is { Length: > 0 } name ? name : null,
            Read(reader),
            Read(reader),
            new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero));
    }

    public static byte[] Write(ClientAnswer answer)
    {
        using var frame = new MemoryStream();
        using var writer = new BinaryWriter(frame, Encoding.UTF8);
        writer.Write(answer.Problem is { } problem ? (int)problem : -1);
        writer.Write(answer.Reason ?? "");
        writer.Write(answer.Sha256 ?? "");
        return frame.ToArray();
    }

    public static ClientAnswer ReadAnswer(byte[] frame)
    {
        using var reader = new BinaryReader(new MemoryStream(frame), Encoding.UTF8);
        var problem = reader.ReadInt32();
        var (reason, sha256) = (reader.ReadString(), reader.ReadString());
        return problem < 0 ? ClientAnswer.Accepted : new ClientAnswer((ClientProblem)problem, reason, sha256.Length == 0 ? null : sha256);
    }

    private static void Write(BinaryWriter writer, IReadOnlyList<ReadOnlyMemory<byte>> certificates)
    {
        writer.Write(certificates.Count);
        foreach (var der in certificates)
        {
            writer.Write(der.Length);
            writer.Write(der.Span);
        }
    }

    private static List<ReadOnlyMemory<byte>> Read(BinaryReader reader)
    {
        var certificates = new List<ReadOnlyMemory<byte>>();
        for (var left = reader.ReadInt32(); left > 0; left--)
            certificates.Add(reader.ReadBytes(reader.ReadInt32()));
        return certificates;
    }
}
