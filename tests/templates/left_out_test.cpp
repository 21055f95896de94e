// Nothing may vanish: what a question says is in the statement, or the answer is unsure and names what it leaves out.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/templates/agency.h"

namespace toomai::templates {
namespace {

using agency::Answered, agency::Confidence, agency::Sql;

bool LeavesOut(const std::string& question, const std::string& word) {
  const GrammarAnswer answer = Answered(question);
  if (answer.readings.empty()) return true;
  const auto& left = answer.readings[0].left_out;
  return std::find(left.begin(), left.end(), word) != left.end();
}

TEST(LeftOut, WordsThatSayWhichRowsAreMeant) {
  for (const char* question : {"paid contracts", "contracts that are sold out", "clients we still sell to",
                               "clients of the same owner", "available staff"})
    EXPECT_LT(Confidence(question), 0.8) << question;
  EXPECT_TRUE(LeavesOut("paid contracts", "paid"));
}

TEST(LeftOut, AnAnswerSaysWhatItLeavesOut) {
  const GrammarAnswer answer = Answered("clients in Japan with zebras");
  ASSERT_FALSE(answer.readings.empty());
  const auto& assumed = answer.readings[0].assumptions;
  EXPECT_TRUE(std::any_of(assumed.begin(), assumed.end(),
                          [](const std::string& a) { return a.find("left out: \"zebras\"") != std::string::npos; }));
}

TEST(LeftOut, ARefusalNamesTheWord) {
  const GrammarAnswer answer = Answered("paid contracts");
  EXPECT_NE(answer.refusal.find("only without \"paid\""), std::string::npos) << answer.refusal;
}

TEST(LeftOut, WhatIsHeldIsNotLeftOut) {
  for (const char* question : {"contracts with an amount above 500", "clients in Japan", "total amount per client",
                               "contracts signed before 2020", "top 3 clients by contract amount"}) {
    const GrammarAnswer answer = Answered(question);
    ASSERT_FALSE(answer.readings.empty()) << question;
    EXPECT_TRUE(answer.readings[0].left_out.empty()) << question << ": " << answer.readings[0].left_out[0];
  }
}

TEST(RowKeys, ANumberBesideItsThingIsItsKey) {
  const std::string status = "SELECT status FROM tblcontracts WHERE id = 12";
  EXPECT_EQ(Sql("status of contract 12"), status);
  EXPECT_EQ(Sql("status of contract #12"), status);
  EXPECT_EQ(Sql("status of contract no. 12"), status);
  EXPECT_EQ(Sql("status of contract number 12"), status);
  EXPECT_EQ(Sql("amount of contract 12"), "SELECT amount FROM tblcontracts WHERE id = 12");
  EXPECT_EQ(Sql("client id 5"), "SELECT name FROM tblclients WHERE id = 5");
  EXPECT_EQ(Sql("contracts of client 5"), "SELECT title FROM tblcontracts WHERE client_id = 5");
  EXPECT_GE(Confidence("status of contract 12"), 0.8);
}

TEST(RowKeys, NumbersThatCountOrTellAYearStayNumbers) {
  EXPECT_EQ(Sql("contracts with an amount above 12"), "SELECT title FROM tblcontracts WHERE amount > 12");
  EXPECT_EQ(Sql("contract 2024").find("id = 2024"), std::string::npos);
  EXPECT_EQ(Sql("clients with 2 contracts").find("id = 2"), std::string::npos);
}

TEST(RowKeys, ChineseAndJapanese) {
  const GrammarAnswer zh = Answered("12号合同的金额"), ja = Answered("契約12の金額");
  for (const GrammarAnswer& answer : {zh, ja}) {
    ASSERT_FALSE(answer.readings.empty());
    EXPECT_NE(answer.readings[0].sql.find("id = 12"), std::string::npos) << answer.readings[0].sql;
  }
}

TEST(RowKeys, APhoneNumberIsNotCounted) {
  EXPECT_EQ(Sql("email number of Acme").find("count"), std::string::npos);
}

TEST(Amounts, UnitsAndMarksOfMoneyAddNothing) {
  const std::string sql = "SELECT title FROM tblcontracts WHERE amount > 500";
  for (const char* question : {"contracts with an amount above $500", "contracts with an amount above €500",
                               "contracts with an amount above 500 euros", "contracts with an amount above 0.5k"})
    EXPECT_EQ(Sql(question), sql) << question;
  EXPECT_EQ(Sql("contracts with an amount above 5 million"), "SELECT title FROM tblcontracts WHERE amount > 5000000");
}

TEST(Everyday, TwoKeysOfAGroup) {
  EXPECT_EQ(Sql("number of contracts per status and client").find("count(*)") != std::string::npos, true);
  EXPECT_NE(Sql("number of contracts per status and client").find("GROUP BY t1.status"), std::string::npos);
  EXPECT_NE(Sql("number of contracts per status and client").find("t2.name"), std::string::npos);
}

TEST(Everyday, TheSameAsWhatIsNamed) {
  EXPECT_EQ(
      Sql("clients in the same country as Acme"),
      "SELECT name FROM tblclients WHERE country IN (SELECT t1.country FROM tblclients AS t1 WHERE t1.name = 'Acme')");
}

TEST(Everyday, RangesOfNumbers) {
  const std::string sql = "SELECT title FROM tblcontracts WHERE amount BETWEEN 20 AND 40";
  EXPECT_EQ(Sql("contracts with amount 20-40"), sql);
  EXPECT_EQ(Sql("contracts with an amount between 20 and 40 euros"), sql);
}

TEST(Everyday, TheBestOfEachAndAmountsCompared) {
  EXPECT_EQ(Sql("what is the most expensive contract of each client?").find("LIMIT"), std::string::npos);
  EXPECT_EQ(Sql("salaries over 80k"), "SELECT salary FROM tblstaff WHERE salary > 80000");
}

TEST(Everyday, UnknownWordsThatSayWhichRowsRefuse) {
  for (const char* question : {"clients with zebras", "contracts delivered by drone", "staff who juggle"})
    EXPECT_LT(Confidence(question), 0.4) << question;
}

TEST(Everyday, BornIsABirth) {
  EXPECT_EQ(Sql("staff born before 1990"), "SELECT first_name FROM tblstaff WHERE birth_date < '1990-01-01'");
  EXPECT_LT(Confidence("clients born before 1990"), 0.8);  // their only date is another one
}

}  // namespace
}  // namespace toomai::templates
