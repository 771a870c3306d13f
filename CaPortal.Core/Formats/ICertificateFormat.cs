namespace CaPortal.Core.Formats;

/// <summary>One file format. Registered by one line in <see cref="CoreServices"/>; tried in that order.</summary>
public interface ICertificateFormat
{
    /// <summary>The format as people call it.</summary>
    string Name { get; }

    /// <summary>
    /// Reads the file, or says that it is not of this format. Never throws because of the content: every exception of a
    /// parser is caught here and becomes an item that names what is damaged.
    /// </summary>
    ReadOutcome Read(ReadRequest request);
}

/// <summary>One file to read.</summary>
/// <param name="Content">The bytes, within <see cref="ReadLimits.MaxFileBytes"/>.</param>
/// <param name="Password">The password as typed; null if none was given.</param>
/// <param name="Limits">Bounds on the work.</param>
/// <param name="CancellationToken">Ends when the time limit is reached; loops look at it.</param>
public sealed record ReadRequest(ReadOnlyMemory<byte> Content, string? Password, ReadLimits Limits, CancellationToken CancellationToken)
{
    /// <summary>What all key derivations may cost, of this file and of the files in it.</summary>
    internal DerivationBudget Derivations { get; } = new(Limits);

    /// <summary>What this file and the files in it may hold once they are unpacked.</summary>
    internal UnpackBudget Unpacking { get; } = new(Limits.MaxFileBytes);

    /// <summary>SHA-256 of the certificates that were read out of values in this text already: what looks like them between its PEM blocks is them.</summary>
    internal IReadOnlySet<string> FromValues { get; init; } = new HashSet<string>();

    /// <summary>The type's name: a record would otherwise print the password.</summary>
    public override string ToString() => nameof(ReadRequest);
}

/// <summary>What a format says of a file.</summary>
public abstract record ReadOutcome
{
    private ReadOutcome()
    {
    }

    /// <summary>The file is of another format: try the next.</summary>
    public sealed record NotThisFormat : ReadOutcome
    {
        /// <summary>The only value.</summary>
        public static readonly NotThisFormat Instance = new();
    }

    /// <summary>
    /// The file is of this format, but needs a password (<see cref="PasswordState.Needed"/>) or another one
    /// (<see cref="PasswordState.Wrong"/>): stop.
    /// </summary>
    /// <param name="State">Needed or wrong.</param>
    public sealed record PasswordRequired(PasswordState State) : ReadOutcome;

    /// <summary>The file is of this format, but as a whole not readable: stop.</summary>
    /// <param name="Kind">What it is: <c>Damaged PKCS#12 file</c>.</param>
    /// <param name="Message">One sentence: which part or algorithm cannot be read, and why.</param>
    /// <param name="Advice">One sentence: what to do.</param>
    /// <param name="Password"><see cref="PasswordState.Needed"/> if another password may help, although the file does not say
    /// so.</param>
    public sealed record Broken(string Kind, string Message, string? Advice = null, PasswordState Password = PasswordState.NotNeeded) : ReadOutcome;

    /// <summary>The file is text that encodes another file: read that one.</summary>
    /// <param name="Content">The other file.</param>
    public sealed record Encoded(ReadOnlyMemory<byte> Content) : ReadOutcome;

    /// <summary>The file holds other files: read each of them.</summary>
    /// <param name="Files">In the order of the file.</param>
    /// <param name="Others">Items about the rest of it.</param>
    public sealed record Container(IReadOnlyList<ContainedFile> Files, IReadOnlyList<ReadItem> Others) : ReadOutcome;

    /// <summary>
    /// The file is text, and parts of it are other files: read each of them, and the text by the formats that follow. Where
    /// nothing comes of the parts, the file is of another format.
    /// </summary>
    /// <param name="Files">In the order of the text.</param>
    /// <param name="Others">Items about parts that cannot be read.</param>
    public sealed record Embedded(IReadOnlyList<ContainedFile> Files, IReadOnlyList<ReadItem> Others) : ReadOutcome;

    /// <summary>The file has nothing to do with certificates: an image, some text.</summary>
    /// <param name="Item">What it is.</param>
    public sealed record Foreign(ReadItem Item) : ReadOutcome;

    /// <summary>The file's items, each with its own verdict.</summary>
    /// <param name="All">In the order of the file.</param>
    public sealed record Items(IReadOnlyList<ReadItem> All) : ReadOutcome;
}

/// <summary>A file in another one.</summary>
/// <param name="Position">Where it is, for people: <c>entry "corp.crt"</c>; <c>data.ca.crt</c>.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Password">The password that is beside it; null if there is none.</param>
public sealed record ContainedFile(string Position, ReadOnlyMemory<byte> Content, string? Password = null)
{
    /// <summary>Its position: a record would otherwise print the password.</summary>
    public override string ToString() => Position;
}
