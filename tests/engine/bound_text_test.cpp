#include "engine/bound_text.h"

#include <gtest/gtest.h>

namespace toomai::engine {
namespace {

TEST(BoundText, ValuesStandWhereParametersStood) {
  EXPECT_EQ(WithValues("SELECT $1, '$1', $2 -- $1\n, $11", {"it's", std::nullopt}),
            "SELECT 'it''s', '$1', NULL -- $1\n, $11");
  EXPECT_EQ(WithValues("SELECT $1", {}), "SELECT $1");
  EXPECT_EQ(WithValues("SELECT $1 'open", {"x"}), "SELECT 'x' 'open") << "what cannot be read stays";
}

}  // namespace
}  // namespace toomai::engine
