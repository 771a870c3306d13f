using CaPortal.Core.Certificates;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Nodes;

public sealed class ChangeProgressTests
{
    [Theory]
    [InlineData(1, "1 certificate left out: it is of no use to the programs that read this trust store, or would stop them")]
    [InlineData(3, "3 certificates left out: they are of no use to the programs that read this trust store, or would stop them")]
    public void Reconciled_CertificatesLeftOut_SaysHowManyAndWhy(int count, string expected)
    {
        var steps = new RecordedSteps();
        IProgress<ReconcileStep> progress = new ChangeProgress(steps);

        progress.Report(new ReconcileStep("Memory", new TrustStoreOutcome
        {
            Name = "memory",
            Title = "Memory",
            Result = TrustStoreResult.Installed,
            LeftOut = [.. Enumerable.Range(0, count).Select(i => new CaCertificateKey(CaStore.Root, new string((char)('a' + i), 64)))],
        }));

        Assert.Equal((ChangeStepState.Done, expected), (steps.Last("store:Memory").State, steps.Last("store:Memory").Detail));
    }
}
