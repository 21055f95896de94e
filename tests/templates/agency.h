// A small agency as schemas are found: names glued to a mark, people with two names, a master table that refers to
// another one, rows that end, and keys in the place of people; and what the grammar engine makes of a question on it.
#pragma once

#include <memory>
#include <string>

#include "templates/grammar.h"

namespace toomai::templates {
namespace agency {

using schema::TypeClass;

inline schema::Column Column(const char* name, TypeClass type, bool nullable = false) {
  schema::Column c;
  c.name = name;
  c.type_class = type;
  c.base_type = c.type = "x";
  c.not_null = !nullable;
  return c;
}

inline schema::Table Table(const char* name, std::vector<schema::Column> columns) {
  schema::Table t;
  t.schema = "public";
  t.name = name;
  t.columns = std::move(columns);
  t.primary_key = {0};
  return t;
}

inline std::shared_ptr<const GrammarEngine> Agency() {
  static const std::shared_ptr<const GrammarEngine> engine = [] {
    auto s = std::make_shared<schema::Schema>();
    s->database = "agency";
    s->search_path = {"public"};
    const TypeClass text = TypeClass::kText, number = TypeClass::kInteger, money = TypeClass::kNumeric,
                    date = TypeClass::kDate;
    schema::Table clients =
        Table("tblclients", {Column("id", number), Column("name", text), Column("country", text), Column("email", text),
                             Column("client_since", date), Column("manager_id", number, true)});
    schema::Table contracts =
        Table("tblcontracts", {Column("id", number), Column("title", text), Column("client_id", number),
                               Column("signed_on", date), Column("status", text), Column("amount", money)});
    schema::Table staff =
        Table("tblstaff", {Column("id", number), Column("first_name", text), Column("last_name", text),
                           Column("department", text), Column("birth_date", date), Column("hired_on", date),
                           Column("left_on", date, true), Column("salary", money), Column("bonus", money)});
    schema::Table stock = Table("tblstock", {Column("id", number), Column("depot_id", number), Column("qty", number)});
    schema::Table depots = Table("tbldepots", {Column("id", number), Column("name", text), Column("head_id", number)});
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
