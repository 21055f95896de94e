// Which names are near enough to be suggested.
#include "validator/suggest.h"

#include <gtest/gtest.h>

namespace toomai::validator {
namespace {

std::vector<std::string> Near(std::string_view wanted, std::initializer_list<std::string_view> names) {
  Suggestions suggestions(wanted);
  for (const std::string_view name : names) suggestions.Offer(name);
  return suggestions.Take();
}

using Names = std::vector<std::string>;

TEST(Suggest, TheNearestFirst) {
  EXPECT_EQ(Near("totl", {"note", "total", "totals"}), (Names{"total"}));
  EXPECT_EQ(Near("custmer", {"customers", "customer"}), (Names{"customer", "customers"}));
  EXPECT_EQ(Near("Order_ID", {"orderid"}), (Names{"orderid"})) << "case and underscores do not count";
  EXPECT_EQ(Near("teh", {"the"}), (Names{"the"})) << "neighbours exchanged";
  EXPECT_EQ(Near("id", {"ix", "ad", "xy"}), (Names{"ix", "ad"})) << "one slip in a short name";
}

TEST(Suggest, ANameThatBeginsOrEndsWithTheOther) {
  EXPECT_EQ(Near("name", {"customer_name", "name_of_the_customer", "nothing"}),
            (Names{"customer_name", "name_of_the_customer"}));
  EXPECT_EQ(Near("customer_name", {"name"}), (Names{"name"}));
  EXPECT_EQ(Near("name_of_the_customer", {"name"}), (Names{"name"}));
  EXPECT_EQ(Near("customer_id", {"id"}), Names{}) << "too short to say anything";
}

TEST(Suggest, EachOnceAndNotTooMany) {
  EXPECT_EQ(Near("total", {"total1", "total1", "total2"}), (Names{"total1", "total2"}));
  EXPECT_EQ(Near("total", {"totala", "totalb", "totalc", "totald", "totale", "totalf", "total"}).size(),
            Suggestions::kMost);
  EXPECT_EQ(Near("total", {"totala", "totalb", "totalc", "totald", "totale", "totalf", "total"}).front(), "total");
}

TEST(Suggest, DistanceUpToALimit) {
  EXPECT_EQ(NameDistance("abc", "abc", 2), 0u);
  EXPECT_EQ(NameDistance("abc", "abd", 2), 1u);
  EXPECT_EQ(NameDistance("abc", "xyz", 2), 3u) << "beyond the limit";
  EXPECT_EQ(NameDistance("abcdef", "ab", 2), 3u);
  const std::string longest(64, 'a');
  EXPECT_EQ(NameDistance(longest, longest.substr(1), 3), 1u);
  EXPECT_EQ(NameDistance(longest + "a", longest, 3), 4u) << "no name is so long";
}

}  // namespace
}  // namespace toomai::validator
