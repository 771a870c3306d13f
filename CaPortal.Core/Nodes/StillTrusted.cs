using CaPortal.Core.Certificates;

namespace CaPortal.Core.Nodes;

/// <summary>A certificate that is deleted here and that something else still makes trusted.</summary>
/// <param name="Key">Its identity.</param>
/// <param name="Name">Its name. Untrusted text.</param>
/// <param name="Places">From where, as an enumeration goes on: <c>the operating system's own list of roots</c>.</param>
public sealed record StillTrusted(CaCertificateKey Key, string Name, IReadOnlyList<string> Places);
