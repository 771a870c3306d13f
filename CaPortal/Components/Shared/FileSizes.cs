using System.Globalization;

namespace CaPortal.Components.Shared;

/// <summary>Sizes of files in words, in the largest unit that fits.</summary>
public static class FileSizes
{
    private const long KiB = 1024;
    private const long MiB = 1024 * KiB;

    /// <summary><c>10 MiB</c>.</summary>
    public static string Text(long bytes) => bytes switch
    {
        < KiB => $"{bytes} bytes",
        < MiB => $"{Number(Math.Min(bytes / (double)KiB, 1023.9))} KiB",
        _ => $"{Number(bytes / (double)MiB)} MiB",
    };

    private static string Number(double value) => value.ToString("0.#", CultureInfo.CurrentCulture);
}
