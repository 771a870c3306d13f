using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CaPortal.Core.Data.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class ActivityMarksOfDamage : Migration
    {
        // EF Core would alter a column by copying the table, and lose its triggers. This one is computed, and holds nothing.
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("ALTER TABLE activity DROP COLUMN marks");
            migrationBuilder.AddColumn<int>(
                name: "marks",
                table: "activity",
                type: "INTEGER",
                nullable: false,
                computedColumnSql: "CASE action WHEN 'Outcome' THEN CASE WHEN instr(details, '\"result\":\"Drifted\"') > 0 THEN 5 WHEN instr(details, '\"result\":\"Failed\"') > 0 OR instr(details, '\"result\":\"Unusable\"') > 0 OR instr(details, '\"damaged\":[\"') > 0 THEN 1 ELSE 0 END + CASE WHEN instr(details, '\"added\":[{') > 0 OR instr(details, '\"removed\":[{') > 0 THEN 2 ELSE 0 END WHEN 'FollowUp' THEN CASE WHEN instr(details, '\"warning\":\"') > 0 THEN 1 ELSE 0 END WHEN 'Proof' THEN CASE WHEN instr(details, '\"answer\":\"Differs\"') > 0 OR instr(details, '\"answer\":\"CannotOpen\"') > 0 THEN 1 ELSE 0 END ELSE 1 END",
                stored: false);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("ALTER TABLE activity DROP COLUMN marks");
            migrationBuilder.AddColumn<int>(
                name: "marks",
                table: "activity",
                type: "INTEGER",
                nullable: false,
                computedColumnSql: "CASE action WHEN 'Outcome' THEN CASE WHEN instr(details, '\"result\":\"Drifted\"') > 0 THEN 5 WHEN instr(details, '\"result\":\"Failed\"') > 0 THEN 1 ELSE 0 END + CASE WHEN instr(details, '\"added\":[{') > 0 OR instr(details, '\"removed\":[{') > 0 THEN 2 ELSE 0 END WHEN 'FollowUp' THEN CASE WHEN instr(details, '\"warning\":\"') > 0 THEN 1 ELSE 0 END WHEN 'Proof' THEN CASE WHEN instr(details, '\"answer\":\"Differs\"') > 0 OR instr(details, '\"answer\":\"CannotOpen\"') > 0 THEN 1 ELSE 0 END ELSE 1 END",
                stored: false);
        }
    }
}
