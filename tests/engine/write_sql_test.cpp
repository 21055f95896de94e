#include "engine/write_sql.h"

#include <gtest/gtest.h>

#include "tests/engine/small_shop.h"

namespace toomai::engine {
namespace {

class WriteSql : public ::testing::Test {
 protected:
  WriteSql() {
    options_.tables = {"public.customer"};
    request_.table = "public.customer";
  }
  Expected<WriteStatement> Build() { return BuildWrite(request_, options_, *shop_.schema, masks_); }

  SmallShop shop_;
  WriteOptions options_;
  WriteRequest request_;
  MaskScope masks_{std::vector<MaskRule>{{"public.customer.country", "redact"}}};
};

TEST_F(WriteSql, InsertsTheUnionOfTheColumnsWithDefaults) {
  request_.rows = {{{"id", "1"}, {"name", "Ann"}}, {{"id", "2"}, {"born", std::nullopt}}};
  const auto built = Build();
  ASSERT_TRUE(built) << built.error().message;
  EXPECT_EQ(built->sql,
            "INSERT INTO public.customer (born, id, name) VALUES (DEFAULT, $1, $2), ($3, $4, DEFAULT) RETURNING id, "
            "name, born");
  EXPECT_EQ(built->parameters, (std::vector<std::optional<std::string>>{"1", "Ann", std::nullopt, "2"}));
}

TEST_F(WriteSql, UpdatesByConditionsAndNeverShowsMaskedColumns) {
  request_.kind = WriteKind::kUpdate;
  request_.set = {{"country", "norway"}};
  request_.where = {{"id", "in", {"1", "2"}}, {"name", "is not null", {}}};
  const auto built = Build();
  ASSERT_TRUE(built) << built.error().message;
  EXPECT_EQ(built->sql,
            "UPDATE public.customer SET country = $1 WHERE id IN ($2, $3) AND name IS NOT NULL RETURNING id");
  EXPECT_EQ(built->returned, std::vector<std::string>{"id"});
}

TEST_F(WriteSql, DeletesOnlyByAFilter) {
  request_.kind = WriteKind::kDelete;
  EXPECT_FALSE(Build()) << "no filter";
  request_.where = {{"id", "=", {"7"}}};
  const auto built = Build();
  ASSERT_TRUE(built);
  EXPECT_EQ(built->sql, "DELETE FROM public.customer WHERE id = $1 RETURNING id");
}

TEST_F(WriteSql, RefusesWhatIsNotListedKnownOrPossible) {
  request_.kind = WriteKind::kDelete;
  request_.where = {{"id", "=", {"7"}}};
  request_.table = "public.purchase";
  EXPECT_EQ(Build().error().code, ErrorCode::kRejected) << "a table that is not listed";
  request_.table = "public.customer; DROP TABLE x";
  EXPECT_FALSE(Build());
  request_.table = "customer";
  EXPECT_TRUE(Build()) << "the bare name of a listed table";
  for (const WriteCondition& bad : std::vector<WriteCondition>{{"nothing", "=", {"1"}},
                                                               {"id = 1 OR id", "=", {"1"}},
                                                               {"id", "LIKE", {"1"}},
                                                               {"id", "= 1 OR 1 =", {"1"}},
                                                               {"id", "=", {}},
                                                               {"id", "=", {"1", "2"}},
                                                               {"id", "in", {}},
                                                               {"id", "is null", {"1"}},
                                                               {"country", "=", {"france"}}}) {
    request_.where = {bad};
    EXPECT_FALSE(Build()) << bad.column << " " << bad.op;
  }
}

TEST_F(WriteSql, ValuesAreCountedToTheLimit) {
  request_.kind = WriteKind::kDelete;
  request_.where = {{"id", "in", std::vector<std::string>(kMaxWriteValues, "1")}};
  EXPECT_TRUE(Build());
  request_.where[0].values.push_back("1");
  EXPECT_FALSE(Build());
}

}  // namespace
}  // namespace toomai::engine
