using CaPortal.Components.Certificates;
using CaPortal.Core.Certificates;

namespace CaPortal.Tests.Components;

public sealed class ComparedRowTests
{
    [Fact]
    public void Of_LinesOfOneAlone_MarksThem()
    {
        var row = ComparedRow.Of(new ComparedValue("Key usage", "Signing\nCRL signing", "Signing", IsSame: false));

        Assert.Equal([("Signing", false), ("CRL signing", true)], row.First!.Select(l => (l.Text, l.IsOther)));
        Assert.Equal([("Signing", false)], row.Second!.Select(l => (l.Text, l.IsOther)));
    }

    [Theory]
    [InlineData("a\nb", "b\na")]
    [InlineData("a\na", "a")]
    public void Of_SameLinesInAnotherOrderOrNumber_MarksAll(string first, string second)
    {
        var row = ComparedRow.Of(new ComparedValue("Names", first, second, IsSame: false));

        Assert.All(row.First!.Concat(row.Second!), l => Assert.True(l.IsOther));
    }

    [Fact]
    public void Of_DifferenceThatIsNotInTheText_SaysSo()
    {
        var row = ComparedRow.Of(new ComparedValue("1.2.3", "00", "00", IsSame: false));

        Assert.Equal(("Differs in what is not shown here", true), (row.First![^1].Text, row.First[^1].IsOther));
    }

    [Fact]
    public void Of_WhatOneDoesNotHave_IsNotThere()
    {
        var row = ComparedRow.Of(new ComparedValue("Key usage", null, "Signing", IsSame: false));

        Assert.Null(row.First);
        Assert.True(Assert.Single(row.Second!).IsOther);
    }
}
