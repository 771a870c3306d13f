using CaPortal.Components.Shared;
using CaPortal.Core.BackEnds;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace CaPortal.Components.BackEnds;

/// <summary>A list of back-ends to paste, and what is understood of each line.</summary>
public sealed partial class PastedBackEnds : IDisposable
{
    private const int MaxShown = 100;
    private const int MaxBytes = 4 * 1024 * 1024;

    private readonly string _textId = $"lines-{Guid.NewGuid():N}";
    private readonly string _hintId = $"lines-hint-{Guid.NewGuid():N}";
    private readonly DotNetObjectReference<PastedBackEnds> _self;
    private ElementReference _textArea;
    private Task _reading = Task.CompletedTask;
    private bool _isOutdated;
    private string _text = "";
    private string? _problem;

    public PastedBackEnds() => _self = DotNetObjectReference.Create(this);

    [Inject]
    public required BrowserInterop Browser { get; init; }

    /// <summary>What was understood.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<BackEndLine> Lines { get; set; }

    /// <summary>Called when the text has changed.</summary>
    [Parameter, EditorRequired]
    public EventCallback<IReadOnlyList<BackEndLine>> LinesChanged { get; set; }

    /// <summary>Nothing can be typed now.</summary>
    [Parameter]
    public bool Disabled { get; set; }

    private string CountText
    {
        get
        {
            var good = Lines.Count(l => l.Draft is not null);
            var wrong = Lines.Count - good;
            var understood = $"{Counted.Of(good, "line")} understood";
            return wrong == 0 ? understood : $"{understood}, {wrong:N0} not: {(wrong == 1 ? "it is" : "they are")} left out";
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        await Browser.WatchTextAsync(_textArea, _self);
        await _textArea.FocusAsync();
    }

    public void Dispose() => _self.Dispose();

    /// <summary>Reads what the text says now, fetched as a stream: a long text would not fit into a circuit's message.</summary>
    [JSInvokable]
    public Task ReadAsync()
    {
        _isOutdated = true;
        return _reading.IsCompleted ? _reading = ReadUntilSameAsync() : _reading;
    }

    private async Task ReadUntilSameAsync()
    {
        while (_isOutdated)
        {
            _isOutdated = false;
            try
            {
                await ReadOnceAsync();
            }
            catch (Exception e) when (e is JSException or IOException or TimeoutException or OperationCanceledException)
            {
                _problem = "The text did not arrive. Change it, and it is read again.";
                StateHasChanged();
            }
        }
    }

    private async Task ReadOnceAsync()
    {
        await using var source = await Browser.TextOfAsync(_textArea);
        _problem = source.Length > MaxBytes ? "The text is too long. Add it in parts." : null;
        if (_problem is not null)
            return;

        await using var stream = await source.OpenReadStreamAsync(MaxBytes);
        using var reader = new StreamReader(stream);
        var text = await reader.ReadToEndAsync();
        if (text == _text)
            return;
        _text = text;
        await LinesChanged.InvokeAsync(await Task.Run(() => BackEndService.Parse(text)));
    }
}
