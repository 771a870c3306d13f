using System.Formats.Asn1;
using System.Text;
using System.Xml;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>
/// Configuration profiles of Apple (.mobileconfig): property lists in XML, plain or signed. Their data are certificates in
/// DER or PEM and PKCS#12 files. The certificates of a profile's signature say who made it and are not part of its content.
/// </summary>
internal sealed class AppleProfileFormat : ICertificateFormat
{
    private const int Head = 4096;

    private static readonly Asn1Tag Explicit0 = new(TagClass.ContextSpecific, 0, isConstructed: true);

    public string Name => "Apple configuration profile";

    public ReadOutcome Read(ReadRequest request)
    {
        var isSigned = DerSniffer.Sniff(request.Content) == DerKind.Pkcs7;
        if ((isSigned ? SignedContent(request.Content) : request.Content) is not { } xml || !IsPropertyList(xml))
            return ReadOutcome.NotThisFormat.Instance;

        var data = new PropertyListData(request);
        data.Read(xml);
        var others = data.Damaged;
        if (isSigned)
            others.Add(
                ReadItems.Other(
                    "Signature",
                    "The profile is signed; the certificates of its signature only say who made it, and were left out.",
                    null,
                    "signature",
                    severity: FindingSeverity.Information));
        return data.Files.Count + data.Damaged.Count > request.Limits.MaxCertificates ? ReadItems.TooMany(request.Limits)
            : data.Files.Count + others.Count == 0 ? new ReadOutcome.Foreign(NotCertificates.Named("Property list", "a property list without data"))
            : new ReadOutcome.Container(data.Files, others);
    }

    private static bool IsPropertyList(ReadOnlyMemory<byte> xml) =>
        FileText.Read(xml) is { } text && text.Span[..Math.Min(text.Length, Head)].IndexOf("<plist"u8) >= 0
        && text.Span.TrimStart(" \t\r\n"u8).StartsWith("<"u8);

    /// <summary>What is signed (RFC 5652 §5.2); null if that is in another file or damaged.</summary>
    private static ReadOnlyMemory<byte>? SignedContent(ReadOnlyMemory<byte> content)
    {
        try
        {
            var contentInfo = new AsnReader(content, AsnEncodingRules.BER).ReadSequence();
            contentInfo.ReadObjectIdentifier();
            var signedData = contentInfo.ReadSequence(Explicit0).ReadSequence();
            signedData.ReadEncodedValue();
            signedData.ReadEncodedValue();
            var encapsulated = signedData.ReadSequence();
            encapsulated.ReadObjectIdentifier();
            return encapsulated.HasData ? encapsulated.ReadSequence(Explicit0).ReadOctetString() : default(ReadOnlyMemory<byte>?);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>The data of a property list, each with the password that is in the same dictionary.</summary>
    private sealed class PropertyListData(ReadRequest request)
    {
        private const string PayloadContent = ".PayloadContent";

        /// <summary>Bytes of one tag: its attributes are compared with each other, and a property list has hardly any.</summary>
        private const int MaxTag = 64 * 1024;

        /// <summary>Levels of elements: those of values, and some that have none.</summary>
        private const int MaxDepth = 2 * ValuePath.MaxDepth;

        // Every property list names Apple's document type: it is passed over unread, and entities are errors.
        private static readonly XmlReaderSettings Settings = new()
        {
            DtdProcessing = DtdProcessing.Ignore,
            XmlResolver = null,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        };

        private readonly ValuePath _path = new();
        private readonly Stack<(List<(string Position, ReadOnlyMemory<byte> Content)> Data, string? Password)> _open = new([([], null)]);

        public List<ContainedFile> Files { get; } = [];

        public List<ReadItem> Damaged { get; } = [];

        public void Read(ReadOnlyMemory<byte> xml)
        {
            using var reader = XmlReader.Create(new MemoryStream(xml.ToArray(), writable: false), Settings);
            try
            {
                RefuseLongTags(xml.Span);
                var key = "";
                while (reader.Read() && Files.Count + Damaged.Count <= request.Limits.MaxCertificates)
                {
                    request.CancellationToken.ThrowIfCancellationRequested();
                    // The reader keeps each open element, of any name.
                    if (reader.Depth > MaxDepth)
                        throw new FormatException($"it is nested deeper than {MaxDepth} levels");
                    if (reader.NodeType == XmlNodeType.Element)
                        key = ReadElement(reader, key);
                    else if (reader is { NodeType: XmlNodeType.EndElement, Name: "dict" or "array" })
                        Close();
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                var line = (reader as IXmlLineInfo)?.LineNumber ?? 0;
                Damaged.Add(
                    ReadItems.Other(
                        "Damaged property list",
                        $"From line {line:N0} on the property list cannot be read: {ReadItems.Reason(e)}.",
                        "Export or download it again.",
                        $"line {line:N0}"));
            }

            while (_open.Count > 0)
                Close();
        }

        private static void RefuseLongTags(ReadOnlySpan<byte> xml)
        {
            while (xml.IndexOf((byte)'<') is >= 0 and var start)
            {
                xml = xml[start..];
                var length = xml.IndexOf((byte)'>') is >= 0 and var end ? end : xml.Length;
                if (length > MaxTag)
                    throw new FormatException("a tag in it is too long");
                xml = xml[length..];
            }
        }

        /// <summary>The key that the next value has.</summary>
        private string ReadElement(XmlReader reader, string key)
        {
            switch (reader.Name)
            {
                case "key":
                    key = TextOf(reader);
                    _path.Name(key);
                    return key;
                case "dict" or "array":
                    _path.Next();
                    _path.Open(reader.Name == "array");
                    _open.Push(([], null));
                    if (reader.IsEmptyElement)
                        Close();
                    break;
                case "data":
                    _path.Next();
                    AddData(TextOf(reader));
                    break;
                case "string":
                    _path.Next();
                    var text = TextOf(reader);
                    if (key == "Password")
                        _open.Push((_open.Pop().Data, text));
                    break;
                case "plist":
                    break;
                default:
                    _path.Next();
                    break;
            }

            return "";
        }

        private void AddData(string base64)
        {
            var position = _path.ToString();
            if (position.EndsWith(PayloadContent, StringComparison.Ordinal))
                position = position[..^PayloadContent.Length];
            if (Base64Text.Decode(Encoding.UTF8.GetBytes(base64)) is { } content)
                _open.Peek().Data.Add((position, content));
            else
                Damaged.Add(
                    ReadItems.Other("Damaged data", "This is not base64: characters are missing or changed.", "Export or download the profile again.", position)
                );
        }

        private void Close()
        {
            _path.Close();
            var (data, password) = _open.Pop();
            Files.AddRange(data.Select(d => new ContainedFile(d.Position, d.Content, password)));
        }

        /// <summary>The text of an element without others in it; the reader stays at its end.</summary>
        private static string TextOf(XmlReader reader)
        {
            var text = new StringBuilder();
            for (var isEmpty = reader.IsEmptyElement; !isEmpty && reader.Read() && reader.NodeType != XmlNodeType.EndElement;)
            {
                if (reader.NodeType == XmlNodeType.Element)
                    throw new FormatException("an element is where text belongs");
                text.Append(reader.Value);
            }

            return text.ToString();
        }
    }
}
