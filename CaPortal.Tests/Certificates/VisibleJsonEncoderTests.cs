using System.Text.Json;
using CaPortal.Core.Certificates;

namespace CaPortal.Tests.Certificates;

public sealed class VisibleJsonEncoderTests
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = VisibleJsonEncoder.Instance };

    [Theory]
    [InlineData("Corp Root", "\"Corp Root\"")]
    [InlineData("it's <b> & 'Zażółć 根 Ελλάδα'", "\"it's <b> & 'Zażółć 根 Ελλάδα'\"")]
    [InlineData("a\u202Eb", "\"a\\u202Eb\"")]
    [InlineData("ż\u2066", "\"ż\\u2066\"")]
    [InlineData("\u200Ba\u0085\u2028", "\"\\u200Ba\\u0085\\u2028\"")]
    [InlineData("a\U000E0041b", "\"a\\uDB40\\uDC41b\"")]
    [InlineData("a\"\\\n", "\"a\\\"\\\\\\n\"")]
    public void Serialize_AnyText_ShowsWhatIsNotDrawn(string text, string expected)
    {
        Assert.Equal(expected, JsonSerializer.Serialize(text, Json));
        Assert.Equal(text, JsonSerializer.Deserialize<string>(expected));
    }

    [Fact]
    public void Serialize_EveryCharacter_IsVisibleAndReadUnchanged()
    {
        for (var c = 0; c <= char.MaxValue; c++)
        {
            var text = $"a{(char)c}z";
            foreach (var written in (string[])
                    [JsonSerializer.Serialize(text, Json), System.Text.Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(text, Json))])
            {
                Assert.False(DisplayText.HasInvisible(written));
                Assert.Equal(char.IsSurrogate((char)c) ? "a\uFFFDz" : text, JsonSerializer.Deserialize<string>(written));
            }
        }
    }
}
