using System.Runtime.InteropServices;

namespace CaPortal.Core.Files;

/// <summary>What the system knows of a file or folder: <c>struct statx</c> of Linux, which has one layout on all architectures.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal readonly struct FileStatus
{
    private const int TypeBits = 0xF000;
    private const int FolderType = 0x4000;
    private const int RegularType = 0x8000;
    private const int LinkType = 0xA000;
    private const int StickyBit = 0x200;
    private const int PermissionBits = 0x1FF;
    private const long NanosecondsPerSecond = 1_000_000_000;

    [FieldOffset(20)] private readonly uint _user;
    [FieldOffset(24)] private readonly uint _group;
    [FieldOffset(28)] private readonly ushort _mode;
    [FieldOffset(32)] private readonly ulong _number;
    [FieldOffset(40)] private readonly long _length;
    [FieldOffset(96)] private readonly long _changedSeconds;
    [FieldOffset(104)] private readonly uint _changedNanoseconds;
    [FieldOffset(112)] private readonly long _writtenSeconds;
    [FieldOffset(120)] private readonly uint _writtenNanoseconds;
    [FieldOffset(136)] private readonly uint _volumeMajor;
    [FieldOffset(140)] private readonly uint _volumeMinor;

    /// <summary>Its owner and group.</summary>
    public (uint User, uint Group) Owner => (_user, _group);

    /// <summary>Who may read, write and execute it; without the bits that let a program act as another account.</summary>
    public UnixFileMode Permissions => (UnixFileMode)(_mode & PermissionBits);

    /// <summary>It is a folder.</summary>
    public bool IsFolder => (_mode & TypeBits) == FolderType;

    /// <summary>It is a file with content.</summary>
    public bool IsRegular => (_mode & TypeBits) == RegularType;

    /// <summary>It is a symbolic link.</summary>
    public bool IsLink => (_mode & TypeBits) == LinkType;

    /// <summary>A folder where only its owner can take a name away, even if others may add names.</summary>
    public bool IsSticky => (_mode & StickyBit) != 0;

    /// <summary>Which one it is, and in which state.</summary>
    public FileIdentity Identity => new(
        ((ulong)_volumeMajor << 32) | _volumeMinor,
        _number,
        _length,
        unchecked((_writtenSeconds * NanosecondsPerSecond) + _writtenNanoseconds),
        unchecked((_changedSeconds * NanosecondsPerSecond) + _changedNanoseconds));
}
