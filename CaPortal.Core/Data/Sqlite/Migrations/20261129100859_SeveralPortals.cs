using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CaPortal.Core.Data.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class SeveralPortals : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "key",
                table: "node",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "outcome_entry",
                table: "node",
                type: "INTEGER",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "key",
                table: "node");

            migrationBuilder.DropColumn(
                name: "outcome_entry",
                table: "node");
        }
    }
}
