using System.Text.RegularExpressions;
using AngleSharp.Dom;
using Bunit;
using Bunit.TestDoubles;
using CaPortal.Authentication;
using CaPortal.Components.Palette;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MudBlazor;
using MudBlazor.Services;

namespace CaPortal.Tests.Components;

/// <summary>Components over the real Core, with everything around them that the layout gives them.</summary>
public abstract partial class ComponentTest : BunitContext, IAsyncLifetime
{
    private IRenderedComponent<IComponent>? _host;
    private BunitAuthorizationContext? _authorization;

    // A guard against hanging; bUnit's own second is too short for a busy machine.
    static ComponentTest() => DefaultWaitTimeout = TimeSpan.FromMinutes(2);

    protected static CancellationToken Cancellation => Xunit.TestContext.Current.CancellationToken;

    protected TestCore Core { get; private set; } = null!;

    /// <summary>Who looks at the page.</summary>
    protected Actor Actor { get; private set; } = TestCore.Anna;

    protected FakeTimeProvider Time { get; } = FakeTime.FromNow();

    /// <summary>By which pages wait. Changes follow each other by the real clock, or a page would show the first one alone.</summary>
    protected virtual TimeProvider PageTime => new RealIntervals(Time);

    /// <summary>What the browser's own script is asked for.</summary>
    protected BunitJSModuleInterop Script { get; private set; } = null!;

    /// <summary>All that is drawn: the page where there is one, dialogs, menus and messages.</summary>
    protected IRenderedComponent<IComponent> Host => _host ??= RenderHost(static _ => { });

    protected IDialogService Dialogs => Services.GetRequiredService<IDialogService>();

    public async ValueTask InitializeAsync()
    {
        Core = await StartCoreAsync();
        Core.AddTo(Services);
        Services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        Services.AddMudServices();
        Services.AddScoped<BrowserInterop>();
        Services.AddScoped<PageAddress>();
        Services.AddSingleton<PaletteItems>();
        Services.AddScoped<OpenDrawers>();

        Services.AddSingleton(s => ActivatorUtilities.CreateInstance<LiveUpdates>(s, PageTime));
        _authorization = AddAuthorization();
        JSInterop.Mode = JSRuntimeMode.Loose;
        Script = JSInterop.SetupModule("./js/portal.js");
        Script.Mode = JSRuntimeMode.Loose;
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
        SignIn(TestCore.Anna);
    }

    /// <summary>Starts what is behind the page.</summary>
    protected virtual Task<TestCore> StartCoreAsync() => TestCore.StartAsync(time: Time);

    /// <summary>Who looks at the page from now on.</summary>
    protected void SignIn(Actor actor)
    {
        Actor = actor;
        _authorization!.SetAuthorized(actor.Name);
        _authorization.SetRoles(actor.Role == Role.Administrator ? AppRoles.Administrator : AppRoles.Reader);
        _authorization.SetPolicies(actor.Role == Role.Administrator ? [Policies.Reader, Policies.Administrator] : [Policies.Reader]);
    }

    /// <summary>The session ends.</summary>
    protected void SignOut()
    {
        // First, because it tells the components of the new state before it takes the policies away.
        _authorization!.SetPolicies();
        _authorization.SetNotAuthorized();
    }

    /// <summary>Draws a page as the layout does.</summary>
    protected IRenderedComponent<T> RenderPage<T>()
        where T : IComponent
    {
        _host = RenderHost(builder =>
        {
            builder.OpenComponent<CascadingValue<Actor>>(0);
            builder.AddComponentParameter(1, nameof(CascadingValue<>.Value), Actor);
            builder.AddComponentParameter(2, nameof(CascadingValue<>.ChildContent), (RenderFragment)(static content =>
            {
                content.OpenComponent<T>(0);
                content.CloseComponent();
            }));
            builder.CloseComponent();
        });
        return _host.FindComponent<T>();
    }

    /// <summary>Opens a dialog and waits until it is drawn; the result is what it returns when it is closed.</summary>
    protected Task<T> Open<T>(Func<Task<T>> show)
    {
        Task<T> result = null!;
        Host.InvokeAsync(() =>
        {
            result = show();
        });
        Host.WaitForElement(".mud-dialog");
        return result;
    }

    /// <summary>Chooses files as in the browser.</summary>
    protected void Upload(params (string Name, byte[] Content)[] files) =>
        Host.FindComponent<InputFile>().UploadFiles([.. files.Select(f => InputFileContent.CreateFromBinary(f.Content, f.Name))]);

    /// <summary>Types into a field that waits until nobody types on, and lets that time pass.</summary>
    protected void Type<T>(IRenderedComponent<T> within, string selector, string text)
        where T : IComponent
    {
        Do(() => within.Find(selector).Input(text));
        Time.Advance(TimeSpan.FromSeconds(1));
    }

    /// <summary>Waits until <paramref name="assertion"/> holds of what is drawn.</summary>
    protected void Eventually(Action assertion) => Host.WaitForAssertion(assertion);

    /// <summary>Waits until a grid has nothing under way: at first it loads once more, for the order that its columns begin with.</summary>
    protected Task SettleAsync<T>(IRenderedComponent<IComponent> page) =>
        Host.InvokeAsync(() => page.FindComponent<MudDataGrid<T>>().Instance.ReloadServerData());

    /// <summary>The button with that text or label, once it is there.</summary>
    protected static IElement Button<T>(IRenderedComponent<T> within, string name)
        where T : IComponent
    {
        within.WaitForState(() => HasButton(within, name));
        return within.FindAll("button").Single(b => NameOf(b) == name);
    }

    /// <summary>Presses the button with that text or label, waiting until it may be pressed.</summary>
    protected void Press<T>(IRenderedComponent<T> within, string name, string part = "")
        where T : IComponent
    {
        var selector = $"{part} button:not([disabled])";
        within.WaitForState(() => within.FindAll(selector).Any(b => NameOf(b) == name));
        Do(() =>
        {
            var button = within.FindAll(selector).Single(b => NameOf(b) == name);
            if (button.GetAttribute("form") is { } form)
                within.Find($"#{form}").Submit();
            else
                button.Click();
        });
    }

    /// <summary>The button of the dialog that adds certificates.</summary>
    protected IElement AddButton =>
        Host.FindAll(".add-dialog button").Single(b => AddNames().IsMatch(NameOf(b)));

    /// <summary>Whether the dialog that adds certificates can do that now.</summary>
    protected bool CanAdd => !AddButton.HasAttribute("disabled");

    /// <summary>Presses the button that adds certificates, waiting until it may be pressed.</summary>
    protected void PressAdd()
    {
        Host.WaitForState(() => Host.FindAll(".add-dialog").Count > 0 && CanAdd);
        Do(() => AddButton.Click());
    }

    /// <summary>Finds and acts with no drawing in between.</summary>
    protected void Do(Action action) => Host.InvokeAsync(action).GetAwaiter().GetResult();

    protected static bool HasButton<T>(IRenderedComponent<T> within, string name)
        where T : IComponent =>
        within.FindAll("button").Any(b => NameOf(b) == name);

    protected static string NameOf(IElement element) => element.GetAttribute("aria-label") ?? element.TextContent.Trim();

    /// <summary>The texts of all elements, blanks as one.</summary>
    protected static IReadOnlyList<string> Texts<T>(IRenderedComponent<T> within, string selector)
        where T : IComponent =>
        [.. within.FindAll(selector).Select(e => string.Join(' ', e.TextContent.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)))];

    private IRenderedComponent<IComponent> RenderHost(RenderFragment page) => Render(builder =>
    {
        builder.OpenComponent<MudPopoverProvider>(0);
        builder.CloseComponent();
        builder.OpenComponent<MudDialogProvider>(1);
        builder.CloseComponent();
        builder.OpenComponent<MudSnackbarProvider>(2);
        builder.CloseComponent();
        builder.AddContent(3, page);
    });

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        await Core.DisposeAsync();
    }

    [GeneratedRegex("^Add( [0-9,]+ certificates?)?$", RegexOptions.None, 5000)]
    private static partial Regex AddNames();

    private sealed class RealIntervals(TimeProvider time) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            (dueTime <= LiveView.Interval ? System : time).CreateTimer(callback, state, dueTime, period);
    }
}
