using CaPortal.Components.Certificates;

namespace CaPortal.Tests.Components;

public sealed class FingerprintTextTests
{
    private const string Sha256 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    [Theory]
    [InlineData(FingerprintForm.Colons, "A1:B2")]
    [InlineData(FingerprintForm.Upper, "A1B2")]
    [InlineData(FingerprintForm.Lower, "a1b2")]
    public void Of_AnyForm_IsThatOfTheTools(FingerprintForm form, string text) => Assert.Equal(text, FingerprintText.Of("a1B2", form));

    [Theory]
    [InlineData(Sha256)]
    [InlineData(" 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\n")]
    [InlineData("sha256 Fingerprint=00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF")]
    [InlineData("SHA256: 00112233 44556677 8899AABB CCDDEEFF 00112233 44556677 8899AABB CCDDEEFF")]
    [InlineData("\u200E00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")] // As Windows copies it.
    [InlineData("sha256//ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=")]
    public void DigitsOf_FingerprintAsPeoplePasteIt_AreItsDigits(string text) => Assert.Equal(Sha256, FingerprintText.DigitsOf(text));

    [Theory]
    [InlineData("")]
    [InlineData("Corp Root")]
    [InlineData("0011")]
    [InlineData(Sha256 + "00")]
    [InlineData("sha256//ABEi")]
    [InlineData("sha256//????")]
    public void DigitsOf_AnythingElse_AreNone(string text) => Assert.Null(FingerprintText.DigitsOf(text));

    [Fact]
    public void PinOf_PublicKey_IsReadBackAsItsDigits() => Assert.Equal(Sha256, FingerprintText.DigitsOf(FingerprintText.PinOf(Sha256)));
}
