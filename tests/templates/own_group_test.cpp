// A row against the others of its group, against the row it refers to, and the best of each group.
#include <gtest/gtest.h>

#include "templates/grammar.h"
#include "tests/templates/schema_parts.h"

namespace toomai::templates {
namespace {

using schema::TypeClass;

std::shared_ptr<const GrammarEngine> Firm() {
  static const std::shared_ptr<const GrammarEngine> engine = [] {
    auto s = std::make_shared<schema::Schema>();
    s->database = "firm";
    s->search_path = {"public"};
    const TypeClass text = TypeClass::kText, number = TypeClass::kInteger, money = TypeClass::kNumeric,
                    date = TypeClass::kDate;
    schema::Table bills = Table("bills", {Filled("id", number), Filled("amount", money, "Amount (金额 / 金額)"),
                                          Filled("due_on", date), Column("paid_on", date)});
    schema::Table teams = Table("teams", {Filled("id", number), Filled("name", text)}, "Teams (部门 / 部署)");
    schema::Table workers =
        Table("workers",
              {Filled("id", number), Filled("name", text), Filled("team_id", number),
               Filled("salary", money, "Salary (工资 / 給与)"), Column("boss_id", number), Filled("city", text)},
              "Workers (员工 / 社員)");
    workers.foreign_keys = {{"f1", {2}, 1, {0}}, {"f2", {4}, 2, {0}}};
    s->tables = {bills, teams, workers};
    s->Finish();
    return GrammarEngine::Build(s, {{1, 1, {"Sales", "Finance"}, true}});
  }();
  return engine;
}

std::string Sql(const std::string& question) {
  GrammarInput input;
  input.question = question;
  input.today = "2026-11-27";
  const GrammarAnswer answer = Firm()->Answer(input);
  return answer.readings.empty() ? "" : answer.readings[0].sql;
}

TEST(OwnGroup, TheAverageOfTheSameTeam) {
  const std::string sql =
      "SELECT t1.name FROM workers AS t1 WHERE t1.salary > (SELECT avg(t2.salary) FROM workers AS t2 WHERE t2.team_id "
      "= "
      "t1.team_id)";
  for (const char* question :
       {"workers whose salary is above the average of their team",
        "workers who earn more than the average of their team", "workers paid above their team's average",
        "workers with a salary above the average salary in their team", "工资高于本部门平均工资的员工",
        "比本部门平均工资高的员工", "部署の平均より給与が高い社員", "所属部署の平均給与より給与が高い社員"})
    EXPECT_EQ(Sql(question), sql) << question;
  EXPECT_NE(Sql("workers with a salary below the average of their city").find("t2.city = t1.city"), std::string::npos);
}

TEST(OwnGroup, TheAverageOfAll) {
  const std::string sql = "SELECT name FROM workers WHERE salary > (SELECT avg(t1.salary) FROM workers AS t1)";
  for (const char* question : {"workers with a salary above the average", "workers who earn more than the average",
                               "平均より給与が高い社員", "給与が平均より高い社員", "比平均工资高的员工"})
    EXPECT_EQ(Sql(question), sql) << question;
  EXPECT_NE(Sql("teams with an average salary above 50").find("HAVING avg("), std::string::npos);
}

TEST(OwnGroup, TheRowReferredTo) {
  EXPECT_EQ(Sql("workers who earn more than their boss"),
            "SELECT t1.name FROM workers AS t1 WHERE t1.salary > (SELECT t2.salary FROM workers AS t2 WHERE t2.id = "
            "t1.boss_id)");
}

TEST(OwnGroup, ColumnsOfTheSameRow) {
  EXPECT_EQ(Sql("bills paid after their due date").find("due_on") != std::string::npos, true);
  EXPECT_NE(Sql("bills paid after their due date").find("paid_on > due_on"), std::string::npos);
}

TEST(RowBefore, ThePeriodBeforeEach) {
  for (const char* question :
       {"monthly amount compared with the previous month", "月別の金額と前月比", "每月金额及环比"})
    EXPECT_NE(Sql(question).find("lag(sum(amount)) OVER"), std::string::npos) << question << ": " << Sql(question);
  EXPECT_EQ(Sql("前月の金額").find("lag("), std::string::npos);
}

TEST(BestOfEach, OfOneGroupThatIsNamed) {
  const std::string sql = Sql("Sales部门里工资最高的员工");
  EXPECT_NE(sql.find("'Sales'"), std::string::npos) << sql;
  EXPECT_EQ(sql.find(" IN ("), std::string::npos) << sql;
}

TEST(OwnGroup, WhoIsPaidMost) {
  EXPECT_EQ(Sql("which worker earns the least?"), "SELECT name FROM workers ORDER BY salary LIMIT 1");
  EXPECT_EQ(Sql("who earns the most?"), "SELECT name FROM workers ORDER BY salary DESC NULLS LAST LIMIT 1");
  EXPECT_EQ(Sql("workers earning between 3000 and 4000"),
            "SELECT name FROM workers WHERE salary BETWEEN 3000 AND 4000");
  EXPECT_EQ(Sql("how many workers earn more than the average salary?"),
            "SELECT count(*) FROM workers WHERE salary > (SELECT avg(t1.salary) FROM workers AS t1)");
  EXPECT_EQ(Sql("bills paid after 2024").find("salary"), std::string::npos);
}

TEST(BestOfEach, InThreeLanguages) {
  const std::string sql =
      "SELECT t2.name, t1.name FROM workers AS t1 JOIN teams AS t2 ON t1.team_id = t2.id WHERE row(t2.id, t1.salary) "
      "IN "
      "(SELECT t3.team_id, max(t3.salary) FROM workers AS t3 GROUP BY t3.team_id)";
  for (const char* question :
       {"the worker with the highest salary in each team", "每个部门工资最高的员工", "每个部门中工资最高的员工是谁",
        "部署ごとに給与が最も高い社員", "各部署で給与が一番高い社員"})
    EXPECT_EQ(Sql(question), sql) << question;
}

TEST(BestOfEach, TheNumberItself) {
  EXPECT_EQ(Sql("每个部门的最高工资").find("row("), std::string::npos);
  EXPECT_NE(Sql("每个部门的最高工资").find("max("), std::string::npos);
  EXPECT_NE(Sql("部署ごとの平均給与").find("avg("), std::string::npos);
}

}  // namespace
}  // namespace toomai::templates
