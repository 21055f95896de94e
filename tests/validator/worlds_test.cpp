// The worlds of fixtures/validator/*/: a database as the server described it, statements over it that must pass and
// statements that must not. That the server agrees, with rows and errors, is asked by families_test.py.
#include <gtest/gtest.h>

#include "shop.h"

namespace toomai::validator::test {
namespace {

class World : public testing::TestWithParam<const char*> {
 protected:
  World()
      : folder_(SourcePath(std::string("fixtures/validator/") + GetParam() + "/")),
        catalog_(ReadSchema(folder_ + "schema.json")),
        checker_(&catalog_, ReadPolicy(folder_ + "policy.json")) {}

  const std::string folder_;
  const schema::CatalogView catalog_;
  const Checker checker_;
};

TEST_P(World, HarmlessStatementsPass) {
  for (const Case& one : ReadStatements(folder_ + "harmless.sql")) {
    const Verdict verdict = Validate(one.sql, checker_);
    EXPECT_TRUE(verdict.allowed) << "line " << one.line << ": " << verdict.findings.front().rule << ": "
                                 << verdict.findings.front().message << ": " << one.sql;
    if (!verdict.allowed) continue;
    // What is sent passes as well.
    EXPECT_EQ(RuleFor(verdict.sql->text(), checker_), "") << verdict.sql->text();
  }
}

TEST_P(World, OthersAreRefusedForTheirRule) {
  for (const Case& one : ReadCases(folder_ + "refused.test")) {
    EXPECT_EQ(RuleFor(one.sql, checker_), one.kind) << "line " << one.line << ": " << one.sql;
    EXPECT_NE(RuleFor("WITH hidden AS (" + one.sql + ") SELECT 1", checker_), "") << one.sql;
  }
}

INSTANTIATE_TEST_SUITE_P(Worlds, World, testing::Values("market", "analyst", "shadows"),
                         [](const auto& world) { return std::string(world.param); });

}  // namespace
}  // namespace toomai::validator::test
