// One rule of the grammar engine a test, on a small database of our own: harbours, ships, voyages between harbours,
// routes that relate harbours to each other, and sailors.
#include <gtest/gtest.h>

#include "templates/grammar.h"
#include "tests/templates/schema_parts.h"

namespace toomai::templates {
namespace {

using schema::TypeClass;

class GrammarRulesTest : public ::testing::Test {
 protected:
  static std::shared_ptr<const GrammarEngine> Engine() {
    static const std::shared_ptr<const GrammarEngine> engine = [] {
      auto s = std::make_shared<schema::Schema>();
      s->database = "harbours";
      s->search_path = {"public"};
      const TypeClass text = TypeClass::kText, number = TypeClass::kInteger;
      schema::Table harbour =
          Table("harbour", {Column("name", text), Column("country", text), Column("population", number),
                            Column("deepest_basin", text), Column("deepest_depth", number)});
      schema::Table ship =
          Table("ship", {Column("ship_id", number), Column("name", text), Column("home_harbour", text),
                         Column("length", number), Column("built", number), Column("number_cabins", number)});
      schema::Table voyage =
          Table("voyage", {Column("voyage_id", number), Column("ship", number), Column("from_harbour", text),
                           Column("to_harbour", text), Column("cost", number)});
      schema::Table sailor =
          Table("sailor", {Column("sailor_id", number), Column("name", text), Column("ship_id", number),
                           Column("age", number), Column("country", text)});
      ship.foreign_keys = {{"fk1", {2}, 0, {0}}};
      voyage.foreign_keys = {{"fk3", {2}, 0, {0}}, {"fk4", {3}, 0, {0}}};
      sailor.foreign_keys = {{"fk5", {2}, 2, {0}}};
      s->tables = {harbour, sailor, ship, voyage};
      s->Finish();
      const std::vector<std::string> ports = {"Oslo", "Kiel", "Brest"};
      return GrammarEngine::Build(s, {{0, 0, ports, true},
                                      {0, 1, {"Norway", "Germany", "France"}, true},
                                      {1, 4, {"Norway", "Germany"}, true},
                                      {2, 1, {"Gull", "Tern", "Swift"}, true},
                                      {2, 2, ports, true},
                                      {3, 2, ports, true},
                                      {3, 3, ports, true}});
    }();
    return engine;
  }

  static std::string Sql(const std::string& question) {
    GrammarInput input;
    input.question = question;
    GrammarAnswer answer = Engine()->Answer(input);
    return answer.readings.empty() ? "" : answer.readings[0].sql;
  }
};

TEST_F(GrammarRulesTest, AValueNamesTheThingAskedAbout) {
  EXPECT_EQ(Sql("What is the population of Kiel?"), "SELECT population FROM harbour WHERE name = 'Kiel'");
}

TEST_F(GrammarRulesTest, AColumnNamedAfterASuperlativePicksTheRowThatHasIt) {
  EXPECT_EQ(Sql("What is the deepest basin?"),
            "SELECT deepest_basin FROM harbour ORDER BY deepest_depth DESC NULLS LAST LIMIT 1");
}

TEST_F(GrammarRulesTest, ANumberCalledLikeATableIsItsKey) {
  EXPECT_EQ(
      Sql("Which ships have more than 2 voyages?"),
      "SELECT name FROM ship WHERE ship_id IN (SELECT t1.ship FROM voyage AS t1 GROUP BY t1.ship HAVING count(*) > "
      "2)");
}

TEST_F(GrammarRulesTest, RoleWordsChooseTheKey) {
  EXPECT_EQ(Sql("How many voyages depart from Kiel?"), "SELECT count(*) FROM voyage WHERE from_harbour = 'Kiel'");
  EXPECT_EQ(Sql("How many voyages arrive at Kiel?"), "SELECT count(*) FROM voyage WHERE to_harbour = 'Kiel'");
}

TEST_F(GrammarRulesTest, AStoredCountIsNotCountedAgain) {
  EXPECT_EQ(Sql("List the names of ships in descending order of number of cabins"),
            "SELECT name FROM ship ORDER BY number_cabins DESC NULLS LAST");
  EXPECT_EQ(Sql("What is the maximum number of cabins?"), "SELECT max(number_cabins) FROM ship");
}

TEST_F(GrammarRulesTest, ComparedWithAnotherRow) {
  EXPECT_EQ(Sql("Which ships are longer than the Gull?"),
            "SELECT name FROM ship WHERE length > (SELECT max(t1.length) FROM ship AS t1 WHERE t1.name = 'Gull')");
  EXPECT_EQ(
      Sql("Which harbours have a population larger than any harbour in Norway?"),
      "SELECT name FROM harbour WHERE population > (SELECT min(t1.population) FROM harbour AS t1 WHERE t1.country "
      "= 'Norway')");
}

TEST_F(GrammarRulesTest, NoRowIsBoth) {
  EXPECT_EQ(
      Sql("Show the home harbour of ships built before 1990 and after 2010"),
      "SELECT t1.home_harbour FROM ship AS t1 WHERE t1.built < 1990 INTERSECT SELECT home_harbour FROM ship WHERE "
      "built > 2010");
  EXPECT_EQ(Sql("How many ships were built after 2013 or before 2008?"),
            "SELECT count(*) FROM ship WHERE built > 2013 OR built < 2008");
}

TEST_F(GrammarRulesTest, WhatTwoTablesShare) {
  EXPECT_EQ(Sql("Which countries have both harbours and sailors?"),
            "SELECT t1.country FROM harbour AS t1 INTERSECT SELECT country FROM sailor");
}

TEST_F(GrammarRulesTest, OrderedByWhatTheWordsMeasure) {
  EXPECT_EQ(Sql("Sort sailor names by their age"), "SELECT name FROM sailor ORDER BY age");
  EXPECT_EQ(Sql("List the names of sailors from youngest to oldest"), "SELECT name FROM sailor ORDER BY age");
}

TEST_F(GrammarRulesTest, EveryColumn) {
  EXPECT_EQ(Sql("Show all the information about sailors"), "SELECT sailor_id, name, ship_id, age, country FROM sailor");
}

TEST_F(GrammarRulesTest, PeopleAddUp) {
  EXPECT_EQ(Sql("How many people live in Norway?"), "SELECT sum(population) FROM harbour WHERE country = 'Norway'");
}

TEST_F(GrammarRulesTest, GroupsByWhatStandsAlone) {
  EXPECT_EQ(Sql("What is the average age of sailors by country?"),
            "SELECT country, avg(age) FROM sailor GROUP BY country");
}

TEST_F(GrammarRulesTest, WordsAreNeverWrittenAsANumber) {
  for (const char* question : {"Which ships have length '1 or true'?", "ships with ship_id '1) or (1=1'",
                               "sailors whose age is \"x union select 1\""}) {
    const std::string sql = Sql(question);
    EXPECT_EQ(sql.find("or true"), std::string::npos) << sql;
    EXPECT_EQ(sql.find("= x union"), std::string::npos) << sql;
    EXPECT_EQ(sql.find("= 1) or"), std::string::npos) << sql;
  }
}

TEST_F(GrammarRulesTest, APointIsNoNumber) {
  EXPECT_EQ(Sql("ship with length . maximum of the").find("= ."), std::string::npos);
}

TEST_F(GrammarRulesTest, ChangesAreRefused) {
  GrammarInput input;
  input.question = "delete all ships";
  GrammarAnswer answer = Engine()->Answer(input);
  EXPECT_TRUE(answer.readings.empty());
  EXPECT_FALSE(answer.refusal.empty());
}

}  // namespace
}  // namespace toomai::templates
