using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace CaPortal.Core.Data.Postgres.Migrations
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
                    sequence = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    actor = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    role = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    source = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    action = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    reason = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    revision_before = table.Column<long>(type: "bigint", nullable: true),
                    revision_after = table.Column<long>(type: "bigint", nullable: true),
                    details = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    marks = table.Column<int>(type: "integer", nullable: false, computedColumnSql: "CASE action WHEN 'Outcome' THEN CASE WHEN strpos(details, '\"result\":\"Drifted\"') > 0 THEN 5 WHEN strpos(details, '\"result\":\"Failed\"') > 0 OR strpos(details, '\"result\":\"Unusable\"') > 0 OR strpos(details, '\"damaged\":[\"') > 0 THEN 1 ELSE 0 END + CASE WHEN strpos(details, '\"added\":[{') > 0 OR strpos(details, '\"removed\":[{') > 0 THEN 2 ELSE 0 END WHEN 'FollowUp' THEN CASE WHEN strpos(details, '\"warning\":\"') > 0 THEN 1 ELSE 0 END WHEN 'Proof' THEN CASE WHEN strpos(details, '\"answer\":\"Differs\"') > 0 OR strpos(details, '\"answer\":\"CannotOpen\"') > 0 THEN 1 ELSE 0 END ELSE 1 END", stored: true),
                    previous_hash = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    hash = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_activity", x => x.sequence);
                });

            migrationBuilder.CreateTable(
                name: "alert",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    kind = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    identity = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    title = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    message = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    back_end_id = table.Column<long>(type: "bigint", nullable: true),
                    sha256 = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    dismissed_by = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_alert", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "api_key",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    role = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    prefix = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    salt = table.Column<byte[]>(type: "bytea", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    created_by = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    person = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    created_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    last_used_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    revoked_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    revoked_by = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_api_key", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "back_end",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    host = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    port = table.Column<int>(type: "integer", nullable: false),
                    server_name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    clients = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    name_order = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    search_text = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    added_by = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    added_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    checked_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    next_check_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    verdict = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    verdict_since = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    was_trusted = table.Column<bool>(type: "boolean", nullable: false),
                    message = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    contact_failure = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    contact_advice = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    asks_for_client_certificate = table.Column<bool>(type: "boolean", nullable: false),
                    remote_address = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    protocol = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    anchor_sha256 = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    anchor_name = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    expires_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_back_end", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "ca_blob",
                columns: table => new
                {
                    sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    der = table.Column<byte[]>(type: "bytea", nullable: false),
                    name_order = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    issuer_order = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    facts_authority_key_identifier = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    facts_basic_constraints_ca = table.Column<bool>(type: "boolean", nullable: true),
                    facts_curve = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    facts_extended_key_usages = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    facts_is_signed_by_own_key = table.Column<bool>(type: "boolean", nullable: true),
                    facts_issuer = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    facts_issuer_key = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    facts_issuer_name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    facts_issuer_urls = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    facts_key_algorithm = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    facts_key_size = table.Column<int>(type: "integer", nullable: true),
                    facts_key_usage = table.Column<int>(type: "integer", nullable: true),
                    facts_name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    facts_not_after = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    facts_not_before = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    facts_path_length = table.Column<int>(type: "integer", nullable: true),
                    facts_public_key_sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    facts_serial_number = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    facts_sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    facts_signature_algorithm = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    facts_subject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    facts_subject_key = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    facts_subject_key_identifier = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    facts_thumbprint = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    facts_version = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ca_blob", x => x.sha256);
                });

            migrationBuilder.CreateTable(
                name: "desired_revision",
                columns: table => new
                {
                    instance_id = table.Column<int>(type: "integer", nullable: false),
                    revision = table.Column<long>(type: "bigint", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    by = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    desired_hash = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_desired_revision", x => new { x.instance_id, x.revision });
                });

            migrationBuilder.CreateTable(
                name: "node",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    instance_id = table.Column<int>(type: "integer", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    applied_revision = table.Column<long>(type: "bigint", nullable: false),
                    seen_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    proved_revision = table.Column<long>(type: "bigint", nullable: false),
                    clock_seen_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    clock_steady_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    clock_doubted_for = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_node", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "node_missing",
                columns: table => new
                {
                    node_id = table.Column<int>(type: "integer", nullable: false),
                    trust_store = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    store = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    reason = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_node_missing", x => new { x.node_id, x.trust_store, x.store, x.sha256 });
                });

            migrationBuilder.CreateTable(
                name: "node_status",
                columns: table => new
                {
                    node_id = table.Column<int>(type: "integer", nullable: false),
                    trust_store = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    result = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    revision = table.Column<long>(type: "bigint", nullable: false),
                    verified_revision = table.Column<long>(type: "bigint", nullable: false),
                    expected_hash = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    observed_hash = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    error = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    advice = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    verified_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    written_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    wrong_since = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    follow_up_detail = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    follow_up_warning = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    followed_up_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_node_status", x => new { x.node_id, x.trust_store });
                });

            migrationBuilder.CreateTable(
                name: "presented_blob",
                columns: table => new
                {
                    sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    der = table.Column<byte[]>(type: "bytea", nullable: false),
                    not_after = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    facts = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_presented_blob", x => x.sha256);
                });

            migrationBuilder.CreateTable(
                name: "proposed_change",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    kind = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    content = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    by = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    person = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    state = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    decided_by = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    decided_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    decision_reason = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    revision = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_proposed_change", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "service_instance",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    revision = table.Column<long>(type: "bigint", nullable: false),
                    desired_hash = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_service_instance", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "snapshot",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    node_id = table.Column<int>(type: "integer", nullable: false),
                    revision = table.Column<long>(type: "bigint", nullable: false),
                    change_kind = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    by = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_snapshot", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "snapshot_certificate",
                columns: table => new
                {
                    sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    der = table.Column<byte[]>(type: "bytea", nullable: false),
                    last_snapshot_id = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_snapshot_certificate", x => x.sha256);
                });

            migrationBuilder.CreateTable(
                name: "alert_delivery",
                columns: table => new
                {
                    alert_id = table.Column<long>(type: "bigint", nullable: false),
                    channel = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    next_attempt_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    delivered_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    error = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_alert_delivery", x => new { x.alert_id, x.channel });
                    table.ForeignKey(
                        name: "FK_alert_delivery_alert_alert_id",
                        column: x => x.alert_id,
                        principalTable: "alert",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "desired_revision_change",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    instance_id = table.Column<int>(type: "integer", nullable: false),
                    revision = table.Column<long>(type: "bigint", nullable: false),
                    store = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    is_addition = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_desired_revision_change", x => x.id);
                    table.ForeignKey(
                        name: "FK_desired_revision_change_desired_revision_instance_id_revisi~",
                        columns: x => new { x.instance_id, x.revision },
                        principalTable: "desired_revision",
                        principalColumns: new[] { "instance_id", "revision" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "back_end_chain",
                columns: table => new
                {
                    back_end_id = table.Column<long>(type: "bigint", nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false),
                    sha256 = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_back_end_chain", x => new { x.back_end_id, x.position });
                    table.ForeignKey(
                        name: "FK_back_end_chain_back_end_back_end_id",
                        column: x => x.back_end_id,
                        principalTable: "back_end",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_back_end_chain_presented_blob_sha256",
                        column: x => x.sha256,
                        principalTable: "presented_blob",
                        principalColumn: "sha256",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "ca_certificate",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    instance_id = table.Column<int>(type: "integer", nullable: false),
                    store = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    added_revision = table.Column<long>(type: "bigint", nullable: false),
                    added_by = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    added_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    description = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    findings = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    breaks_readers = table.Column<bool>(type: "boolean", nullable: false),
                    search_text = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    removed_revision = table.Column<long>(type: "bigint", nullable: true),
                    removed_by = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    removed_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    removed_steady_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    removal_reason = table.Column<string>(type: "text", nullable: true, collation: "C")
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
                    snapshot_id = table.Column<long>(type: "bigint", nullable: false),
                    trust_store = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    content = table.Column<byte[]>(type: "bytea", nullable: false)
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
                name: "IX_alert_ended_at",
                table: "alert",
                column: "ended_at");

            migrationBuilder.CreateIndex(
                name: "IX_alert_identity",
                table: "alert",
                column: "identity",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_alert_delivery_next_attempt_at",
                table: "alert_delivery",
                column: "next_attempt_at");

            migrationBuilder.CreateIndex(
                name: "IX_api_key_prefix",
                table: "api_key",
                column: "prefix",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_back_end_host_port_server_name",
                table: "back_end",
                columns: new[] { "host", "port", "server_name" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_back_end_next_check_at",
                table: "back_end",
                column: "next_check_at");

            migrationBuilder.CreateIndex(
                name: "IX_back_end_chain_sha256",
                table: "back_end_chain",
                column: "sha256");

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
                name: "IX_presented_blob_not_after",
                table: "presented_blob",
                column: "not_after");

            migrationBuilder.CreateIndex(
                name: "IX_proposed_change_state",
                table: "proposed_change",
                column: "state");

            foreach (var sql in PostgresActivityGuards.Creation)
                migrationBuilder.Sql(sql);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "activity");

            migrationBuilder.DropTable(
                name: "alert_delivery");

            migrationBuilder.DropTable(
                name: "api_key");

            migrationBuilder.DropTable(
                name: "back_end_chain");

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
                name: "proposed_change");

            migrationBuilder.DropTable(
                name: "snapshot_certificate");

            migrationBuilder.DropTable(
                name: "snapshot_store");

            migrationBuilder.DropTable(
                name: "alert");

            migrationBuilder.DropTable(
                name: "back_end");

            migrationBuilder.DropTable(
                name: "presented_blob");

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
