// How long something took: two moments of a row, said in many ways.
#include <gtest/gtest.h>

#include "templates/grammar.h"
#include "tests/templates/schema_parts.h"

namespace toomai::templates {
namespace {

using schema::TypeClass;

std::shared_ptr<const GrammarEngine> Depot() {
  static const std::shared_ptr<const GrammarEngine> engine = [] {
    auto s = std::make_shared<schema::Schema>();
    s->database = "depot";
    s->search_path = {"public"};
    const TypeClass text = TypeClass::kText, number = TypeClass::kInteger, date = TypeClass::kDate,
                    moment = TypeClass::kTimestamp;
    schema::Table buyers = Table("buyers", {Filled("id", number), Filled("name", text), Filled("country", text),
                                            Column("birth_date", date), Filled("joined_on", date)});
    schema::Table parcels = Table("parcels",
                                  {Filled("id", number), Filled("buyer_id", number), Filled("carrier", text),
                                   Filled("ordered_at", moment, "Time of order (下单时间 / 注文日時)"),
                                   Column("shipped_at", moment, "Time of shipping (发货时间 / 発送日時)")},
                                  "Parcels (包裹 / 荷物)");
    schema::Table stays = Table("stays", {Filled("id", number), Filled("buyer_id", number), Filled("check_in", date),
                                          Filled("check_out", date), Filled("price", TypeClass::kNumeric)});
    schema::Table tickets = Table("tickets", {Filled("id", number), Filled("topic", text), Filled("opened_at", moment),
                                              Column("resolved_at", moment)});
    parcels.foreign_keys = {{"f1", {1}, 0, {0}}};
    stays.foreign_keys = {{"f2", {1}, 0, {0}}};
    s->tables = {buyers, parcels, stays, tickets};
    s->Finish();
    return GrammarEngine::Build(s, {{1, 2, {"DHL", "UPS"}, true}});
  }();
  return engine;
}

std::string Sql(const std::string& question) {
  GrammarInput input;
  input.question = question;
  input.today = "2026-11-27";
  const GrammarAnswer answer = Depot()->Answer(input);
  return answer.readings.empty() ? "" : answer.readings[0].sql;
}

const char* const kMean = "SELECT avg(shipped_at - ordered_at) FROM parcels";

TEST(Spans, TheMeanTimeBetweenTwoMoments) {
  for (const char* question :
       {"average time between ordering and shipping", "how long does it take to ship a parcel?",
        "what is the average time from order to shipment?", "how long do parcels take to be shipped on average?",
        "average shipping time", "mean time to shipment of parcels"})
    EXPECT_EQ(Sql(question), kMean) << question;
  EXPECT_EQ(Sql("average time to resolve a ticket"), "SELECT avg(resolved_at - opened_at) FROM tickets");
}

TEST(Spans, InTheUnitThatIsAskedFor) {
  const std::string days = "SELECT date_part('epoch', avg(shipped_at - ordered_at)) / 86400 FROM parcels";
  EXPECT_EQ(Sql("how many days does it take from order to shipment?"), days);
  EXPECT_EQ(Sql("how many hours does it take to ship a parcel?").find("/ 3600") != std::string::npos, true);
  EXPECT_EQ(Sql("average length of stay in nights"), "SELECT avg(check_out - check_in) FROM stays");
}

TEST(Spans, OfEachGroup) {
  const std::string sql = "SELECT carrier, avg(shipped_at - ordered_at) FROM parcels GROUP BY carrier";
  EXPECT_EQ(Sql("average time between ordering and shipping by carrier"), sql);
  EXPECT_EQ(Sql("average shipping time per carrier"), sql);
}

TEST(Spans, RowsThatTookSoLong) {
  const std::string sql = "SELECT id FROM parcels WHERE (shipped_at - ordered_at) > INTERVAL '3 days'";
  for (const char* question :
       {"parcels shipped more than 3 days after they were ordered", "which parcels took more than 3 days to ship?",
        "parcels that took longer than 3 days to ship", "parcels shipped more than 3 days after ordering"})
    EXPECT_EQ(Sql(question), sql) << question;
  EXPECT_EQ(Sql("parcels shipped within 12 hours of the order"),
            "SELECT id FROM parcels WHERE (shipped_at - ordered_at) <= INTERVAL '12 hours'");
  EXPECT_EQ(Sql("how many parcels took longer than a week to ship?"),
            "SELECT count(*) FROM parcels WHERE (shipped_at - ordered_at) > INTERVAL '1 week'");
  EXPECT_EQ(Sql("stays longer than 4 nights"), "SELECT id FROM stays WHERE (check_out - check_in) > 4");
  EXPECT_EQ(Sql("stays longer than 2 weeks"), "SELECT id FROM stays WHERE (check_out - check_in) > 14");
}

TEST(Spans, TheLongest) {
  EXPECT_EQ(Sql("which parcel took the longest to ship?"),
            "SELECT id FROM parcels ORDER BY (shipped_at - ordered_at) DESC NULLS LAST LIMIT 1");
  EXPECT_EQ(Sql("longest stay"), "SELECT id FROM stays ORDER BY (check_out - check_in) DESC NULLS LAST LIMIT 1");
  EXPECT_EQ(Sql("the 3 shortest stays"),
            "SELECT id, (check_out - check_in) FROM stays ORDER BY (check_out - check_in) LIMIT 3");
}

TEST(Spans, InChinese) {
  EXPECT_EQ(Sql("包裹从下单到发货平均要多久"), kMean);
  EXPECT_EQ(Sql("平均发货时长"), kMean);
  EXPECT_EQ(Sql("包裹从下单到发货平均需要几天").find("/ 86400") != std::string::npos, true);
  const std::string late = "SELECT id FROM parcels WHERE (shipped_at - ordered_at) > INTERVAL '3 days'";
  EXPECT_EQ(Sql("下单到发货超过3天的包裹"), late);
  EXPECT_EQ(Sql("下单后3天内发货的包裹"),
            "SELECT id FROM parcels WHERE (shipped_at - ordered_at) <= INTERVAL '3 days'");
}

TEST(Spans, InJapanese) {
  EXPECT_EQ(Sql("注文から発送までの平均日数"), kMean);
  EXPECT_EQ(Sql("発送までに平均何日かかりますか").find("/ 86400") != std::string::npos, true);
  EXPECT_EQ(Sql("注文から発送まで3日以上かかった荷物"),
            "SELECT id FROM parcels WHERE (shipped_at - ordered_at) >= INTERVAL '3 days'");
}

TEST(Spans, WhatIsNoDuration) {
  for (const char* question :
       {"parcels ordered in the last 3 days", "parcels ordered after 2024", "the latest order time of parcels",
        "how long is the name of the buyer", "buyers who joined between 2020 and 2022", "stays with a price above 3",
        "最近3天的包裹", "直近3日の荷物", "荷物の注文日時"})
    EXPECT_EQ(Sql(question).find("_at - "), std::string::npos) << question << ": " << Sql(question);
  EXPECT_EQ(Sql("buyers older than 4 years").find("joined_on - birth_date"), std::string::npos);
}

}  // namespace
}  // namespace toomai::templates
