using CaPortal.Core.Nodes;

namespace CaPortal.Tests.Testing;

/// <summary>Keeps the steps that a change reports, from any thread.</summary>
public sealed class RecordedSteps : IProgress<ChangeStep>
{
    private readonly Lock _gate = new();
    private readonly List<ChangeStep> _told = [];

    public IReadOnlyList<ChangeStep> All
    {
        get
        {
            lock (_gate)
                return [.. _told];
        }
    }

    public void Report(ChangeStep value)
    {
        lock (_gate)
            _told.Add(value);
    }

    public ChangeStep Last(string id)
    {
        lock (_gate)
            return _told.Last(s => s.Id == id);
    }

    public bool Has(string id)
    {
        lock (_gate)
            return _told.Exists(s => s.Id == id);
    }
}
