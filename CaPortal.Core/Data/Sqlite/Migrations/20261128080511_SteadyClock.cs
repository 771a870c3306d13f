using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CaPortal.Core.Data.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class SteadyClock : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "clock_doubted_for",
                table: "node",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<DateTime>(
                name: "clock_seen_at",
                table: "node",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "clock_steady_at",
                table: "node",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "proved_revision",
                table: "node",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<DateTime>(
                name: "removed_steady_at",
                table: "ca_certificate",
                type: "TEXT",
                nullable: true);

            migrationBuilder.Sql("UPDATE node SET clock_seen_at = seen_at, clock_steady_at = seen_at, proved_revision = applied_revision");
            migrationBuilder.Sql("UPDATE ca_certificate SET removed_steady_at = removed_at");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "clock_doubted_for",
                table: "node");

            migrationBuilder.DropColumn(
                name: "clock_seen_at",
                table: "node");

            migrationBuilder.DropColumn(
                name: "clock_steady_at",
                table: "node");

            migrationBuilder.DropColumn(
                name: "proved_revision",
                table: "node");

            migrationBuilder.DropColumn(
                name: "removed_steady_at",
                table: "ca_certificate");
        }
    }
}
