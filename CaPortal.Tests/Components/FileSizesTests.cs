using CaPortal.Components.Shared;

namespace CaPortal.Tests.Components;

public sealed class FileSizesTests
{
    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1023, "1023 bytes")]
    [InlineData(1024, "1 KiB")]
    [InlineData(1048575, "1023.9 KiB")]
    [InlineData(1048576, "1 MiB")]
    [InlineData(10485760, "10 MiB")]
    [InlineData(11534336, "11 MiB")]
    public void Text_OfASize_IsInTheLargestUnitThatFits(long bytes, string text) => Assert.Equal(text, FileSizes.Text(bytes));
}
