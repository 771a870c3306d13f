using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Tests.Api;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>Passwords and private keys go through the portal and stay nowhere.</summary>
public sealed class SecretsTests(BrowserFixture browser)
{
    private const string Password = "Correct-Horse-7391";
    private const string WrongPassword = "Battery-Staple-2846";
    private const string WrongKey = "a-key-that-nobody-gave-1357";
    private const string WebhookSecret = "webhook-secret-9182";
    private const string MailPassword = "mail-password-4637";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryFlow_WithSecrets_LeavesThemInNoFileLogOrAnswer()
    {
        using var key = RSA.Create(2048);
        var file = Pfx(key);
        var log = new LogLines();
        await using var portal = new PortalFactory()
            .With("CaPortal:Alerts:Webhook:Url", "https://127.0.0.1:65535/hook")
            .With("CaPortal:Alerts:Webhook:Secret", WebhookSecret)
            .With("CaPortal:Alerts:Email:Host", "127.0.0.1")
            .With("CaPortal:Alerts:Email:From", "a@example.com")
            .With("CaPortal:Alerts:Email:To", "b@example.com")
            .With("CaPortal:Alerts:Email:UserName", "a")
            .With("CaPortal:Alerts:Email:Password", MailPassword)
            .With("Logging:LogLevel:Default", "Trace")
            .With("Logging:LogLevel:Microsoft.AspNetCore", "Trace")
            .With("Logging:LogLevel:Microsoft.EntityFrameworkCore", "Trace")
            .WithServices(services => services.AddSingleton<ILoggerProvider>(log));
        var answers = new ConcurrentQueue<string>();

        var link = portal.SignInLink;
        await UseTheBrowserAsync(portal, file);
        await UseTheApiAsync(portal, file, answers);

        string[] texts = [Password, WrongPassword, WrongKey, WebhookSecret, MailPassword, PortalFactory.ApiKey, link.Query.Split('=')[1]];
        var secrets = texts.SelectMany(t => (byte[][])[Encoding.UTF8.GetBytes(t), Encoding.Unicode.GetBytes(t)]).Append(key.ExportParameters(true).D!).ToList();
        foreach (var (_, content) in LiveFiles.In(portal.DataDirectory))
            Assert.DoesNotContain(secrets, s => content.AsSpan().IndexOf(s) >= 0);

        Assert.True(log.All.Count > 1_000, $"Only {log.All.Count} lines were logged.");
        Assert.DoesNotContain(log.All.Concat(answers), line => texts.Any(t => line.Contains(t, StringComparison.Ordinal)));
    }

    private async Task UseTheBrowserAsync(PortalFactory portal, byte[] file)
    {
        await using var session = await browser.NewSessionAsync(portal);
        await session.SignInAsync();
        var screen = new CertificatesScreen(session);
        await screen.OpenAddAsync();
        await screen.ChooseAsync(("secret.pfx", file));
        var password = screen.Dialog.GetByLabel("Password for secret.pfx");
        await password.PressSequentiallyAsync(WrongPassword);
        await password.PressAsync("Enter");
        await Expect(screen.Dialog).ToContainTextAsync("This is not the password of the file");
        await password.FillAsync(Password);
        await password.PressAsync("Enter");
        await Expect(screen.Choice("Secret CA")).ToBeVisibleAsync();
        await screen.AddAsync("Installed");
    }

    private static async Task UseTheApiAsync(PortalFactory portal, byte[] file, ConcurrentQueue<string> answers)
    {
        using var client = portal.CreateApiClient();
        using var stranger = portal.CreateApiClient(WrongKey);
        foreach (var password in (string[])[WrongPassword, Password])
        {
            foreach (var path in (string[])[ApiFixture.CertificatesPath, $"{ApiFixture.CertificatesPath}/inspect"])
            {
                await SendAsync(client, path, ApiFixture.Form(file, ("password", password)));
                await SendAsync(client, path, ApiFixture.Json(new { encodedCertificate = Convert.ToBase64String(file), certificatePassword = password }));
                await SendAsync(
                    client,
                    path,
                    ApiFixture.Json(
                        new
                        {
                            encodedCertificate = "?",
                            certificatePassword = password,
                            storeName = new string('x', 100),
                        }));
                await SendAsync(stranger, path, ApiFixture.Form(file, ("password", password)));
            }
        }

        async Task SendAsync(HttpClient sender, string path, HttpContent content)
        {
            using var answer = await sender.PostAsync(path, content, Cancellation);
            answers.Enqueue(await answer.Content.ReadAsStringAsync(Cancellation));
        }
    }

    /// <summary>A self-signed CA with its private key.</summary>
    private static byte[] Pfx(RSA key)
    {
        var request = new CertificateRequest("CN=Secret CA", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(5));
        return certificate.ExportPkcs12(new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2_000), Password);
    }
}
