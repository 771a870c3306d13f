using MudBlazor;

namespace CaPortal.Components.Layout;

/// <summary>Colours, fonts and sizes. Every pair of text and background has a contrast of at least 4.5 to 1.</summary>
internal static class PortalTheme
{
    private static readonly string[] Fonts = ["Roboto", "Segoe UI", "system-ui", "sans-serif"];

    public static MudTheme Theme { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#1b5e9e",
            PrimaryContrastText = "#ffffff",
            Secondary = "#4a5b6c",
            SecondaryContrastText = "#ffffff",
            Info = "#1b5e9e",
            Success = "#1b7040",
            Warning = "#8f5b00",
            Error = "#b3261e",
            Background = "#f5f7f9",
            BackgroundGray = "#edf1f4",
            Surface = "#ffffff",
            AppbarBackground = "#ffffff",
            AppbarText = "#1a2733",
            DrawerBackground = "#f5f7f9",
            DrawerText = "#2b3a48",
            DrawerIcon = "#4a5b6c",
            TextPrimary = "#1a2733",
            TextSecondary = "#4f6071",
            TextDisabled = "#8593a0",
            ActionDefault = "#4a5b6c",
            LinesDefault = "#dce3e9",
            LinesInputs = "#76879a",
            TableLines = "#e3e9ee",
            TableHover = "#eef3f8",
            Divider = "#dce3e9",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#82b9f0",
            PrimaryContrastText = "#0c1b2a",
            Secondary = "#a9b8c7",
            SecondaryContrastText = "#0c1b2a",
            Info = "#82b9f0",
            InfoContrastText = "#0c1b2a",
            Success = "#74cf97",
            SuccessContrastText = "#0b2114",
            Warning = "#e8b653",
            WarningContrastText = "#261a02",
            Error = "#f2998f",
            ErrorContrastText = "#2d0a07",
            Background = "#11171d",
            BackgroundGray = "#161e26",
            Surface = "#1a232c",
            AppbarBackground = "#161e26",
            AppbarText = "#e5ebf1",
            DrawerBackground = "#11171d",
            DrawerText = "#d0dae3",
            DrawerIcon = "#a9b8c7",
            TextPrimary = "#e5ebf1",
            TextSecondary = "#a9b8c7",
            TextDisabled = "#6d7c8a",
            ActionDefault = "#a9b8c7",
            LinesDefault = "#2c3844",
            LinesInputs = "#7a8b9b",
            TableLines = "#27323d",
            TableHover = "#202b36",
            Divider = "#2c3844",
        },
        LayoutProperties = new()
        {
            DefaultBorderRadius = "6px",
            DrawerWidthLeft = "232px",
            AppbarHeight = "56px",
        },
        Typography = new()
        {
            Default = new DefaultTypography { FontFamily = Fonts, FontSize = ".875rem", LineHeight = "1.5", LetterSpacing = "normal" },
            H1 = new H1Typography { FontFamily = Fonts, FontSize = "1.5rem", FontWeight = "500", LineHeight = "1.3", LetterSpacing = "normal" },
            H2 = new H2Typography { FontFamily = Fonts, FontSize = "1.25rem", FontWeight = "500", LineHeight = "1.35", LetterSpacing = "normal" },
            H3 = new H3Typography { FontFamily = Fonts, FontSize = "1.0625rem", FontWeight = "500", LineHeight = "1.4", LetterSpacing = "normal" },
            H6 = new H6Typography { FontFamily = Fonts, FontSize = "1.125rem", FontWeight = "500", LineHeight = "1.4", LetterSpacing = "normal" },
            Subtitle1 = new Subtitle1Typography { FontFamily = Fonts, FontSize = ".9375rem", LetterSpacing = "normal" },
            Subtitle2 = new Subtitle2Typography { FontFamily = Fonts, FontSize = ".875rem", FontWeight = "500", LetterSpacing = "normal" },
            Body1 = new Body1Typography { FontFamily = Fonts, FontSize = ".875rem", LineHeight = "1.5", LetterSpacing = "normal" },
            Body2 = new Body2Typography { FontFamily = Fonts, FontSize = ".8125rem", LineHeight = "1.5", LetterSpacing = "normal" },
            Button = new ButtonTypography { FontFamily = Fonts, FontSize = ".875rem", FontWeight = "500", TextTransform = "none", LetterSpacing = "normal" },
            Caption = new CaptionTypography { FontFamily = Fonts, FontSize = ".75rem", LetterSpacing = "normal" },
        },
    };
}
