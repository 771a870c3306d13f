namespace CaPortal.Core.Probing;

/// <summary>
/// The order in which problems are solved, and so the one that the verdict names: first who is trusted at all, then whether the
/// certificates count today, then for what.
/// </summary>
internal enum PathProblemRank
{
    UnknownIssuer,
    UntrustedRoot,
    ForgedSignature,
    NotVerifiable,
    Expired,
    NotYetValid,
    NameMismatch,
    Purpose,
    NameConstraint,
    PathLength,
    WeakDigest,
    WeakKey,
    Other,
}

/// <summary>Something that is wrong with a path.</summary>
/// <param name="Rank">Which kind, in the order in which they are solved.</param>
/// <param name="Index">The certificate of the path that it is about.</param>
/// <param name="Text">One sentence: what is wrong with that certificate.</param>
/// <param name="Message">One sentence that names the certificate.</param>
/// <param name="Advice">One sentence: what to do.</param>
internal sealed record PathProblem(PathProblemRank Rank, int Index, string Text, string Message, string Advice)
{
    /// <summary>The verdict that it leads to.</summary>
    public TrustVerdict Verdict => Rank switch
    {
        PathProblemRank.UnknownIssuer => TrustVerdict.UnknownIssuer,
        PathProblemRank.UntrustedRoot => TrustVerdict.UntrustedRoot,
        PathProblemRank.ForgedSignature or PathProblemRank.NotVerifiable or PathProblemRank.WeakDigest => TrustVerdict.WeakSignature,
        PathProblemRank.Expired => TrustVerdict.Expired,
        PathProblemRank.NotYetValid => TrustVerdict.NotYetValid,
        PathProblemRank.NameMismatch => TrustVerdict.NameMismatch,
        PathProblemRank.NameConstraint => TrustVerdict.NameConstraint,
        PathProblemRank.PathLength => TrustVerdict.PathLength,
        PathProblemRank.WeakKey => TrustVerdict.WeakKey,
        _ => TrustVerdict.NotForServerAuth,
    };
}
