#include "templates/refusal.h"

#include <algorithm>

namespace toomai::templates {
namespace {

constexpr std::size_t kMaxTables = 3, kMaxColumns = 5;

const std::string& In(const std::string& language, const std::string& en, const std::string& zh,
                      const std::string& ja) {
  return language == "zh" ? zh : language == "ja" ? ja : en;
}

std::string Joined(const std::vector<std::string>& names, const std::string& language) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : In(language, ", ", "、", "、")) + name;
  return text;
}

bool Offered(const schema::Table& table) {
  return table.readable && table.on_search_path && table.kind != schema::TableKind::kView &&
         table.kind != schema::TableKind::kMaterializedView;
}

// The tables that the question names, in its order.
std::vector<int> NamedTables(const Context& x, const std::vector<Mention>& mentions) {
  constexpr float kOwnName = 0.9f;
  std::vector<int> named;
  for (const Mention& m : mentions) {
    for (const schema::NameHit& hit : m.names) {
      const bool names = hit.column < 0 && hit.score >= kOwnName && !hit.synonym &&
                         Offered(x.schema->tables[static_cast<std::size_t>(hit.table)]);
      if (names && std::find(named.begin(), named.end(), hit.table) == named.end()) named.push_back(hit.table);
    }
  }
  if (named.size() > kMaxTables) named.resize(kMaxTables);
  return named;
}

// The tables that most others refer to or that refer to most: what the data are about.
std::vector<int> CentralTables(const Context& x) {
  std::vector<int> tables;
  for (int t = 0; t < static_cast<int>(x.schema->tables.size()); ++t) {
    if (Offered(x.schema->tables[static_cast<std::size_t>(t)])) tables.push_back(t);
  }
  std::stable_sort(tables.begin(), tables.end(),
                   [&](int a, int b) { return x.joins.EdgesOf(a).size() > x.joins.EdgesOf(b).size(); });
  if (tables.size() > kMaxTables) tables.resize(kMaxTables);
  return tables;
}

// What is told of a row, without the numbers that only tell rows apart.
std::vector<std::string> TellingColumns(const Context& x, int t) {
  std::vector<std::string> columns;
  const schema::Table& table = x.schema->tables[static_cast<std::size_t>(t)];
  for (int c = 0; c < static_cast<int>(table.columns.size()) && columns.size() < kMaxColumns; ++c) {
    const schema::Column& column = table.columns[static_cast<std::size_t>(c)];
    const bool key = c == x.defaults[static_cast<std::size_t>(t)].key || x.joins.EdgeFromColumn(t, c) >= 0;
    if (column.readable && !key) columns.push_back(column.name);
  }
  return columns;
}

// "Of customers I know name, email, city.", "I can answer about customers, orders, products."
std::string Offer(const Context& x, const std::vector<Mention>& mentions, const std::string& language) {
  std::string offer;
  for (int t : NamedTables(x, mentions)) {
    const std::string& name = x.schema->tables[static_cast<std::size_t>(t)].name;
    const std::string columns = Joined(TellingColumns(x, t), language);
    if (columns.empty()) continue;
    offer += In(language, " Of " + name + " I know " + columns + ".", "关于 " + name + " 有：" + columns + "。",
                name + " について分かるのは " + columns + " です。");
  }
  if (!offer.empty()) return offer;
  std::vector<std::string> names;
  for (int t : CentralTables(x)) names.push_back(x.schema->tables[static_cast<std::size_t>(t)].name);
  if (names.empty()) return "";
  const std::string tables = Joined(names, language);
  return In(language, " I can answer about " + tables + ".", "可以询问：" + tables + "。",
            tables + " については答えられます。");
}

}  // namespace

std::string OnlyQuestions(const std::string& language) {
  return In(language, "This asks to change data; only questions about the data are answered.",
            "这是修改数据的请求；这里只回答查询。", "データを変更する依頼です。ここでは照会だけに答えます。");
}

std::string NotUnderstood(const Context& x, const std::vector<Mention>& mentions, const GrammarAnswer& answer) {
  const std::string& language = answer.language;
  const std::string offer = Offer(x, mentions, language);
  const bool partly = answer.unknown_words.empty() && !answer.readings.empty() && !answer.readings[0].left_out.empty();
  if (partly) {
    const std::string& lost = answer.readings[0].left_out[0];
    return In(language, "I could read this only without \"" + lost + "\".", "只有略去“" + lost + "”才能理解这个问题。",
              "「" + lost + "」を除いてしか読み取れませんでした。") +
           offer;
  }
  if (answer.unknown_words.empty()) {
    return In(language, "I could not read this as a question about the data.", "无法把它理解为关于这些数据的问题。",
              "データについての質問として読み取れませんでした。") +
           offer;
  }
  const std::string& word = answer.unknown_words[0];
  return In(language, "Nothing in this database explains \"" + word + "\".", "数据库中没有与“" + word + "”对应的内容。",
            "データベースに「" + word + "」にあたるものがありません。") +
         offer;
}

bool TwoReadings(const GrammarAnswer& answer, const GrammarOptions& options) {
  if (answer.readings.size() < 2 || options.low <= 0) return false;
  const double first = answer.readings[0].confidence, second = answer.readings[1].confidence;
  return first < options.high && second >= options.low && first - second < kReadingMargin;
}

std::string WhichIsMeant(const std::string& language) {
  return In(language, "This can be read in two ways; say which one is meant.", "这个问题有两种理解，请说明是哪一种。",
            "二通りに読めます。どちらかを教えてください。");
}

}  // namespace toomai::templates
