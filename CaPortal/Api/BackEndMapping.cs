using System.Security.Cryptography;
using CaPortal.Api.Contracts;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Probing;

namespace CaPortal.Api;

/// <summary>From what Core knows of back-ends to what goes over the wire.</summary>
internal static class BackEndMapping
{
    public static BackEndResource ToResource(this BackEndSummary backEnd) => new()
    {
        Id = backEnd.Id,
        Name = backEnd.Name,
        Host = backEnd.Address.Host,
        Port = backEnd.Address.Port,
        ServerName = backEnd.Address.ServerName,
        Clients = backEnd.Clients,
        Verdict = backEnd.Verdict,
        Message = backEnd.Message,
        VerdictSince = backEnd.VerdictSince,
        CheckedAt = backEnd.CheckedAt,
        Anchor = AnchorOf(backEnd),
        Expiry = backEnd.ExpiresAt,
        IsTesting = backEnd.IsTesting,
    };

    public static BackEndDetails ToResource(this BackEndView view) => new()
    {
        Id = view.Summary.Id,
        Name = view.Summary.Name,
        Host = view.Summary.Address.Host,
        Port = view.Summary.Address.Port,
        ServerName = view.Summary.Address.ServerName,
        Clients = view.Summary.Clients,
        Verdict = view.Summary.Verdict,
        Message = view.Summary.Message,
        VerdictSince = view.Summary.VerdictSince,
        CheckedAt = view.Summary.CheckedAt,
        Anchor = AnchorOf(view.Summary),
        Expiry = view.Summary.ExpiresAt,
        IsTesting = view.Summary.IsTesting,
        Chain = ChainOf(view.Judgement, view.Presented, view.Fix) with
        {
            RemoteAddress = view.RemoteAddress,
            Protocol = view.Protocol,
            AsksForClientCertificate = view.AsksForClientCertificate,
        },
    };

    public static ChainResource ToResource(this BackEndProbed probed) => ChainOf(probed.Judgement, probed.Contact.Chain, probed.Fix) with
    {
        RemoteAddress = probed.Contact.RemoteAddress?.ToString(),
        Protocol = probed.Contact.Protocol,
        AsksForClientCertificate = probed.Contact.AsksForClientCertificate,
        Milliseconds = (long)probed.Contact.Duration.TotalMilliseconds,
    };

    public static AddBackEndsResult ToResult(this BackEndOutcome.Done done) =>
        new() { Ids = done.Ids, Duplicates = [.. done.Duplicates.Select(a => a.ToString())] };

    public static IReadOnlyList<BackEndEffectResource> ToResources(this IReadOnlyList<BackEndEffect> effects) =>
    [
        .. effects.Select(e => new BackEndEffectResource
        {
            Id = e.Id,
            Name = e.Name,
            Address = e.Address.ToString(),
            Effect = e.Kind,
            Before = e.Before.Verdict,
            After = e.After.Verdict,
            Message = e.After.Message,
        }),
    ];

    private static BackEndAnchorResource? AnchorOf(BackEndSummary backEnd) =>
        backEnd.Anchor is { } anchor ? new BackEndAnchorResource { Sha256 = anchor.Sha256, Name = anchor.Name } : null;

    private static ChainResource ChainOf(TrustJudgement judgement, IReadOnlyList<PresentedCertificate> presented, TrustFix? fix) => new()
    {
        Verdict = judgement.Verdict,
        Message = judgement.Message,
        Advice = judgement.Advice,
        Clients = [.. judgement.Clients.Select(ToResource)],
        Restrictions =
        [
            .. judgement.Restrictions
                .Select(r => new ChainRestrictionResource { Sha256 = r.Sha256, Clients = r.Clients, Message = r.Message, Advice = r.Advice }),
        ],
        Presented = [.. presented.Select(ToResource)],
        Path = [.. judgement.Path.Select(p => new PathCertificateResource
        {
            Sha256 = p.Sha256,
            Subject = p.Facts?.Subject,
            Expiry = p.Facts?.NotAfter,
            Origin = p.Origin,
            StoreName = p.Store,
            Problems = p.Problems,
        })],
        Missing = judgement.Missing is not { } missing ? null : new MissingIssuerResource
        {
            Name = missing.Name,
            Subject = missing.Subject,
            KeyIdentifier = missing.KeyIdentifier,
            Urls = missing.Urls,
        },
        Fix = fix is null ? null : new TrustFixResource
        {
            Source = fix.Source,
            StoreName = fix.Store,
            Sha256 = fix.Sha256,
            Name = fix.Name,
            Url = fix.Url,
            Remaining = fix.Remaining,
            PresentedBy = fix.PresentedBy?.ToString(),
            ProvenBy = fix.ProvenBy,
        },
        AsksForClientCertificate = false,
    };

    private static ClientResource ToResource(ClientJudgement client) => new()
    {
        Name = client.Name,
        Title = client.Title,
        Version = client.Version,
        Counts = client.Counts,
        IsAccepted = client.IsAccepted,
        Message = client.Message,
        Problem = client.Problem,
        Remark = client.Remark,
    };

    private static PresentedCertificateResource ToResource(PresentedCertificate certificate) => new()
    {
        Sha256 = certificate.Sha256,
        Thumbprint = certificate.Facts?.Thumbprint,
        Subject = certificate.Facts?.Subject,
        Issuer = certificate.Facts?.Issuer,
        SerialNumber = certificate.Facts?.SerialNumber,
        NotBefore = certificate.Facts?.NotBefore,
        Expiry = certificate.Facts?.NotAfter,
        KeyAlgorithm = certificate.Facts?.KeyAlgorithm,
        KeySize = certificate.Facts?.KeySize,
        SignatureAlgorithm = certificate.Facts?.SignatureAlgorithm,
        IsCa = certificate.Facts?.IsCa,
        IsSelfSigned = certificate.Facts?.IsSelfSigned,
        Pem = PemEncoding.WriteString("CERTIFICATE", certificate.Der.Span),
    };
}
