using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CaPortal.Core.Data.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class BackEnds : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "alert",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    identity = table.Column<string>(type: "TEXT", nullable: false),
                    title = table.Column<string>(type: "TEXT", nullable: false),
                    message = table.Column<string>(type: "TEXT", nullable: false),
                    back_end_id = table.Column<long>(type: "INTEGER", nullable: true),
                    sha256 = table.Column<string>(type: "TEXT", nullable: true),
                    at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    ended_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    dismissed_by = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_alert", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "back_end",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    host = table.Column<string>(type: "TEXT", nullable: false),
                    port = table.Column<int>(type: "INTEGER", nullable: false),
                    server_name = table.Column<string>(type: "TEXT", nullable: false),
                    name_order = table.Column<string>(type: "TEXT", nullable: false),
                    search_text = table.Column<string>(type: "TEXT", nullable: false),
                    added_by = table.Column<string>(type: "TEXT", nullable: false),
                    added_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    checked_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    next_check_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    verdict = table.Column<string>(type: "TEXT", nullable: true),
                    verdict_since = table.Column<DateTime>(type: "TEXT", nullable: true),
                    was_trusted = table.Column<bool>(type: "INTEGER", nullable: false),
                    message = table.Column<string>(type: "TEXT", nullable: true),
                    contact_failure = table.Column<string>(type: "TEXT", nullable: true),
                    contact_advice = table.Column<string>(type: "TEXT", nullable: true),
                    asks_for_client_certificate = table.Column<bool>(type: "INTEGER", nullable: false),
                    remote_address = table.Column<string>(type: "TEXT", nullable: true),
                    protocol = table.Column<string>(type: "TEXT", nullable: true),
                    anchor_sha256 = table.Column<string>(type: "TEXT", nullable: true),
                    anchor_name = table.Column<string>(type: "TEXT", nullable: true),
                    expires_at = table.Column<DateTime>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_back_end", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "presented_blob",
                columns: table => new
                {
                    sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    der = table.Column<byte[]>(type: "BLOB", nullable: false),
                    not_after = table.Column<DateTime>(type: "TEXT", nullable: true),
                    facts = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_presented_blob", x => x.sha256);
                });

            migrationBuilder.CreateTable(
                name: "alert_delivery",
                columns: table => new
                {
                    alert_id = table.Column<long>(type: "INTEGER", nullable: false),
                    channel = table.Column<string>(type: "TEXT", nullable: false),
                    attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    next_attempt_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    delivered_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    error = table.Column<string>(type: "TEXT", nullable: true)
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
                name: "back_end_chain",
                columns: table => new
                {
                    back_end_id = table.Column<long>(type: "INTEGER", nullable: false),
                    position = table.Column<int>(type: "INTEGER", nullable: false),
                    sha256 = table.Column<string>(type: "TEXT", nullable: false)
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
                name: "IX_presented_blob_not_after",
                table: "presented_blob",
                column: "not_after");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "alert_delivery");

            migrationBuilder.DropTable(
                name: "back_end_chain");

            migrationBuilder.DropTable(
                name: "alert");

            migrationBuilder.DropTable(
                name: "back_end");

            migrationBuilder.DropTable(
                name: "presented_blob");
        }
    }
}
