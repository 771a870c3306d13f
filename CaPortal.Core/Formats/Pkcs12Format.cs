using System.Formats.Asn1;

namespace CaPortal.Core.Formats;

/// <summary>
/// PKCS#12 (RFC 7292), the form of .pfx and .p12 files. Bags are walked one by one, since libraries that load such a
/// file as a key store drop certificates that have neither a name nor a key. Private keys are never decrypted.
/// </summary>
internal sealed class Pkcs12Format : ICertificateFormat
{
    private const string DataType = "1.2.840.113549.1.7.1";
    private const string EncryptedDataType = "1.2.840.113549.1.7.6";
    private const string DamagedKind = "Damaged PKCS#12 file";
    private const string ExportAdvice = "Export the certificates again, or as .p7b or .pem, which need no password.";

    private static readonly Asn1Tag Explicit0 = new(TagClass.ContextSpecific, 0, isConstructed: true);

    public string Name => "PKCS#12";

    public ReadOutcome Read(ReadRequest request)
    {
        if (DerSniffer.Sniff(request.Content) != DerKind.Pkcs12)
            return ReadOutcome.NotThisFormat.Instance;
        try
        {
            return ReadItems.WithRest(ReadPfx(request), request.Content, Asn1Guard.FirstElementLength(request.Content.Span) ?? request.Content.Length);
        }
        catch (NotSupportedException e)
        {
            return new ReadOutcome.Broken("Unsupported PKCS#12 file", $"The file cannot be read: {ReadItems.Reason(e)}.", ExportAdvice);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new ReadOutcome.Broken(DamagedKind, $"The file cannot be read: {ReadItems.Reason(e)}.", ExportAdvice);
        }
    }

    /// <summary>
    /// Why a file that somebody else may have made must not be opened: it is damaged, or that would take more work than is allowed;
    /// null if it may.
    /// </summary>
    public static string? RefusalFor(ReadOnlyMemory<byte> file, ReadLimits limits)
    {
        try
        {
            var (_, mac, parts) = Open(file, limits, CancellationToken.None);
            return new DerivationBudget(limits).Refusal(CostsOf(mac, parts));
        }
        catch (Exception e)
        {
            return ReadItems.Reason(e); // Libraries throw all sorts of exceptions for what they cannot read.
        }
    }

    private static ReadOutcome ReadPfx(ReadRequest request)
    {
        var (content, mac, parts) = Open(request.Content, request.Limits, request.CancellationToken);
        var budget = request.Derivations;
        if (budget.Refusal(CostsOf(mac, parts)) is { } refusal)
            return new ReadOutcome.Broken(
                "PKCS#12 file with too many iterations",
                $"The file was not opened: {refusal}.",
                "Export it again with fewer iterations, or as .p7b or .pem, which need no password.");

        var candidates = Pkcs12Password.Candidates(request.Password);
        var isTyped = !string.IsNullOrEmpty(request.Password);
        var isPlain = parts.TrueForAll(p => p.Cipher is null);
        var isVerified = mac is null;
        if (mac is not null)
        {
            // The first try leaves enough for the parts; further ones are made while the budget lasts.
            var reserve = new DerivationCost(parts.Sum(p => p.Cipher?.Cost.Iterations ?? 0), parts.Sum(p => p.Cipher?.Cost.ScryptBytes ?? 0));
            budget.TryTake(reserve);
            var fitting = mac.Tries(candidates).FirstOrDefault(c => Step(request) && budget.TryTake(mac.Cost) && mac.Verify(c, content));
            if (fitting is null && (isTyped || !isPlain))
                return new ReadOutcome.PasswordRequired(isTyped ? PasswordState.Wrong : PasswordState.Needed);
            isVerified = fitting is not null;
            candidates = fitting is null ? candidates : mac.SameAs(fitting, candidates);
            budget.Give(reserve);
        }

        var outcome = ReadContents(parts, candidates, hasMac: mac is not null, isTyped, budget, request);
        return outcome is ReadOutcome.Items items && !isVerified ? new ReadOutcome.Items(ReadItems.WithUnknownIntegrity(items.All)) : outcome;
    }

    private static (byte[] Content, Pkcs12Mac? Mac, List<Pkcs12Part> Parts) Open(
        ReadOnlyMemory<byte> file,
        ReadLimits limits,
        CancellationToken cancellationToken)
    {
        var pfx = new AsnReader(file, AsnEncodingRules.BER).ReadSequence();
        pfx.ReadEncodedValue();
        var contentInfo = pfx.ReadSequence();
        if (contentInfo.ReadObjectIdentifier() != DataType)
            throw new NotSupportedException("its integrity is protected by a signature instead of a password");
        var content = contentInfo.ReadSequence(Explicit0).ReadOctetString();
        var mac = pfx.HasData ? Pkcs12Mac.Parse(pfx.ReadEncodedValue()) : null;
        return (content, mac, ReadParts(content, limits, cancellationToken));
    }

    private static List<DerivationCost> CostsOf(Pkcs12Mac? mac, List<Pkcs12Part> parts) =>
        [.. parts.Select(p => p.Cipher?.Cost).Append(mac?.Cost).OfType<DerivationCost>()];

    private static List<Pkcs12Part> ReadParts(byte[] authenticatedSafe, ReadLimits limits, CancellationToken cancellationToken)
    {
        var parts = new List<Pkcs12Part>();
        var contents = new AsnReader(authenticatedSafe, AsnEncodingRules.BER).ReadSequence();
        while (contents.HasData)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (parts.Count > limits.MaxCertificates)
                throw new FormatException("it has too many parts");
            parts.Add(ReadPart(contents.ReadSequence()));
        }

        return parts;
    }

    private static Pkcs12Part ReadPart(AsnReader contentInfo)
    {
        var type = contentInfo.ReadObjectIdentifier();
        if (type == DataType)
            return new(contentInfo.ReadSequence(Explicit0).ReadOctetString(), null, null);
        if (type != EncryptedDataType)
            return new(
                [],
                null,
                type == "1.2.840.113549.1.7.3"
                    ? "it is encrypted for the key of a recipient instead of a password"
                    : $"its content type {type} is not supported");

        var encryptedData = contentInfo.ReadSequence(Explicit0).ReadSequence();
        encryptedData.ReadEncodedValue();
        var encrypted = encryptedData.ReadSequence();
        encrypted.ReadObjectIdentifier();
        var algorithm = encrypted.ReadEncodedValue();
        try
        {
            return new(encrypted.ReadOctetString(new Asn1Tag(TagClass.ContextSpecific, 0)), Pkcs12Cipher.Parse(algorithm.Span), null);
        }
        catch (NotSupportedException e)
        {
            return new([], null, ReadItems.Reason(e));
        }
    }

    private static ReadOutcome ReadContents(
        List<Pkcs12Part> parts, IReadOnlyList<Pkcs12Password> candidates, bool hasMac, bool isTyped, DerivationBudget budget, ReadRequest request)
    {
        var bags = new Pkcs12Bags(request);
        for (var index = 0; index < parts.Count; index++)
        {
            var part = parts[index];
            var position = parts.Count == 1 ? "" : $"part {index + 1}, ";
            if (part.Problem is { } problem)
            {
                bags.AddDamage($"This part of the file cannot be read: {problem}.", position);
                continue;
            }

            string? failure = null;
            var plain = part.Cipher is null ? part.Content : Decrypt(part, ref candidates, budget, request, out failure);
            if (plain is not null)
                bags.Add(plain, position);
            else if (hasMac)
                bags.AddDamage(
                    $"This part of the file cannot be read although the password is right: decrypting it with {part.Cipher!.Name} failed ({failure}).",
                    position);
            else if (!isTyped)
                return new ReadOutcome.PasswordRequired(PasswordState.Needed);
            else
            {
                return new ReadOutcome.Broken(
                    "PKCS#12 file",
                    $"Decrypting the file with {part.Cipher!.Name} failed ({failure}); it has no integrity check, "
                        + "so it cannot be told whether the password is wrong or the file damaged.",
                    "Enter the password again, or export the file again.",
                    PasswordState.Needed);
            }
        }

        return bags.Outcome();
    }

    private static byte[]? Decrypt(
        Pkcs12Part part,
        ref IReadOnlyList<Pkcs12Password> candidates,
        DerivationBudget budget,
        ReadRequest request,
        out string? failure)
    {
        failure = null;
        foreach (var candidate in part.Cipher!.Tries(candidates).TakeWhile(_ => Step(request) && budget.TryTake(part.Cipher.Cost)))
        {
            try
            {
                var plain = part.Cipher.Decrypt(candidate, part.Content);
                // A wrong password passes the padding check once in 256 times, but does not give one whole element.
                if (Asn1Guard.FirstElementLength(plain) == plain.Length && plain[0] == 0x30)
                {
                    // What has opened one part most likely opens the others, and each try costs.
                    candidates = [candidate, .. candidates.Where(c => !ReferenceEquals(c, candidate))];
                    return plain;
                }

                failure ??= "the decrypted bytes make no sense";
            }
            catch (Exception e)
            {
                failure ??= ReadItems.Reason(e);
            }
        }

        return null;
    }

    private static bool Step(ReadRequest request)
    {
        request.CancellationToken.ThrowIfCancellationRequested();
        return true;
    }

    /// <summary>One ContentInfo of the authenticated safe.</summary>
    /// <param name="Content">The safe contents, encrypted where there is a cipher.</param>
    /// <param name="Cipher">How they are encrypted; null if they are plain.</param>
    /// <param name="Problem">Why they cannot be read with any password; null if they may be readable.</param>
    private sealed record Pkcs12Part(byte[] Content, Pkcs12Cipher? Cipher, string? Problem);
}
