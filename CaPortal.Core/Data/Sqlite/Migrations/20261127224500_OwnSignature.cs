using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CaPortal.Core.Data.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class OwnSignature : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "facts_is_signed_by_own_key",
                table: "ca_blob",
                type: "INTEGER",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "facts_is_signed_by_own_key",
                table: "ca_blob");
        }
    }
}
