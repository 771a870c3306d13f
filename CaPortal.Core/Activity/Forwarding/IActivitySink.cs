using CaPortal.Core.Data;

namespace CaPortal.Core.Activity.Forwarding;

/// <summary>Where entries of the activity log go besides the database.</summary>
internal interface IActivitySink
{
    /// <summary>Its name, which is part of the name of its position file. Never changes.</summary>
    string Name { get; }

    /// <summary>Whether the settings say where it leads.</summary>
    bool IsConfigured { get; }

    /// <summary>Sends entries, in their order.</summary>
    /// <exception cref="ActivitySinkException">They were not taken, or not all of them.</exception>
    Task SendAsync(IReadOnlyList<ActivityEntry> entries, CancellationToken cancellationToken);
}

/// <summary>A place takes no entries of the activity log now.</summary>
public sealed class ActivitySinkException : IOException
{
    /// <summary>Creates it.</summary>
    /// <param name="message">One sentence: what happened and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public ActivitySinkException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
