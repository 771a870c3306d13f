using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Certificates;
using CaPortal.Core.Inspection;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;

namespace CaPortal.Components.Certificates;

/// <summary>Where certificates come from: files browsed for or dropped, or pasted text. Their content stays in memory.</summary>
public sealed partial class CertificateSource
{
    private const int MaxFiles = 100;
    private const int ChunkSize = 80 * 1024;

    private readonly string _inputId = $"files-{Guid.NewGuid():N}";
    private readonly string _textId = $"text-{Guid.NewGuid():N}";
    private ElementReference _textArea;
    private ServerSource? _server;
    private bool _isPasting;
    private bool _isAsking;
    private bool _isReading;
    private bool _hasFocusedText;
    private double _percent;
    private int _inputKey;
    private int? _announcedKey;
    private IReadOnlyList<string> _problems = [];

    [Inject]
    public required BrowserInterop Browser { get; init; }

    /// <summary>Called with every choice.</summary>
    [Parameter, EditorRequired]
    public EventCallback<IReadOnlyList<UploadedFile>> OnFiles { get; set; }

    /// <summary>Called with certificates of a server, or with what was fetched because they name it.</summary>
    [Parameter, EditorRequired]
    public EventCallback<UploadedFile> OnServed { get; set; }

    /// <summary>Called when <see cref="Takeable"/> has changed.</summary>
    [Parameter]
    public EventCallback OnTakeable { get; set; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    /// <summary>The most bytes that one file may have.</summary>
    [Parameter, EditorRequired]
    public int MaxFileBytes { get; set; }

    /// <summary>Takes less room, once something was chosen.</summary>
    [Parameter]
    public bool IsCompact { get; set; }

    /// <summary>Nothing can be chosen now.</summary>
    [Parameter]
    public bool Disabled { get; set; }

    /// <summary>How many of the certificates that a server has sent are chosen and not taken yet.</summary>
    public int Takeable => _isAsking ? _server?.Chosen ?? 0 : 0;

    /// <summary>Takes the certificates that are chosen of what a server has sent.</summary>
    public Task TakeAsync() => _server?.TakeAsync() ?? Task.CompletedTask;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_isPasting && !_hasFocusedText)
            await _textArea.FocusAsync();
        _hasFocusedText = _isPasting;
        if (_announcedKey == _inputKey)
            return;

        // The input begins to listen after it is drawn, which this comes before.
        _announcedKey = _inputKey;
        await Task.Yield();
        await Browser.AnnounceFilesAsync(_inputId);
    }

    private async Task ReadAsync(InputFileChangeEventArgs e)
    {
        var problems = new List<string>();
        var files = new List<UploadedFile>();
        _isReading = true;
        foreach (var file in e.GetMultipleFiles(int.MaxValue).Take(MaxFiles))
        {
            if (await ReadAsync(file, problems) is { } content)
                files.Add(new UploadedFile(file.Name, content));
        }

        if (e.FileCount > MaxFiles)
            problems.Add($"Only the first {MaxFiles} of {e.FileCount} files were read. Add the others afterwards.");

        // A new input each time, so that the same file can be chosen again after it was changed on disk.
        _inputKey++;
        (_isReading, _problems) = (false, problems);
        if (files.Count > 0)
            await OnFiles.InvokeAsync(files);
    }

    private async Task<ReadOnlyMemory<byte>?> ReadAsync(IBrowserFile file, List<string> problems)
    {
        var name = DisplayText.Shorten(file.Name);
        if (file.Size > MaxFileBytes)
        {
            problems.Add(
                $"{name} is too large: {FileSizes.Text(file.Size)}, and at most {FileSizes.Text(MaxFileBytes)} are read. Split it into smaller files.");
            return null;
        }

        try
        {
            var content = new byte[file.Size];
            await using var stream = file.OpenReadStream(MaxFileBytes);
            for (var read = 0; read < content.Length;)
            {
                var chunk = await stream.ReadAsync(content.AsMemory(read, Math.Min(ChunkSize, content.Length - read)));
                if (chunk == 0)
                    throw new EndOfStreamException();
                read += chunk;
                _percent = 100.0 * read / content.Length;
                StateHasChanged();
            }

            return content;
        }
        catch (Exception e) when (e is IOException or Microsoft.JSInterop.JSException)
        {
            problems.Add($"{name} could not be read: the browser did not hand over its content. If it changed on disk meanwhile, choose it again.");
            return null;
        }
    }

    private Task StopAskingAsync()
    {
        _isAsking = false;
        return OnTakeable.InvokeAsync();
    }

    private Task TakeServedAsync(UploadedFile file)
    {
        _isAsking = false;
        return OnServed.InvokeAsync(file);
    }

    private async Task ReadTextAsync()
    {
        // Fetched as a stream when it is wanted: an input event with a long text would not fit into a circuit's message.
        await using var source = await Browser.TextOfAsync(_textArea);
        if (source.Length > MaxFileBytes)
        {
            _problems = ["The text is too long. Save it to files and split it."];
            return;
        }

        using var content = new MemoryStream();
        await using (var stream = await source.OpenReadStreamAsync(MaxFileBytes))
            await stream.CopyToAsync(content);
        (_isPasting, _problems) = (false, []);
        await OnFiles.InvokeAsync([new UploadedFile("Pasted text", content.ToArray())]);
    }
}
