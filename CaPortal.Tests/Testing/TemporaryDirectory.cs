namespace CaPortal.Tests.Testing;

/// <summary>A new folder that is gone after the test.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    private const int Attempts = 100;

    public string Path { get; } = Directory.CreateTempSubdirectory("caportal-test-").FullName;

    /// <summary>A path in the folder.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
                return;
            }
            catch (IOException) when (attempt < Attempts)
            {
                // Something that is just ending still wrote into it.
                Thread.Yield();
            }
        }
    }
}
