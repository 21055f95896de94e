// A small agency as schemas are found: names glued to a mark, people with two names, a master table that refers to
// another one, rows that end, and keys in the place of people; and what the grammar engine makes of a question on it.
#pragma once

#include <memory>
#include <string>

#include "templates/grammar.h"
#include "tests/templates/schema_parts.h"

namespace toomai::templates {
namespace agency {

using schema::TypeClass;

inline std::shared_ptr<const GrammarEngine> Agency() {
  static const std::shared_ptr<const GrammarEngine> engine = [] {
    auto s = std::make_shared<schema::Schema>();
    s->database = "agency";
    s->search_path = {"public"};
    const TypeClass text = TypeClass::kText, number = TypeClass::kInteger, money = TypeClass::kNumeric,
                    date = TypeClass::kDate;
    schema::Table clients =
        Table("tblclients", {Filled("id", number), Filled("name", text), Filled("country", text), Filled("email", text),
                             Filled("client_since", date), Column("manager_id", number)});
    schema::Table contracts =
        Table("tblcontracts", {Filled("id", number), Filled("title", text), Filled("client_id", number),
                               Filled("signed_on", date), Filled("status", text), Filled("amount", money)});
    schema::Table staff =
        Table("tblstaff", {Filled("id", number), Filled("first_name", text), Filled("last_name", text),
                           Filled("department", text), Filled("birth_date", date), Filled("hired_on", date),
                           Column("left_on", date), Filled("salary", money), Filled("bonus", money)});
    schema::Table stock = Table("tblstock", {Filled("id", number), Filled("depot_id", number), Filled("qty", number)});
    schema::Table depots = Table("tbldepots", {Filled("id", number), Filled("name", text), Filled("head_id", number)});
    clients.foreign_keys = {{"f1", {5}, 3, {0}}};
    contracts.foreign_keys = {{"f2", {2}, 0, {0}}};
    stock.foreign_keys = {{"f3", {1}, 2, {0}}};
    depots.foreign_keys = {{"f4", {2}, 3, {0}}};
    s->tables = {clients, contracts, depots, staff, stock};
    s->Finish();
    return GrammarEngine::Build(s, {{0, 1, {"Acme", "Globex"}, true},
                                    {0, 2, {"Japan", "France"}, true},
                                    {1, 4, {"draft", "agreed", "cancelled"}, true},
                                    {2, 1, {"Lyon", "Oslo"}, true}});
  }();
  return engine;
}

inline GrammarAnswer Answered(const std::string& question) {
  GrammarInput input;
  input.question = question;
  input.today = "2026-11-27";
  return Agency()->Answer(input);
}

inline std::string Sql(const std::string& question) {
  const GrammarAnswer answer = Answered(question);
  return answer.readings.empty() ? "" : answer.readings[0].sql;
}

inline double Confidence(const std::string& question) {
  const GrammarAnswer answer = Answered(question);
  return answer.readings.empty() ? 0 : answer.readings[0].confidence;
}

}  // namespace agency
}  // namespace toomai::templates
