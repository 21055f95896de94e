// Everyday questions on a schema as they are found (agency.h).
#include <gtest/gtest.h>

#include "tests/templates/agency.h"

namespace toomai::templates {
namespace {

using agency::Answered, agency::Confidence, agency::Sql;

TEST(Everyday, MarksOfNamesAreNotSaid) {
  EXPECT_EQ(Sql("How many clients are there?"), "SELECT count(*) FROM tblclients");
  EXPECT_EQ(Sql("How many clints are there?"), "SELECT count(*) FROM tblclients");
}

TEST(Everyday, APeriodSpeaksOfWhatIsMeasured) {
  const std::string top =
      "SELECT t1.name, sum(t2.amount) FROM tblclients AS t1 JOIN tblcontracts AS t2 ON t1.id = t2.client_id WHERE "
      "t2.signed_on >= ";
  EXPECT_EQ(Sql("top 5 clients by contract amount in 2025").substr(0, top.size()), top);
  EXPECT_EQ(Sql("top 5 clients by contract amount this year").substr(0, top.size()), top);
  EXPECT_NE(Sql("total amount per client in 2025").find("signed_on >= '2025-01-01'"), std::string::npos);
}

TEST(Everyday, OneMeasureAloneIsSummed) {
  EXPECT_EQ(Sql("contract amount in Q2 2024").substr(0, 18), "SELECT sum(amount)");
}

TEST(Everyday, RowsAreCountedForEach) {
  const std::string sql = "SELECT country, count(*) FROM tblclients GROUP BY country";
  EXPECT_EQ(Sql("clients by country"), sql);
  EXPECT_EQ(Sql("clients per country"), sql);
  EXPECT_EQ(Sql("contracts by status"), "SELECT status, count(*) FROM tblcontracts GROUP BY status");
  EXPECT_EQ(Sql("amount by status"), "SELECT status, sum(amount) FROM tblcontracts GROUP BY status");
  EXPECT_EQ(Sql("contracts per month in 2025").substr(0, 43), "SELECT date_trunc('month', signed_on)::date");
}

TEST(Everyday, WhatIsToldOfTheRowsJustNamed) {
  EXPECT_EQ(Sql("staff hired in 2025"),
            "SELECT first_name FROM tblstaff WHERE hired_on >= '2025-01-01' AND hired_on < '2026-01-01'");
  EXPECT_EQ(Sql("contracts signed before 2020"), "SELECT title FROM tblcontracts WHERE signed_on < '2020-01-01'");
}

TEST(Everyday, TimesTheAverage) {
  EXPECT_EQ(Sql("staff whose salary is more than twice the average"),
            "SELECT first_name FROM tblstaff WHERE salary > 2 * (SELECT avg(t1.salary) FROM tblstaff AS t1)");
}

TEST(Everyday, OneAggregateOfTwoColumns) {
  EXPECT_EQ(Sql("total salary and bonus by department"),
            "SELECT department, sum(salary), sum(bonus) FROM tblstaff GROUP BY department");
}

TEST(Everyday, KeysAreNotAddedUp) {
  EXPECT_EQ(Sql("total stock per depot").find("sum(t1.depot_id)"), std::string::npos);
  EXPECT_EQ(Sql("total stock").find("_id)"), std::string::npos);
}

TEST(Everyday, RowsThatHaveNotEnded) {
  EXPECT_EQ(Sql("number of current staff by department"),
            "SELECT department, count(*) FROM tblstaff WHERE left_on IS NULL GROUP BY department");
}

TEST(Everyday, PeopleHaveTwoNames) {
  EXPECT_EQ(Sql("names of the staff"), "SELECT first_name, last_name FROM tblstaff");
}

TEST(Everyday, PeopleAndNotTheirKeys) {
  EXPECT_EQ(Sql("clients and their managers"),
            "SELECT t1.name, t2.first_name FROM tblclients AS t1 JOIN tblstaff AS t2 ON t1.manager_id = t2.id");
  EXPECT_EQ(
      Sql("who is the head of Lyon?"),
      "SELECT t2.first_name FROM tbldepots AS t1 JOIN tblstaff AS t2 ON t1.head_id = t2.id WHERE t1.name = 'Lyon'");
  EXPECT_EQ(Sql("client ids and their manager ids"), "SELECT id, manager_id FROM tblclients");
}

TEST(Everyday, NewestIsNotYoungest) {
  EXPECT_EQ(Sql("the newest client"), "SELECT name FROM tblclients ORDER BY client_since DESC NULLS LAST LIMIT 1");
}

TEST(Everyday, NothingStoredWhereSomethingMustBe) {
  EXPECT_EQ(Sql("clients without an email"), "SELECT name FROM tblclients WHERE email IS NULL");
}

TEST(Everyday, NumbersThatCannotBeMeant) {
  EXPECT_LT(Confidence("top 0 clients"), 0.35);
  EXPECT_EQ(Sql("contracts with an amount below -5"), "SELECT title FROM tblcontracts WHERE amount < -5");
  EXPECT_EQ(Sql("contracts signed on 2024-02-31").find("2024-02-31"), std::string::npos);
}

TEST(Everyday, EachRowIsNotCountedByItself) {
  EXPECT_EQ(Sql("number of clients for each client"), "");
}

TEST(Everyday, UnknownPredicatesAreNotLeftOut) {
  EXPECT_LT(Confidence("how many clients are offline?"), 0.35);
}

TEST(Everyday, ALostNegationTells) {
  EXPECT_LT(Confidence("clients nobody likes"), 0.8);
}

}  // namespace
}  // namespace toomai::templates
