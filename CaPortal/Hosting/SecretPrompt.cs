using System.Text;

namespace CaPortal.Hosting;

/// <summary>Asks for a secret on the console, and does not show what is typed.</summary>
internal static class SecretPrompt
{
    /// <summary>The secret; from a pipe, its next line.</summary>
    public static string Ask(string prompt)
    {
        if (Console.IsInputRedirected)
            return Console.In.ReadLine() ?? "";
        Console.Error.Write(prompt);
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
                typed.Length = Math.Max(0, typed.Length - 1);
            else if (key.KeyChar != '\0')
                typed.Append(key.KeyChar);
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
