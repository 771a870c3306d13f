using CaPortal.Core.Certificates;

namespace CaPortal.Tests.Certificates;

public sealed class DisplayTextTests
{
    [Theory]
    [InlineData("Corp Root", "Corp Root")]
    [InlineData("Zażółć 根 Ελλάδα", "Zażółć 根 Ελλάδα")]
    [InlineData("👍", "👍")]
    [InlineData("a\u202Eb", "a\\u{202E}b")]
    [InlineData("a\u2066b", "a\\u{2066}b")]
    [InlineData("a\0b", "a\\u{0000}b")]
    [InlineData("a\r\nb", "a\\u{000D}\\u{000A}b")]
    [InlineData("a\u001B[31mb", "a\\u{001B}[31mb")]
    [InlineData("a\u007Fb", "a\\u{007F}b")]
    [InlineData("a\u200Bb", "a\\u{200B}b")]
    [InlineData("a\u2028b", "a\\u{2028}b")]
    [InlineData("a\u3164b", "a\\u{3164}b")]
    [InlineData("a\uFE0Fb", "a\\u{FE0F}b")]
    [InlineData("a\uFEFFb", "a\\u{FEFF}b")]
    [InlineData("a\U000E0041b", "a\\u{E0041}b")]
    public void Visible_AnyText_HasNoInvisibleCharacters(string text, string visible)
    {
        Assert.Equal(visible, DisplayText.Visible(text));
        Assert.Equal(text != visible, DisplayText.HasInvisible(text));
    }

    [Fact]
    public void Visible_LoneSurrogate_IsEscaped() => Assert.Equal("a\\u{D800}b", DisplayText.Visible("a\uD800b"));

    [Theory]
    [InlineData("abcd", 4, "abcd")]
    [InlineData("abcde", 4, "abcd…")]
    [InlineData("abc👍", 4, "abc…")]
    [InlineData("abc\u202Ede", 10, "abc…")]
    [InlineData("abc\u202Ede", 11, "abc\\u{202E}…")]
    [InlineData("abc\u202E", 11, "abc\\u{202E}")]
    public void Shorten_LongText_IsCutAtACharacter(string text, int length, string shortened) => Assert.Equal(shortened, DisplayText.Shorten(text, length));
}
