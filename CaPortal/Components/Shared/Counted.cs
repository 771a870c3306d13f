namespace CaPortal.Components.Shared;

/// <summary>A number of things, in words.</summary>
public static class Counted
{
    /// <summary><c>1 certificate</c>, <c>3 certificates</c>, <c>1,200 certificates</c>.</summary>
    /// <param name="count">How many.</param>
    /// <param name="one">What one of them is called, with a plural in <c>s</c>.</param>
    public static string Of(int count, string one) => Of(count, one, $"{one}s");

    /// <summary><c>1 entry</c>, <c>3 entries</c>.</summary>
    /// <param name="count">How many.</param>
    /// <param name="one">What is said of one.</param>
    /// <param name="many">What is said of several.</param>
    public static string Of(int count, string one, string many) => count == 1 ? $"1 {one}" : $"{count:N0} {many}";
}
