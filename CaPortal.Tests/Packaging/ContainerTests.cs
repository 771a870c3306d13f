using System.Text.Json;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Packaging;

/// <summary>
/// The container, made and run by the instructions of its file, on this machine in place of the base image: no engine for
/// containers is needed.
/// </summary>
public sealed class ContainerTests
{
    private const string Packages = "apt-get install ";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Container_WithAReadOnlyRoot_DoesAllItsWorkAndEndsInOrder()
    {
        await using var machine = await PrivateMachine.StartAsync();
        var published = await PublishedPortal.FolderAsync();
        var image = await BuildAsync(machine, published);
        var (volume, user) = (Of("VOLUME"), Of("USER"));

        await machine.RunOutsideAsync("mount", "--bind", machine.Root + volume, machine.Root + volume);
        await machine.RunOutsideAsync("mount", "-o", "remount,ro,bind", machine.Root);
        Assert.NotEqual(0, (await machine.TryRunAsync("touch /var/written")).ExitCode);
        Assert.NotEqual("0\n", await machine.RunAsync($"id -u {user}"));

        // Without a setting for who may sign in from other machines, it does not listen for them.
        var refused = await RunAsync("ENTRYPOINT");
        Assert.Equal(78, refused.ExitCode);
        Assert.Contains("CaPortal:Authentication:AllowRemote", refused.Output, StringComparison.Ordinal);

        await using var portal = await PackagedPortal.StartAsync(machine.Inside(
            user, [.. Environment(), "ASPNETCORE_URLS=http://127.0.0.1:0", $"CaPortal__Authentication__ApiKey={PortalFactory.ApiKey}"], Command("ENTRYPOINT")));
        using var root = TestCertificates.Root("Container Root");
        await portal.OpenPageAsync();
        await portal.AddAsync(root);
        Assert.Equal((0, "Healthy\n"), await RunAsync("HEALTHCHECK"));
        Assert.Contains(Convert.ToBase64String(root.RawData)[..60], await machine.RunAsync($"cat {volume}/trust/roots.pem"), StringComparison.Ordinal);
        await machine.RunAsync($"ls {volume}/.dotnet/corefx/cryptography/x509stores/root/*");
        Assert.Contains($"ASPNETCORE_URLS=http://0.0.0.0:{Of("EXPOSE")}", Environment());

        Assert.Equal(0, await portal.EndAsync(Of("STOPSIGNAL")["SIG".Length..]));
        Assert.Equal(1, (await RunAsync("HEALTHCHECK")).ExitCode);

        string Of(string instruction) => image.Single(i => i.Name == instruction).Value;
        IEnumerable<string> Environment() =>
            image.Where(i => i.Name == "ENV").Select(i => i.Value).Prepend("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
        string[] Command(string instruction) =>
            JsonSerializer.Deserialize<string[]>(Of(instruction)[Of(instruction).IndexOf('[', StringComparison.Ordinal)..])!;
        Task<(int ExitCode, string Output)> RunAsync(string instruction)
        {
            var command = machine.Inside(user, Environment(), Command(instruction));
            return Tool.RunAsync(command[0], command[1..], Cancellation);
        }
    }

    /// <summary>Carries out what makes the image.</summary>
    /// <returns>All instructions.</returns>
    private static async Task<List<(string Name, string Value)>> BuildAsync(PrivateMachine machine, string context)
    {
        List<(string Name, string Value)> image = [];
        foreach (var line in await File.ReadAllLinesAsync(Path.Combine(Repository.Path, "CaPortal", "Packaging", "Containerfile"), Cancellation))
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            var (name, value) = (line[..line.IndexOf(' ', StringComparison.Ordinal)], line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
            image.Add((name, value));
            switch (name)
            {
                case "RUN" when value.Contains(Packages, StringComparison.Ordinal):
                    // From this machine in place of the network.
                    var words = value[(value.IndexOf(Packages, StringComparison.Ordinal) + Packages.Length)..].Split("&&")[0].Split(' ');
                    foreach (var package in words.Where(w => w.Length > 0 && w[0] != '-'))
                    {
                        var (exitCode, _) = await machine.TryRunAsync($"dpkg-query -f '${{db:Status-Status}}' -W {package} | grep -qx installed");
                        Assert.SkipUnless(exitCode == 0, $"The package {package} is not installed.");
                    }
                    break;
                case "RUN":
                    await machine.RunAsync(value);
                    break;
                case "COPY":
                    var paths = value.Split(' ');
                    await machine.RunOutsideAsync("mkdir", "-p", machine.Root + paths[1]);
                    await machine.RunOutsideAsync("cp", "-R", Path.Combine(context, paths[0]), machine.Root + paths[1]);
                    break;
                case "WORKDIR":
                    await machine.RunAsync($"mkdir -p {value}");
                    break;
                case "FROM" or "ENV" or "USER" or "VOLUME" or "EXPOSE" or "STOPSIGNAL" or "HEALTHCHECK" or "ENTRYPOINT":
                    break;
                default:
                    Assert.Fail($"This test does not know what {name} does.");
                    break;
            }
        }
        return image;
    }
}
