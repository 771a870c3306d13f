using System.Text.Json;
using CaPortal.Core.Certificates;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace CaPortal.Core.Data;

/// <summary>The model, the same for every database engine. Engines differ by their subclass and its migrations alone.</summary>
public abstract class PortalDb(DbContextOptions options, PortalIdentity identity) : DbContext(options)
{
    /// <summary>The instance whose list this portal shows.</summary>
    public int InstanceId => identity.InstanceId;

    /// <summary>The machine that this portal runs on.</summary>
    public int NodeId => identity.NodeId;

    /// <summary>This process, for other portals on the database.</summary>
    internal string Process => identity.Process;

    /// <summary>Instances.</summary>
    public DbSet<ServiceInstance> Instances => Set<ServiceInstance>();

    /// <summary>Certificates' bytes and facts.</summary>
    public DbSet<CaBlob> Blobs => Set<CaBlob>();

    /// <summary>Certificates in stores, and in the recycle bin.</summary>
    public DbSet<ManagedCertificate> Certificates => Set<ManagedCertificate>();

    /// <summary>Changes of the desired state.</summary>
    public DbSet<DesiredRevision> Revisions => Set<DesiredRevision>();

    /// <summary>What each change added and removed.</summary>
    public DbSet<DesiredRevisionChange> RevisionChanges => Set<DesiredRevisionChange>();

    /// <summary>Machines.</summary>
    public DbSet<Node> Nodes => Set<Node>();

    /// <summary>State per machine and trust store.</summary>
    public DbSet<NodeStatus> NodeStatuses => Set<NodeStatus>();

    /// <summary>What is not where it should be.</summary>
    public DbSet<NodeMissing> NodeMissing => Set<NodeMissing>();

    /// <summary>What the trust stores held before each change.</summary>
    public DbSet<Snapshot> Snapshots => Set<Snapshot>();

    /// <summary>Certificates of snapshots that are not under management.</summary>
    public DbSet<SnapshotCertificate> SnapshotCertificates => Set<SnapshotCertificate>();

    /// <summary>Servers that the gateways call.</summary>
    public DbSet<BackEnd> BackEnds => Set<BackEnd>();

    /// <summary>Certificates that they presented.</summary>
    public DbSet<PresentedBlob> PresentedBlobs => Set<PresentedBlob>();

    /// <summary>What administrators should know.</summary>
    public DbSet<Alert> Alerts => Set<Alert>();

    /// <summary>Alerts on their way.</summary>
    public DbSet<AlertDelivery> AlertDeliveries => Set<AlertDelivery>();

    /// <summary>Keys of programs.</summary>
    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    /// <summary>Changes that wait, or waited, for approval.</summary>
    public DbSet<ProposedChange> ProposedChanges => Set<ProposedChange>();

    /// <summary>The activity log.</summary>
    public DbSet<ActivityEntry> Activity => Set<ActivityEntry>();

    /// <summary>This portal's instance.</summary>
    internal IQueryable<ServiceInstance> OwnInstance => Instances.Where(i => i.Id == InstanceId);

    /// <summary>Certificates of this portal's instance, those in the recycle bin too.</summary>
    internal IQueryable<ManagedCertificate> OwnCertificates => Certificates.Where(c => c.InstanceId == InstanceId);

    /// <summary>Changes of the desired state of this portal's instance.</summary>
    internal IQueryable<DesiredRevision> OwnRevisions => Revisions.Where(r => r.InstanceId == InstanceId);

    /// <summary>What each change of this portal's instance added and removed.</summary>
    internal IQueryable<DesiredRevisionChange> OwnRevisionChanges => RevisionChanges.Where(c => c.InstanceId == InstanceId);

    /// <summary>This machine.</summary>
    internal IQueryable<Node> OwnNode => Nodes.Where(n => n.Id == NodeId);

    /// <summary>State of the trust stores of this machine.</summary>
    internal IQueryable<NodeStatus> OwnStatuses => NodeStatuses.Where(s => s.NodeId == NodeId);

    /// <summary>What is not where it should be on this machine.</summary>
    internal IQueryable<NodeMissing> OwnMissing => NodeMissing.Where(m => m.NodeId == NodeId);

    /// <summary>Entities that statements change of which the change tracker does not know, and that other portals must look at.</summary>
    internal HashSet<Type> Touched { get; } = [];

    /// <summary>Makes sure of a connection that works, before anything that cannot be done twice.</summary>
    internal abstract Task ConnectAsync(CancellationToken cancellationToken);

    /// <summary>Begins a transaction in which nobody else writes from now on, so that what it reads stays true until it ends.</summary>
    internal abstract Task<IDbContextTransaction> BeginWriteAsync(CancellationToken cancellationToken);

    /// <summary>Has other portals on the database look at what was changed, once the transaction is committed.</summary>
    /// <param name="entities">Names of entities.</param>
    /// <param name="cancellationToken">Cancels.</param>
    internal abstract Task CallPeersAsync(IReadOnlyCollection<string> entities, CancellationToken cancellationToken);

    /// <summary>Refuses to write under a lead among the portals that is over.</summary>
    /// <exception cref="DatabaseException">It is.</exception>
    internal abstract Task RequireLeadAsync(long epoch, CancellationToken cancellationToken);

    /// <summary>Begins to read several tables as they are at one moment, and keeps nobody from writing.</summary>
    internal abstract Task<IAsyncDisposable> BeginReadAsync(CancellationToken cancellationToken);

    /// <summary>Whether the table of the activity log is there: the database may be new, or another program may have dropped it.</summary>
    internal abstract Task<bool> HasActivityTableAsync(CancellationToken cancellationToken);

    /// <summary>What does not guard the activity log as it should. The log's table is there.</summary>
    internal abstract Task<ActivityGuardDamage> FindGuardDamageAsync(CancellationToken cancellationToken);

    /// <summary>Puts right what does not guard the activity log as it should, unless <see cref="ActivityGuardDamage.NeedsOwner"/>.</summary>
    /// <returns>What that was.</returns>
    internal abstract Task<ActivityGuardDamage> PutGuardsRightAsync(CancellationToken cancellationToken);

    /// <summary>Moves what the engine keeps beside its data into it, so that a copy of the data alone is whole.</summary>
    internal abstract Task CheckpointAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">There is no transaction: it was to be read alone.</exception>
    public override Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default) =>
        Database.CurrentTransaction is null
            ? throw new InvalidOperationException("Writing is left to DatabaseWriter, which begins a transaction and records what was done.")
            : base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);

    /// <summary>Has an error of a value that is read differ from one of the code that asks for it: <see cref="DatabaseException.IsUnreadable"/>.</summary>
    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.EnableDetailedErrors();

    /// <inheritdoc />
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<ServiceInstance>(e =>
        {
            e.ToTable("service_instance");
            e.Property(i => i.Revision).IsConcurrencyToken();
        });
        modelBuilder.Entity<CaBlob>(e =>
        {
            e.ToTable("ca_blob").HasKey(b => b.Sha256);
            e.ComplexProperty(b => b.Facts, f =>
            {
                // Earlier versions kept the white space around values.
                f.Property(x => x.SubjectKey).HasConversion(key => key, key => DistinguishedNames.MatchKey(key));
                f.Property(x => x.IssuerKey).HasConversion(key => key, key => DistinguishedNames.MatchKey(key));
                f.Property(x => x.ExtendedKeyUsages).HasConversion(Json<IReadOnlyList<string>?>(), JsonComparer<IReadOnlyList<string>?>());
                f.Property(x => x.IssuerUrls).HasConversion(Json<IReadOnlyList<string>>(), JsonComparer<IReadOnlyList<string>>());
            });
        });
        modelBuilder.Entity<ManagedCertificate>(e =>
        {
            e.ToTable("ca_certificate").Ignore(c => c.Key);
            e.HasIndex(c => new { c.InstanceId, c.Store, c.Sha256 }).IsUnique();
            e.HasOne(c => c.Blob).WithMany().HasForeignKey(c => c.Sha256).OnDelete(DeleteBehavior.Restrict);
            e.HasOne<ServiceInstance>().WithMany().HasForeignKey(c => c.InstanceId).OnDelete(DeleteBehavior.Restrict);
            e.Property(c => c.Store).HasConversion<string>();
            e.Property(c => c.Findings).HasConversion(Json<IReadOnlyList<Finding>>(), JsonComparer<IReadOnlyList<Finding>>());
        });
        modelBuilder.Entity<DesiredRevision>(e =>
        {
            e.ToTable("desired_revision").HasKey(r => new { r.InstanceId, r.Revision });
            e.HasMany(r => r.Changes).WithOne().HasForeignKey(c => new { c.InstanceId, c.Revision });
        });
        modelBuilder.Entity<DesiredRevisionChange>(e =>
        {
            e.ToTable("desired_revision_change").HasIndex(c => c.Sha256);
            e.Property(c => c.Store).HasConversion<string>();
        });
        modelBuilder.Entity<Node>().ToTable("node");
        modelBuilder.Entity<NodeStatus>(e =>
        {
            e.ToTable("node_status").HasKey(s => new { s.NodeId, s.TrustStore });
            e.Property(s => s.Result).HasConversion<string>();
        });
        modelBuilder.Entity<NodeMissing>(e =>
        {
            e.ToTable("node_missing").HasKey(m => new { m.NodeId, m.TrustStore, m.Store, m.Sha256 });
            e.HasIndex(m => new { m.Store, m.Sha256 });
            e.Property(m => m.Store).HasConversion<string>();
            e.Property(m => m.Reason).HasConversion<string>();
        });
        modelBuilder.Entity<Snapshot>(e =>
        {
            e.ToTable("snapshot");
            e.HasMany(s => s.Stores).WithOne().HasForeignKey(s => s.SnapshotId);
        });
        modelBuilder.Entity<SnapshotStore>().ToTable("snapshot_store").HasKey(s => new { s.SnapshotId, s.TrustStore });
        modelBuilder.Entity<SnapshotCertificate>().ToTable("snapshot_certificate").HasKey(c => c.Sha256);
        modelBuilder.Entity<BackEnd>(e =>
        {
            e.ToTable("back_end").HasIndex(b => new { b.Host, b.Port, b.ServerName }).IsUnique();
            e.HasIndex(b => b.NextCheckAt);
            e.Property(b => b.Verdict).HasConversion<string>();
            e.Property(b => b.ContactFailure).HasConversion<string>();
            e.HasMany(b => b.Chain).WithOne().HasForeignKey(l => l.BackEndId);
        });
        modelBuilder.Entity<BackEndChainLink>(e =>
        {
            e.ToTable("back_end_chain").HasKey(l => new { l.BackEndId, l.Position });
            e.HasIndex(l => l.Sha256);
            e.HasOne(l => l.Blob).WithMany().HasForeignKey(l => l.Sha256).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<PresentedBlob>(e =>
        {
            e.ToTable("presented_blob").HasKey(b => b.Sha256);
            e.HasIndex(b => b.NotAfter);
            e.Property(b => b.Facts).HasConversion(Json<CertificateFacts?>(), JsonComparer<CertificateFacts?>());
        });
        modelBuilder.Entity<Alert>(e =>
        {
            e.ToTable("alert").HasIndex(a => a.Identity).IsUnique();
            e.HasIndex(a => a.EndedAt);
            e.Property(a => a.Kind).HasConversion<string>();
            e.HasMany(a => a.Deliveries).WithOne().HasForeignKey(d => d.AlertId);
        });
        modelBuilder.Entity<AlertDelivery>(e =>
        {
            e.ToTable("alert_delivery").HasKey(d => new { d.AlertId, d.Channel });
            e.HasIndex(d => d.NextAttemptAt);
        });
        modelBuilder.Entity<ApiKey>().ToTable("api_key").HasIndex(k => k.Prefix).IsUnique();
        modelBuilder.Entity<ProposedChange>(e =>
        {
            e.ToTable("proposed_change").HasIndex(p => p.State);
            e.Property(p => p.State).HasConversion<string>();
        });
        modelBuilder.Entity<ActivityEntry>(e =>
        {
            e.ToTable("activity").HasKey(a => a.Sequence);
            e.Property(a => a.Sequence).ValueGeneratedNever();
            e.Property(a => a.Marks).HasComputedColumnSql(ActivityMarksColumn.Sql(DetailsHave), AreMarksStored);
        });
        UseSnakeCase(modelBuilder.Model);
    }

    /// <summary>Whether the engine keeps the marks of an activity entry, or computes them when they are read.</summary>
    protected abstract bool AreMarksStored { get; }

    /// <summary>The condition that the details of an activity entry have a text, in the database's words.</summary>
    protected abstract string DetailsHave(string text);

    /// <inheritdoc />
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTime>().HaveConversion<UtcConverter>();

    private static void UseSnakeCase(IMutableModel model)
    {
        foreach (var entity in model.GetEntityTypes())
        {
            foreach (var property in entity.GetProperties())
                property.SetColumnName(SnakeCase(property.Name));
            foreach (var complex in entity.GetComplexProperties())
            {
                foreach (var property in complex.ComplexType.GetProperties())
                    property.SetColumnName(SnakeCase($"{complex.Name}{property.Name}"));
            }
        }

        static string SnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
    }

    private static ValueConverter<T, string> Json<T>() => new(
        value => JsonSerializer.Serialize(value, JsonSerializerOptions.Default),
        json => JsonSerializer.Deserialize<T>(json, JsonSerializerOptions.Default)!);

    private static ValueComparer<T> JsonComparer<T>() => new(
        (a, b) => JsonSerializer.Serialize(a, JsonSerializerOptions.Default) == JsonSerializer.Serialize(b, JsonSerializerOptions.Default),
        value => JsonSerializer.Serialize(value, JsonSerializerOptions.Default).GetHashCode(StringComparison.Ordinal));

    /// <summary>SQLite forgets that a time is UTC, and cannot order <see cref="DateTimeOffset"/>.</summary>
    private sealed class UtcConverter() : ValueConverter<DateTime, DateTime>(
        value => value.ToUniversalTime(),
        value => DateTime.SpecifyKind(value, DateTimeKind.Utc));
}
