using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CaPortal.Core.Data.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "activity",
                columns: table => new
                {
                    sequence = table.Column<long>(type: "INTEGER", nullable: false),
                    at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    role = table.Column<string>(type: "TEXT", nullable: false),
                    source = table.Column<string>(type: "TEXT", nullable: false),
                    action = table.Column<string>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: true),
                    revision_before = table.Column<long>(type: "INTEGER", nullable: true),
                    revision_after = table.Column<long>(type: "INTEGER", nullable: true),
                    details = table.Column<string>(type: "TEXT", nullable: false),
                    previous_hash = table.Column<string>(type: "TEXT", nullable: false),
                    hash = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_activity", x => x.sequence);
                });

            migrationBuilder.CreateTable(
                name: "ca_blob",
                columns: table => new
                {
                    sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    der = table.Column<byte[]>(type: "BLOB", nullable: false),
                    name_order = table.Column<string>(type: "TEXT", nullable: false),
                    issuer_order = table.Column<string>(type: "TEXT", nullable: false),
                    facts_authority_key_identifier = table.Column<string>(type: "TEXT", nullable: true),
                    facts_basic_constraints_ca = table.Column<bool>(type: "INTEGER", nullable: true),
                    facts_curve = table.Column<string>(type: "TEXT", nullable: true),
                    facts_extended_key_usages = table.Column<string>(type: "TEXT", nullable: true),
                    facts_issuer = table.Column<string>(type: "TEXT", nullable: false),
                    facts_issuer_key = table.Column<string>(type: "TEXT", nullable: false),
                    facts_issuer_name = table.Column<string>(type: "TEXT", nullable: false),
                    facts_issuer_urls = table.Column<string>(type: "TEXT", nullable: false),
                    facts_key_algorithm = table.Column<string>(type: "TEXT", nullable: false),
                    facts_key_size = table.Column<int>(type: "INTEGER", nullable: true),
                    facts_key_usage = table.Column<int>(type: "INTEGER", nullable: true),
                    facts_name = table.Column<string>(type: "TEXT", nullable: false),
                    facts_not_after = table.Column<DateTime>(type: "TEXT", nullable: false),
                    facts_not_before = table.Column<DateTime>(type: "TEXT", nullable: false),
                    facts_path_length = table.Column<int>(type: "INTEGER", nullable: true),
                    facts_public_key_sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    facts_serial_number = table.Column<string>(type: "TEXT", nullable: false),
                    facts_sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    facts_signature_algorithm = table.Column<string>(type: "TEXT", nullable: false),
                    facts_subject = table.Column<string>(type: "TEXT", nullable: false),
                    facts_subject_key = table.Column<string>(type: "TEXT", nullable: false),
                    facts_subject_key_identifier = table.Column<string>(type: "TEXT", nullable: true),
                    facts_thumbprint = table.Column<string>(type: "TEXT", nullable: false),
                    facts_version = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ca_blob", x => x.sha256);
                });

            migrationBuilder.CreateTable(
                name: "desired_revision",
                columns: table => new
                {
                    instance_id = table.Column<int>(type: "INTEGER", nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    by = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: true),
                    desired_hash = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_desired_revision", x => new { x.instance_id, x.revision });
                });

            migrationBuilder.CreateTable(
                name: "node",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    instance_id = table.Column<int>(type: "INTEGER", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    applied_revision = table.Column<long>(type: "INTEGER", nullable: false),
                    seen_at = table.Column<DateTime>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_node", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "node_missing",
                columns: table => new
                {
                    node_id = table.Column<int>(type: "INTEGER", nullable: false),
                    trust_store = table.Column<string>(type: "TEXT", nullable: false),
                    store = table.Column<string>(type: "TEXT", nullable: false),
                    sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_node_missing", x => new { x.node_id, x.trust_store, x.store, x.sha256 });
                });

            migrationBuilder.CreateTable(
                name: "node_status",
                columns: table => new
                {
                    node_id = table.Column<int>(type: "INTEGER", nullable: false),
                    trust_store = table.Column<string>(type: "TEXT", nullable: false),
                    result = table.Column<string>(type: "TEXT", nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false),
                    verified_revision = table.Column<long>(type: "INTEGER", nullable: false),
                    expected_hash = table.Column<string>(type: "TEXT", nullable: true),
                    observed_hash = table.Column<string>(type: "TEXT", nullable: true),
                    error = table.Column<string>(type: "TEXT", nullable: true),
                    advice = table.Column<string>(type: "TEXT", nullable: true),
                    verified_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    written_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    follow_up_detail = table.Column<string>(type: "TEXT", nullable: true),
                    follow_up_warning = table.Column<string>(type: "TEXT", nullable: true),
                    followed_up_at = table.Column<DateTime>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_node_status", x => new { x.node_id, x.trust_store });
                });

            migrationBuilder.CreateTable(
                name: "service_instance",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false),
                    desired_hash = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_service_instance", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "snapshot",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    node_id = table.Column<int>(type: "INTEGER", nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false),
                    change_kind = table.Column<string>(type: "TEXT", nullable: false),
                    by = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_snapshot", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "snapshot_certificate",
                columns: table => new
                {
                    sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    der = table.Column<byte[]>(type: "BLOB", nullable: false),
                    last_snapshot_id = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_snapshot_certificate", x => x.sha256);
                });

            migrationBuilder.CreateTable(
                name: "desired_revision_change",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    instance_id = table.Column<int>(type: "INTEGER", nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false),
                    store = table.Column<string>(type: "TEXT", nullable: false),
                    sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    is_addition = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_desired_revision_change", x => x.id);
                    table.ForeignKey(
                        name: "FK_desired_revision_change_desired_revision_instance_id_revision",
                        columns: x => new { x.instance_id, x.revision },
                        principalTable: "desired_revision",
                        principalColumns: new[] { "instance_id", "revision" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "ca_certificate",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    instance_id = table.Column<int>(type: "INTEGER", nullable: false),
                    store = table.Column<string>(type: "TEXT", nullable: false),
                    sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    added_revision = table.Column<long>(type: "INTEGER", nullable: false),
                    added_by = table.Column<string>(type: "TEXT", nullable: false),
                    added_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    description = table.Column<string>(type: "TEXT", nullable: true),
                    findings = table.Column<string>(type: "TEXT", nullable: false),
                    breaks_readers = table.Column<bool>(type: "INTEGER", nullable: false),
                    search_text = table.Column<string>(type: "TEXT", nullable: false),
                    removed_revision = table.Column<long>(type: "INTEGER", nullable: true),
                    removed_by = table.Column<string>(type: "TEXT", nullable: true),
                    removed_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    removal_reason = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ca_certificate", x => x.id);
                    table.ForeignKey(
                        name: "FK_ca_certificate_ca_blob_sha256",
                        column: x => x.sha256,
                        principalTable: "ca_blob",
                        principalColumn: "sha256",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_ca_certificate_service_instance_instance_id",
                        column: x => x.instance_id,
                        principalTable: "service_instance",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "snapshot_store",
                columns: table => new
                {
                    snapshot_id = table.Column<long>(type: "INTEGER", nullable: false),
                    trust_store = table.Column<string>(type: "TEXT", nullable: false),
                    content = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_snapshot_store", x => new { x.snapshot_id, x.trust_store });
                    table.ForeignKey(
                        name: "FK_snapshot_store_snapshot_snapshot_id",
                        column: x => x.snapshot_id,
                        principalTable: "snapshot",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_ca_certificate_instance_id_store_sha256",
                table: "ca_certificate",
                columns: new[] { "instance_id", "store", "sha256" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_ca_certificate_sha256",
                table: "ca_certificate",
                column: "sha256");

            migrationBuilder.CreateIndex(
                name: "IX_desired_revision_change_instance_id_revision",
                table: "desired_revision_change",
                columns: new[] { "instance_id", "revision" });

            migrationBuilder.CreateIndex(
                name: "IX_desired_revision_change_sha256",
                table: "desired_revision_change",
                column: "sha256");

            migrationBuilder.CreateIndex(
                name: "IX_node_missing_store_sha256",
                table: "node_missing",
                columns: new[] { "store", "sha256" });

            migrationBuilder.CreateIndex(
                name: "IX_ca_blob_facts_subject_key",
                table: "ca_blob",
                column: "facts_subject_key");

            // The activity log is append-only. INSERT OR REPLACE deletes without running the delete trigger, so that
            // an insert over an existing entry needs a trigger of its own.
            migrationBuilder.Sql("CREATE TRIGGER activity_no_update BEFORE UPDATE ON activity BEGIN SELECT RAISE(ABORT, 'activity is append-only'); END");
            migrationBuilder.Sql("CREATE TRIGGER activity_no_delete BEFORE DELETE ON activity BEGIN SELECT RAISE(ABORT, 'activity is append-only'); END");
            migrationBuilder.Sql("CREATE TRIGGER activity_no_replace BEFORE INSERT ON activity WHEN EXISTS (SELECT 1 FROM activity WHERE sequence = NEW.sequence) BEGIN SELECT RAISE(ABORT, 'activity is append-only'); END");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "activity");

            migrationBuilder.DropTable(
                name: "ca_certificate");

            migrationBuilder.DropTable(
                name: "desired_revision_change");

            migrationBuilder.DropTable(
                name: "node");

            migrationBuilder.DropTable(
                name: "node_missing");

            migrationBuilder.DropTable(
                name: "node_status");

            migrationBuilder.DropTable(
                name: "snapshot_certificate");

            migrationBuilder.DropTable(
                name: "snapshot_store");

            migrationBuilder.DropTable(
                name: "ca_blob");

            migrationBuilder.DropTable(
                name: "service_instance");

            migrationBuilder.DropTable(
                name: "desired_revision");

            migrationBuilder.DropTable(
                name: "snapshot");
        }
    }
}
