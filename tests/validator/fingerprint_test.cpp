#include "validator/fingerprint.h"

#include <gtest/gtest.h>

#include "validator/parser.h"

namespace toomai::validator {
namespace {

Fingerprint Of(std::string_view sql) {
  Tree tree;
  ParseError error;
  EXPECT_TRUE(Parse(sql, {}, &tree, &error)) << sql;
  return MakeFingerprint(tree);
}

TEST(Fingerprint, ConstantsSpacingCaseAndCommentsDoNotCount) {
  const Fingerprint first = Of("SELECT a FROM t WHERE b = 1 AND c = 'x' LIMIT 5");
  EXPECT_EQ(first.normalized, "SELECT a FROM t WHERE b = ? AND c = ? LIMIT ?");
  EXPECT_EQ(first.hash.size(), 16u);
  for (const std::string_view same : {"select A from T where B=2 and C=E'y\\n' limit 99;",
                                      "SELECT a/**/FROM \"t\" WHERE b = 1.5 AND c = $$q$$ LIMIT $1"}) {
    EXPECT_EQ(Of(same).hash, first.hash) << same;
  }
  for (const std::string_view other :
       {"SELECT a FROM t WHERE b = 1 AND d = 'x' LIMIT 5", "SELECT a FROM t WHERE b = 1 OR c = 'x' LIMIT 5",
        "SELECT \"A\" FROM t WHERE b = 1 AND c = 'x' LIMIT 5"}) {
    EXPECT_NE(Of(other).hash, first.hash) << other;
  }
}

TEST(Fingerprint, ListsOfConstantsAreOne) {
  EXPECT_EQ(Of("SELECT 1 FROM t WHERE a IN (1, 2, 3)").normalized, "SELECT ? FROM t WHERE a IN (?)");
  EXPECT_EQ(Of("SELECT ARRAY['a', 'b']").normalized, "SELECT ARRAY[?]");
  EXPECT_EQ(Of("SELECT 1 FROM t WHERE a IN (1, b, 3)").normalized, "SELECT ? FROM t WHERE a IN (?, b, ?)");
  EXPECT_EQ(Of("SELECT f(1, 2)").normalized, "SELECT f(?, ?)");
  EXPECT_EQ(Of("SELECT 1 FROM t WHERE a IN (1, 2 + 3)").normalized, "SELECT ? FROM t WHERE a IN (?, ? + ?)");
}

}  // namespace
}  // namespace toomai::validator
