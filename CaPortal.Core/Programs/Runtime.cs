namespace CaPortal.Core.Programs;

/// <summary>What a program runs on: it decides which list of CA certificates the program reads, and when.</summary>
internal enum Runtime
{
    /// <summary>nginx.</summary>
    Nginx,

    /// <summary>HAProxy.</summary>
    HaProxy,

    /// <summary>The web server of Apache.</summary>
    Apache,

    /// <summary>Envoy.</summary>
    Envoy,

    /// <summary>curl.</summary>
    Curl,

    /// <summary>Node.js.</summary>
    Node,

    /// <summary>Java.</summary>
    Java,

    /// <summary>Python.</summary>
    Python,

    /// <summary>.NET.</summary>
    DotNet,

    /// <summary>A program that is written in Go.</summary>
    Go,
}

/// <summary>What is common to all programs of a runtime.</summary>
internal static class RuntimeFacts
{
    /// <summary>Its name for people, the one that the lines of configuration have.</summary>
    public static string NameOf(Runtime runtime) => runtime switch
    {
        Runtime.Nginx => "nginx",
        Runtime.HaProxy => "HAProxy",
        Runtime.Node => "Node.js",
        Runtime.DotNet => ".NET",
        Runtime.Curl => "curl",
        _ => runtime.ToString(),
    };

    /// <summary>A server with processes that work for one master, which reads the configuration.</summary>
    public static bool IsServer(Runtime runtime) => runtime is Runtime.Nginx or Runtime.HaProxy or Runtime.Apache;
}
