namespace CaPortal.Core.Approvals;

/// <summary>Whether a change of the list waits for a second administrator: the section <c>CaPortal:FourEyes</c>.</summary>
public sealed class FourEyesOptions
{
    /// <summary>The shortest <see cref="Lifetime"/>.</summary>
    public static readonly TimeSpan MinLifetime = TimeSpan.FromMinutes(5);

    /// <summary>The longest <see cref="Lifetime"/>.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(30);

    /// <summary>A change that one administrator asks for is made only when another one approves it.</summary>
    public bool Enabled { get; set; }

    /// <summary>For how long a change waits for approval.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromDays(3);

    /// <summary><see cref="Lifetime"/> is within its bounds.</summary>
    internal bool HasValidLifetime => Lifetime >= MinLifetime && Lifetime <= MaxLifetime;
}
