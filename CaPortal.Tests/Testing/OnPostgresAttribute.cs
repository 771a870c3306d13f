using System.Reflection;
using Xunit.v3;

namespace CaPortal.Tests.Testing;

/// <summary>
/// The tests of the class run on PostgreSQL: it derives from a class whose tests run on SQLite, so that both engines keep the
/// same promises.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OnPostgresAttribute : Attribute
{
    /// <summary>Whether the test that runs now is one of them.</summary>
    public static bool IsMeant => (TestContext.Current.TestClass as IXunitTestClass)?.Class.GetCustomAttribute<OnPostgresAttribute>() is not null;
}
