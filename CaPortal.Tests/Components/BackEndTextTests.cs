using CaPortal.Components.Changes;
using CaPortal.Components.Shared;
using CaPortal.Core.Activity;
using CaPortal.Core.Probing;

namespace CaPortal.Tests.Components;

public sealed class BackEndTextTests
{
    [Fact]
    public void VerdictText_OfEveryVerdict_HasWordsOfItsOwn()
    {
        var words = Enum.GetValues<TrustVerdict>().Select(v => VerdictText.For(v).Word).Append(VerdictText.For(null).Word).ToList();

        Assert.Equal(words.Count, words.Distinct().Count());
        Assert.DoesNotContain(words, w => w == "Not trusted");
    }

    [Theory]
    [InlineData(TrustVerdict.Trusted, VerdictLevel.Trusted)]
    [InlineData(TrustVerdict.ClientCertificateRequired, VerdictLevel.Trusted)]
    [InlineData(TrustVerdict.UnknownIssuer, VerdictLevel.Untrusted)]
    [InlineData(TrustVerdict.WeakKey, VerdictLevel.Untrusted)]
    [InlineData(TrustVerdict.HandshakeFailed, VerdictLevel.Unreachable)]
    [InlineData(TrustVerdict.Blocked, VerdictLevel.Unreachable)]
    public void VerdictText_OfAVerdict_SaysHowBadItIs(TrustVerdict verdict, VerdictLevel level) => Assert.Equal(level, VerdictText.For(verdict).Level);

    [Theory]
    [InlineData("Corp Root", "Corp Root", true)]
    [InlineData("Corp Root", "  Corp Root\t", true)]
    [InlineData("Corp  Root", "Corp Root", true)]
    [InlineData("Corp\u00A0Root", "Corp Root", true)]
    [InlineData("Mu\u0308ller CA", "M\u00FCller CA", true)]
    [InlineData("Corp Root", "corp root", false)]
    [InlineData("Corp Root", "CorpRoot", false)]
    [InlineData("Corp Root", "Corp Root\u200B", false)]
    [InlineData("Corp Root", "", false)]
    [InlineData("Corp Root", null, false)]
    public void TypedPhrase_OfAName_IsMatchedExactlyButForBlanks(string name, string? typed, bool expected) =>
        Assert.Equal(expected, TypedPhrase.Matches(TypedPhrase.For(ChangeKind.Delete, [name]), typed));

    [Theory]
    [InlineData(ChangeKind.Delete, "delete 1 certificate", "Corp\u202ERoot")]
    [InlineData(ChangeKind.Delete, "delete 1 certificate", "   ")]
    [InlineData(ChangeKind.Delete, "delete 1 certificate", "A name that goes on and on and on, and that nobody wants to type at all")]
    [InlineData(ChangeKind.Delete, "delete 2 certificates", "One", "Other")]
    [InlineData(ChangeKind.Move, "move 2 certificates", "One", "Other")]
    [InlineData(ChangeKind.RemoveFound, "remove 2 certificates", "One", "Other")]
    public void TypedPhrase_WhereNoNameCanBeTyped_SaysWhatIsDone(ChangeKind kind, string expected, params string[] names) =>
        Assert.Equal(expected, TypedPhrase.For(kind, names));
}
