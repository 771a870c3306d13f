namespace CaPortal.Core.Formats;

/// <summary>Reads a file by the first format that it is of, and the files in it in the same way and within the same limits.</summary>
internal sealed class FileWalk(IReadOnlyList<ICertificateFormat> formats)
{
    /// <summary>A file may be in another one, as base64 or in an archive; more than this is nobody's intention.</summary>
    private const int MaxDepth = 5;

    /// <summary>What the file holds.</summary>
    public FoundItems Read(ReadRequest request) => Read(request, 0);

    private FoundItems Read(ReadRequest request, int depth)
    {
        FoundItems? embedded = null;
        foreach (var format in formats)
        {
            request.CancellationToken.ThrowIfCancellationRequested();
            var outcome = format.Read(request);
            if (outcome is ReadOutcome.NotThisFormat)
                continue;
            if (outcome is ReadOutcome.Embedded parts)
            {
                // What is no certificate among the parts is a part of the text as its other words are.
                if (ReadContents(format.Name, parts.Files, parts.Others, request, depth) is { Items.Count: > 0 } read)
                {
                    embedded = embedded?.With(read) ?? read with { Foreign = [] };
                    request = request with { FromValues = embedded.Items.Select(i => i.Facts?.Sha256).OfType<string>().ToHashSet() };
                }

                continue;
            }

            if (embedded is not null && outcome is ReadOutcome.Encoded or ReadOutcome.Foreign)
                return embedded;
            var found = outcome switch
            {
                ReadOutcome.Encoded encoded when depth < MaxDepth => Read(request with { Content = encoded.Content }, depth + 1),
                ReadOutcome.Container container => ReadContents(format.Name, container.Files, container.Others, request, depth),
                _ => FoundItems.Of(format.Name, outcome),
            };
            return embedded?.With(found) ?? found;
        }

        return embedded ?? FoundItems.Of("Unknown", ReadOutcome.NotThisFormat.Instance);
    }

    private FoundItems ReadContents(string format, IReadOnlyList<ContainedFile> files, IReadOnlyList<ReadItem> others, ReadRequest request, int depth)
    {
        var items = new List<ReadItem>();
        var foreign = new List<string>();
        var password = PasswordState.NotNeeded;
        foreach (var file in files.TakeWhile(_ => items.Count <= request.Limits.MaxCertificates))
        {
            if (depth == MaxDepth)
            {
                items.Add(
                    ReadItems.Other(
                        "File in too many others",
                        $"This file is in more than {MaxDepth} others, one in the other.",
                        "Unpack it and add the certificate files in it.",
                        file.Position));
                continue;
            }

            var found = ReadContained(file, request, depth + 1);
            password = found.Password > password ? found.Password : password;
            if (found.IsForeign)
                foreign.Add(file.Position);
            else
                items.AddRange((found with { Foreign = [] }).Placed().Select(i => i with { Position = Within(file, i.Position) }));
            foreign.AddRange(found.Foreign.Select(f => Within(file, f)));
        }

        return new(format, password, [.. items, .. others]) { Foreign = foreign, IsContainer = true };
    }

    /// <summary>The password that is beside a file is tried before the one that was typed.</summary>
    private FoundItems ReadContained(ContainedFile file, ReadRequest request, int depth)
    {
        var contained = request with { Content = file.Content };
        return file.Password is { } beside && Read(contained with { Password = beside }, depth) is { Password: PasswordState.NotNeeded } found
            ? found
            : Read(contained, depth);
    }

    private static string Within(ContainedFile file, string? position) => position is null ? file.Position : $"{file.Position}, {position}";
}
