using System.Text;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace CaPortal.Core.Formats;

/// <summary>
/// YAML and JSON whose values are files in base64: Kubernetes' Secret and ConfigMap, kubeconfig, Helm values. PEM text in them
/// is found by the format for that, wherever it is.
/// </summary>
internal sealed class StructuredTextFormat : ICertificateFormat
{
    /// <summary>Base64 of a certificate has at least one line of this length; what has none is not parsed.</summary>
    private const int LongRun = 60;

    /// <summary>Keys, values and brackets of YAML that are read: more than any file of certificates has, and its parser is slow.</summary>
    private const int MaxYamlParts = 100_000;

    private static readonly JsonReaderOptions Json = new()
    {
        AllowMultipleValues = true,
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = ValuePath.MaxDepth,
    };

    public string Name => "YAML or JSON";

    public ReadOutcome Read(ReadRequest request)
    {
        if (FileText.Read(request.Content) is not { } text)
            return ReadOutcome.NotThisFormat.Instance;
        if (text.Span.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..] && ReadJson(text.Span, request) is { } outcome)
            return outcome;
        // A line of YAML has a key, and what is between BEGIN and END lines is not meant here.
        return text.Span.Contains((byte)':') && HasLongRun(text.Span, request) ? ReadYaml(text, request) : ReadOutcome.NotThisFormat.Instance;
    }

    /// <summary>The values of JSON; null where it is none.</summary>
    private static ReadOutcome? ReadJson(ReadOnlySpan<byte> text, ReadRequest request)
    {
        var values = new EmbeddedValues(request);
        var path = new ValuePath();
        var reader = new Utf8JsonReader(text, Json);
        try
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        path.Name(Encoding.UTF8.GetString(reader.ValueSpan));
                        break;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        path.Next();
                        path.Open(reader.TokenType == JsonTokenType.StartArray);
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        path.Close();
                        break;
                    case JsonTokenType.String:
                        path.Next();
                        values.Add(reader.ValueSpan, path);
                        break;
                    default:
                        path.Next();
                        break;
                }
            }
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null;
        }

        return values.Outcome();
    }

    /// <summary>The values of YAML. Aliases are not followed: each value is found where it is written.</summary>
    private static ReadOutcome ReadYaml(ReadOnlyMemory<byte> text, ReadRequest request)
    {
        var values = new EmbeddedValues(request);
        var path = new ValuePath();
        using var characters = new StreamReader(new MemoryStream(text.ToArray(), writable: false), Encoding.UTF8);
        var parser = new Parser(characters);
        var isKey = new Stack<bool>([false]);
        var documents = 0;
        var line = 1L;
        try
        {
            for (var parts = 0; parser.MoveNext(); parts++)
            {
                if (parts == MaxYamlParts)
                    throw new FormatException($"it has more than {MaxYamlParts:N0} parts");
                line = parser.Current!.End.Line;
                switch (parser.Current)
                {
                    case DocumentStart:
                        path.Prefix = ++documents == 1 ? "" : $"document {documents}, ";
                        break;
                    case MappingStart or SequenceStart:
                        BeginNode(path, isKey, null);
                        path.Open(parser.Current is SequenceStart);
                        isKey.Push(parser.Current is MappingStart);
                        break;
                    case MappingEnd or SequenceEnd:
                        path.Close();
                        isKey.Pop();
                        break;
                    case Scalar scalar when !BeginNode(path, isKey, scalar.Value):
                        values.Add(Encoding.UTF8.GetBytes(scalar.Value), path);
                        break;
                    case AnchorAlias:
                        BeginNode(path, isKey, null);
                        break;
                }
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Most text that is no YAML has nothing of this kind in it either.
            var rest = text.Span[LineStart(text.Span, line)..];
            if (rest.IndexOf(EmbeddedValues.PemStart) >= 0 || HasLongRun(rest, request, EmbeddedValues.DerStart))
                values.AddDamage("YAML", line, e);
        }

        return values.Outcome();
    }

    /// <summary>Notes that a node begins; true where it is a key, since keys and values of a map take turns.</summary>
    private static bool BeginNode(ValuePath path, Stack<bool> isKey, string? key)
    {
        path.Next();
        if (path.IsInList || path.Depth == 0)
            return false;
        var wasKey = isKey.Pop();
        isKey.Push(!wasKey);
        if (wasKey)
            path.Name(key ?? "?");
        return wasKey;
    }

    private static int LineStart(ReadOnlySpan<byte> text, long line)
    {
        var start = 0;
        for (var next = 0; line > 1 && (next = text[start..].IndexOf((byte)'\n')) >= 0; line--)
            start += next + 1;
        return start;
    }

    /// <summary>Whether there is a long run of base64 outside PEM blocks.</summary>
    private static bool HasLongRun(ReadOnlySpan<byte> text, ReadRequest request, ReadOnlySpan<byte> beginning = default)
    {
        var from = 0;
        foreach (var block in PemScanner.Scan(text, request.Limits.MaxCertificates, request.CancellationToken))
        {
            if (HasLongRun(text[from..block.Start], beginning))
                return true;
            from = block.Start + block.Length;
        }

        return HasLongRun(text[from..], beginning);
    }

    private static bool HasLongRun(ReadOnlySpan<byte> text, ReadOnlySpan<byte> beginning)
    {
        for (int start; (start = text.IndexOfAny(Base64Text.Alphabet)) >= 0;)
        {
            text = text[start..];
            var length = text.IndexOfAnyExcept(Base64Text.Alphabet);
            length = length < 0 ? text.Length : length;
            if (length >= LongRun && text.StartsWith(beginning))
                return true;
            text = text[length..];
        }

        return false;
    }
}
