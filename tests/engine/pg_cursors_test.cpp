// Pages of one result: complete, from one snapshot, bound to their caller, and gone in time.
#include "engine/pg/cursors.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/engine/pg_test_util.h"

namespace toomai::engine::pg {

struct CursorProbe {
  static Expected<QueryResult> Open(Cursors& cursors, const std::string& sql, const Budget& caps,
                                    const std::string& owner = "ann", const Deadline& deadline = Soon(),
                                    const std::vector<Parameter>& parameters = {}) {
    StatementScope scope;
    scope.hide_data_in_errors = owner == "masked";
    return cursors.OpenText(deadline, sql, parameters, scope, caps, owner);
  }
};

namespace {

using test::TestCluster;

Budget Rows(std::int64_t rows, std::int64_t bytes = 1 << 20) {
  Budget budget;
  budget.rows = rows;
  budget.bytes = bytes;
  budget.cell_bytes = 1 << 16;
  return budget;
}

class PgCursors : public ::testing::Test {
 protected:
  static DatabaseOptions Options() {
    auto options = OptionsFor(TestCluster::Get().Url("postgres", app::PrivatePostgres::kSuperuser));
    options.pool.max = 4;
    options.pool.overflow = 0;
    options.execution.cursor_ttl = std::chrono::minutes(5);  // however slow the machine is
    return options;
  }
  DatabaseOptions options_ = Options();
  Pool pool_{options_};
  Cursors cursors_{pool_, options_.execution};
};

TEST_F(PgCursors, PagesAddUpToTheWholeResult) {
  for (const int total : {0, 1, 9, 10, 11, 30, 1234}) {
    auto page = CursorProbe::Open(cursors_, "SELECT i FROM generate_series(1, $1::int) i", Rows(10), "ann", Soon(),
                                  {std::to_string(total)});
    ASSERT_TRUE(page) << page.error().message;
    int seen = 0;
    while (true) {
      for (const auto& row : page->rows) EXPECT_EQ(*row[0], std::to_string(++seen));
      EXPECT_EQ(page->truncated, seen < total);
      EXPECT_EQ(page->cursor.empty(), seen == total);
      EXPECT_EQ(page->columns.at(0).type, "integer");
      if (page->cursor.empty()) break;
      EXPECT_GE(page->cursor.size(), 24u);
      page = cursors_.Next(Soon(), page->cursor, "ann", Rows(10));
      ASSERT_TRUE(page) << page.error().message;
    }
    EXPECT_EQ(seen, total);
    EXPECT_EQ(cursors_.open(), 0);
  }
  EXPECT_EQ(pool_.stats().borrowed, 0);
}

TEST_F(PgCursors, AllPagesComeFromOneSnapshot) {
  TestCluster::Get().Sql(
      "postgres", "DROP TABLE IF EXISTS moving; CREATE TABLE moving AS SELECT i FROM generate_series(1, 2000) i");
  auto page = CursorProbe::Open(cursors_, "SELECT i FROM moving ORDER BY i", Rows(1000));
  ASSERT_TRUE(page);
  TestCluster::Get().Sql("postgres", "DELETE FROM moving WHERE i > 1000; INSERT INTO moving VALUES (-1)");
  page = cursors_.Next(Soon(), page->cursor, "ann", Rows(1000));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->rows.size(), 1000u);
  EXPECT_EQ(*page->rows.back()[0], "2000");
  EXPECT_TRUE(page->cursor.empty());
}

TEST_F(PgCursors, BytesEndAPageWithoutLosingARow) {
  auto page = CursorProbe::Open(cursors_, "SELECT repeat('x', 98) || i FROM generate_series(10, 29) i", Rows(100, 303));
  ASSERT_TRUE(page);
  int rows = 0;
  while (true) {
    EXPECT_LE(page->rows.size(), 3u);
    rows += static_cast<int>(page->rows.size());
    if (page->cursor.empty()) break;
    EXPECT_EQ(page->truncated_by, "bytes");
    page = cursors_.Next(Soon(), page->cursor, "ann", Rows(100, 303));
    ASSERT_TRUE(page);
  }
  EXPECT_EQ(rows, 20);
  auto wide = CursorProbe::Open(cursors_, "SELECT repeat('x', 100)", Rows(100, 50));
  EXPECT_EQ(wide.error().code, ErrorCode::kInvalidArgument);
}

// Bytes of this process in memory.
std::int64_t Resident() {
  std::ifstream file("/proc/self/statm");
  std::int64_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

TEST_F(PgCursors, WideCellsAreNotHeldWhole) {
  const std::int64_t before = Resident();
  Budget caps = Rows(1000);
  caps.cell_bytes = 1000;
  auto page = CursorProbe::Open(cursors_, "SELECT repeat('x', 2000000) FROM generate_series(1, 300)", caps);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->rows.size(), 300u);
  EXPECT_EQ(page->rows[0][0]->size(), 1000u);
  ASSERT_FALSE(page->notes.empty());
  EXPECT_NE(page->notes[0].find("300 cells were cut"), std::string::npos) << page->notes[0];
  EXPECT_LT(Resident() - before, 100 << 20) << "as sent, the rows are 600 MB";
}

TEST_F(PgCursors, ACellThatWasCutTellsItsTrueLength) {
  Budget caps = Rows(10);
  caps.cell_bytes = 16;  // shorter than the mark
  auto page = CursorProbe::Open(cursors_, "SELECT repeat('x', 2000000), repeat('y', 16), repeat('z', 17)", caps);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(*page->rows[0][0], "… [2000000 bytes]");
  EXPECT_EQ(*page->rows[0][1], std::string(16, 'y'));
  EXPECT_NE(page->rows[0][2]->find("[17 bytes]"), std::string::npos);
}

TEST_F(PgCursors, OnlyTheOwnerMayGoOn) {
  auto page = CursorProbe::Open(cursors_, "SELECT generate_series(1, 100)", Rows(10));
  ASSERT_TRUE(page);
  EXPECT_EQ(cursors_.Next(Soon(), page->cursor, "bob", Rows(10)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(cursors_.Next(Soon(), page->cursor + "x", "ann", Rows(10)).error().code, ErrorCode::kNotFound);
  cursors_.Close(page->cursor, "bob");
  EXPECT_EQ(cursors_.open(), 1);
  EXPECT_TRUE(cursors_.Next(Soon(), page->cursor, "ann", Rows(10)));
  cursors_.Close(page->cursor, "ann");
  EXPECT_EQ(cursors_.open(), 0);
}

TEST_F(PgCursors, TheyAreFew) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    auto page = CursorProbe::Open(cursors_, "SELECT generate_series(1, 100)", Rows(10));
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->truncated);
    ids.push_back(page->cursor);
  }
  EXPECT_EQ(cursors_.open(), 2);  // half of a pool of four
  EXPECT_EQ(cursors_.Next(Soon(), ids[0], "ann", Rows(10)).error().code, ErrorCode::kNotFound)
      << "the oldest made room";
  EXPECT_TRUE(cursors_.Next(Soon(), ids[2], "ann", Rows(10)));
  auto other = CursorProbe::Open(cursors_, "SELECT generate_series(1, 100)", Rows(10), "bob");
  ASSERT_TRUE(other);
  EXPECT_TRUE(other->cursor.empty()) << "nobody makes room for others";
  EXPECT_FALSE(other->notes.empty());
}

TEST_F(PgCursors, TheyEndInTime) {
  DatabaseOptions options = Options();
  options.execution.cursor_ttl = milliseconds(400);
  Pool pool(options);
  Cursors cursors(pool, options.execution);
  std::vector<std::string> ids;
  for (int i = 0; i < 2; ++i) {
    auto page = CursorProbe::Open(cursors, "SELECT generate_series(1, 100)", Rows(10));
    ASSERT_TRUE(page) << page.error().message;
    ids.push_back(page->cursor);
  }
  EXPECT_TRUE(Eventually([&] { return cursors.open() == 0 && pool.stats().borrowed == 0; }));
  for (const std::string& id : ids)
    EXPECT_EQ(cursors.Next(Soon(), id, "ann", Rows(10)).error().code, ErrorCode::kNotFound);
  auto lease = pool.Borrow(Soon(), "test");
  ASSERT_TRUE(lease);
  EXPECT_EQ((*lease)->Query(Soon(), "SELECT count(*) FROM pg_cursors WHERE name <> ''")->at(0, 0), "0");
}

TEST_F(PgCursors, AnErrorOnTheWayEndsTheCursor) {
  auto page = CursorProbe::Open(cursors_, "SELECT 1 / (1900 - i) FROM generate_series(1, 3000) i", Rows(1000));
  ASSERT_TRUE(page) << page.error().message;
  auto failed = cursors_.Next(Soon(), page->cursor, "ann", Rows(1000));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().sqlstate, "22012");
  EXPECT_EQ(cursors_.open(), 0);
  EXPECT_EQ(pool_.stats().borrowed, 0);
  auto slow = CursorProbe::Open(cursors_, "SELECT pg_sleep(30)", Rows(10), "ann", Deadline::After(milliseconds(100)));
  EXPECT_EQ(slow.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(CursorProbe::Open(cursors_, "DELETE FROM pg_class", Rows(10)).error().sqlstate, "42601");
}

}  // namespace
}  // namespace toomai::engine::pg
