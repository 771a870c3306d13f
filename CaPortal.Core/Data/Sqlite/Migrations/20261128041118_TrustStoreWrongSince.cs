using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CaPortal.Core.Data.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class TrustStoreWrongSince : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTime>(
                name: "wrong_since",
                table: "node_status",
                type: "TEXT",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "wrong_since",
                table: "node_status");
        }
    }
}
