namespace CaPortal.Tests.Testing;

/// <summary>A shell script that replaces a command.</summary>
public static class ShellScript
{
    /// <summary>Writes it; skips the test on Windows.</summary>
    /// <returns>Its path.</returns>
    public static string Write(string path, string lines)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("The stand-in for the command is a shell script.");
            return path;
        }

        File.WriteAllText(path, $"#!/bin/sh\n{lines}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }
}
