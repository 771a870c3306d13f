using Org.BouncyCastle.Math;

namespace CaPortal.Core.Formats;

/// <summary>What one key derivation costs.</summary>
/// <param name="Iterations">Iterations; 0 for scrypt.</param>
/// <param name="ScryptBytes">128 · N · r · p of scrypt; else 0.</param>
internal readonly record struct DerivationCost(long Iterations, long ScryptBytes = 0)
{
    /// <summary>The cost of as many iterations as a file asks for; numbers that no type holds become the largest.</summary>
    public static DerivationCost Of(BigInteger iterations) => iterations.SignValue <= 0
        ? throw new FormatException("the number of password iterations is not positive")
        : new(iterations.BitLength < 64 ? iterations.LongValueExact : long.MaxValue);

    /// <summary>The cost of scrypt (RFC 7914 §2).</summary>
    public static DerivationCost OfScrypt(BigInteger n, BigInteger r, BigInteger p)
    {
        const int most = 31;
        if (n.SignValue <= 0 || r.SignValue <= 0 || p.SignValue <= 0)
            throw new FormatException("the scrypt parameters are not positive");
        if (n.BitLength > most || r.BitLength > most || p.BitLength > most)
            return new(0, long.MaxValue);
        var bytes = (UInt128)128 * (UInt128)n.LongValueExact * (UInt128)r.LongValueExact * (UInt128)p.LongValueExact;
        return new(0, bytes > long.MaxValue ? long.MaxValue : (long)bytes);
    }
}

/// <summary>The work that the key derivations of one file may cost, with those of the files in it, checked before any of it is done.</summary>
internal sealed class DerivationBudget(ReadLimits limits)
{
    private long _iterations = limits.MaxTotalKeyDerivationIterations;
    private long _scryptBytes = limits.MaxScryptBytes * 4L;

    /// <summary>Why the derivations that are needed at the least are refused, with the number found; null where they are allowed.</summary>
    public string? Refusal(IReadOnlyCollection<DerivationCost> costs)
    {
        foreach (var cost in costs)
        {
            if (cost.Iterations > limits.MaxKeyDerivationIterations)
                return $"it asks for {Number(cost.Iterations)} password iterations, more than the {limits.MaxKeyDerivationIterations:N0} that are allowed";
            if (cost.ScryptBytes > limits.MaxScryptBytes)
                return $"it asks for {Number(cost.ScryptBytes)} bytes of scrypt memory, more than the {limits.MaxScryptBytes:N0} that are allowed";
        }

        var iterations = costs.Sum(c => c.Iterations);
        if (iterations > _iterations)
            return $"its parts together ask for {iterations:N0} password iterations, more than the {_iterations:N0} that are allowed";
        var bytes = costs.Sum(c => c.ScryptBytes);
        return bytes > _scryptBytes ? $"its parts together ask for {bytes:N0} bytes of scrypt memory, more than the {_scryptBytes:N0} that are allowed" : null;
    }

    /// <summary>Takes the cost of one derivation; false where not enough is left.</summary>
    public bool TryTake(DerivationCost cost)
    {
        if (cost.Iterations > _iterations || cost.ScryptBytes > _scryptBytes)
            return false;
        _iterations -= cost.Iterations;
        _scryptBytes -= cost.ScryptBytes;
        return true;
    }

    /// <summary>Gives back what was taken for derivations that were not made.</summary>
    public void Give(DerivationCost cost)
    {
        _iterations += cost.Iterations;
        _scryptBytes += cost.ScryptBytes;
    }

    private static string Number(long value) => value == long.MaxValue ? $"{value:N0} or more" : $"{value:N0}";
}
