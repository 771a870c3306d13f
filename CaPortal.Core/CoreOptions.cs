using CaPortal.Core.Activity;
using CaPortal.Core.Alerts;
using CaPortal.Core.Approvals;
using CaPortal.Core.Backups;
using CaPortal.Core.Data;
using CaPortal.Core.Formats;
using CaPortal.Core.Probing;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core;

/// <summary>The settings of Core: the section <c>CaPortal</c>.</summary>
public sealed class CoreOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "CaPortal";

    /// <summary>Where the database, keys and bundles are kept, readable by the owner only. Empty: the platform's local application data folder.</summary>
    public string DataDirectory { get; set; } = "";

    /// <summary>
    /// The http or https address at which people open the portal, also where a reverse proxy is in front of it. Empty: that at
    /// which it listens.
    /// </summary>
    public string PublicUrl { get; set; } = "";

    /// <summary>Which set of trust stores is used where <see cref="TrustStores"/> is empty.</summary>
    public TrustScope Scope { get; set; } = TrustScope.User;

    /// <summary>The trust stores to write, by kind; empty: the set that <see cref="Scope"/> names.</summary>
    public IList<string> TrustStores { get; } = [];

    /// <summary>What is done when somebody else changes what CaPortal put into a trust store.</summary>
    public DriftResponse Drift { get; set; } = DriftResponse.Heal;

    /// <summary>Whether a change of the list waits for a second administrator.</summary>
    public FourEyesOptions FourEyes { get; set; } = new();

    /// <summary>Settings of the trust store <c>pem-bundle</c>.</summary>
    public PemBundleOptions PemBundle { get; set; } = new();

    /// <summary>Settings of the trust store <c>java-truststore</c>.</summary>
    public JavaTruststoreOptions JavaTruststore { get; set; } = new();

    /// <summary>Back-ends: how they are tested, and where.</summary>
    public BackEndOptions BackEnds { get; set; } = new();

    /// <summary>Where alerts go besides the portal's own pages.</summary>
    public AlertOptions Alerts { get; set; } = new();

    /// <summary>Where the entries of the activity log go besides the database.</summary>
    public ActivityOptions Activity { get; set; } = new();

    /// <summary>Bounds on uploaded files.</summary>
    public ReadLimits Limits { get; set; } = new();

    /// <summary>The database engine.</summary>
    public DatabaseOptions Database { get; set; } = new();

    /// <summary>Backups of the data directory.</summary>
    public BackupOptions Backup { get; set; } = new();

    /// <summary>Days for which a deleted certificate can be restored.</summary>
    public int RecycleBinDays { get; set; } = 30;

    /// <summary>How many snapshots of the trust stores are kept: one is taken before each change. 0: none.</summary>
    public int Snapshots { get; set; } = 20;

    /// <summary>
    /// <see cref="PublicUrl"/> with a slash at its end, so that relative addresses lead below it; null where none is set, or what
    /// is set is none.
    /// </summary>
    public Uri? ResolvedPublicUrl => Core.PublicUrl.Parse(PublicUrl);

    /// <summary>The key of the activity log, kept outside the database.</summary>
    internal string ActivityKeyFile => Path.Combine(ResolvedDataDirectory, "activity.key");

    /// <summary>Where the activity log ends, kept outside the database. Exists from the first entry on.</summary>
    internal string ActivityEndFilePath => Path.Combine(ResolvedDataDirectory, "activity.anchor");

    /// <summary>The key of what portals on one database keep there for each other, kept outside the database.</summary>
    internal string SharedKeyFilePath =>
        Database.KeyFile.Length > 0 ? Path.GetFullPath(Database.KeyFile) : Path.Combine(ResolvedDataDirectory, "database.key");

    /// <summary>Says which machine's row of a database that others use too is this portal's.</summary>
    internal string NodeFilePath => Path.Combine(ResolvedDataDirectory, "node.id");

    /// <summary>
    /// Where files that other programs read trust from are kept unless a setting says otherwise. Those of the machine are
    /// outside the data directory, which no other account may look into.
    /// </summary>
    public string ResolvedTrustDirectory => Scope == TrustScope.User
        ? Path.Combine(ResolvedDataDirectory, "trust")
        : OperatingSystem.IsWindows()
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "CaPortal", "trust")
            : "/var/lib/caportal/trust";

    /// <summary><see cref="DataDirectory"/>, or the platform's default.</summary>
    public string ResolvedDataDirectory => Path.GetFullPath(
        DataDirectory.Length > 0
            ? DataDirectory
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "CaPortal"));
}
