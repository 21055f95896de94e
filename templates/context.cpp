#include "templates/context.h"

#include <algorithm>

#include "schema/words.h"

namespace toomai::templates {
namespace {

bool Is(const std::vector<std::string>& words, std::string_view a) {
  return words.size() == 1 && words[0] == a;
}
bool Ends(const std::vector<std::string>& words, std::string_view a) {
  return !words.empty() && words.back() == a;
}

bool IsText(const schema::Column& c) {
  return c.type_class == schema::TypeClass::kText || c.type_class == schema::TypeClass::kEnum;
}

double DisplayScore(const Context& x, int t, int c) {
  const schema::Column& column = x.Column(t, c);
  if (!column.readable || !IsText(column)) return 0;
  const schema::ColumnName& name = x.lexicon.NameOf(t, c);
  if (Is(name.core, "name") || Is(name.core, "titl")) return 10;
  if (name.core.size() == 2 && name.core[0] == "full" && name.core[1] == "name") return 9.5;
  // The column repeats the table's name: airlines.airline.
  if (name.words == x.lexicon.TableWords(t)) return 9.2;
  if (name.words.size() == 1 && !x.lexicon.TableWords(t).empty() && name.words[0] == x.lexicon.TableWords(t).back())
    return 9.1;
  if (Ends(name.words, "name") && name.core.size() <= 2)
    return name.core[0] == "last" ? 6 : name.core[0] == "first" ? 6.5 : 8;
  if (Ends(name.words, "titl")) return 8;
  bool reference = x.joins.EdgeFromColumn(t, c) >= 0;
  double score = 4 - 0.1 * c;
  if (reference) score -= 2;
  if (Ends(name.words, "code") || Ends(name.words, "id") || Ends(name.words, "url") || Ends(name.words, "date"))
    score -= 1.5;
  return std::max(score, 0.1);
}

// How much a row is about: the amount before the price, never a reference.
int FindMeasure(const Context& x, int t, int key) {
  const auto& columns = x.schema->tables[static_cast<std::size_t>(t)].columns;
  for (const char* word : {"amount", "total", "revenu", "sale", "price", "cost", "valu"}) {
    for (int c = 0; c < static_cast<int>(columns.size()); ++c) {
      const auto& words = x.lexicon.NameOf(t, c).words;
      const bool number = schema::IsNumber(columns[static_cast<std::size_t>(c)].type_class);
      const bool reference = c == key || x.joins.EdgeFromColumn(t, c) >= 0 || Ends(words, "id");
      if (number && !reference && std::find(words.begin(), words.end(), word) != words.end()) return c;
    }
  }
  return -1;
}

}  // namespace

bool AboutLife(const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [](const std::string& w) {
    return w == "birth" || w == "birthday" || w == "birthdat" || w == "dob" || w == "updat" || w == "expir" ||
           w == "modifi";
  });
}

std::vector<TableDefaults> FindDefaults(const Context& x) {
  std::vector<TableDefaults> all(x.schema->tables.size());
  for (int t = 0; t < static_cast<int>(all.size()); ++t) {
    const schema::Table& table = x.schema->tables[static_cast<std::size_t>(t)];
    if (!table.readable) continue;
    TableDefaults& d = all[static_cast<std::size_t>(t)];
    double best = 0;
    for (int c = 0; c < static_cast<int>(table.columns.size()); ++c) {
      double score = DisplayScore(x, t, c);
      if (score > best) best = score, d.display = c, d.display_strength = score;
    }
    if (table.primary_key.size() == 1) d.key = table.primary_key[0];
    // Without a declared key: what others refer to, then a unique column that looks like an identifier.
    for (int pass = 0; pass < 2 && table.primary_key.empty(); ++pass) {
      for (int c = 0; c < static_cast<int>(table.columns.size()) && d.key < 0; ++c) {
        if (!x.joins.IsUnique(t, c)) continue;
        bool referred = false;
        for (int e : x.joins.EdgesOf(t)) {
          const schema::JoinEdge& edge = x.joins.edges()[static_cast<std::size_t>(e)];
          referred |= edge.table2 == t && edge.columns.size() == 1 && edge.columns[0].second == c;
        }
        std::string folded = schema::Fold(table.columns[static_cast<std::size_t>(c)].name);
        bool id = folded.ends_with("id") || folded.ends_with("code") || folded.ends_with("key");
        if (pass == 0 ? referred : id) d.key = c;
      }
    }
    for (int c = 0; c < static_cast<int>(table.columns.size()) && d.key < 0 && table.primary_key.empty(); ++c) {
      for (int e : x.joins.EdgesOf(t)) {
        const schema::JoinEdge& edge = x.joins.edges()[static_cast<std::size_t>(e)];
        if (edge.table2 == t && edge.to_one && edge.columns.size() == 1 && edge.columns[0].second == c) d.key = c;
      }
    }
    // "which orders": a state that many rows share does not tell them apart, a key does.
    const schema::ColumnValues* shared = d.display >= 0 ? x.values.Of(t, d.display) : nullptr;
    bool state = d.display_strength < 5 && d.display >= 0 && !x.joins.IsUnique(t, d.display) &&
                 (table.columns[static_cast<std::size_t>(d.display)].type_class == schema::TypeClass::kEnum ||
                  (shared != nullptr && shared->complete && shared->values.size() <= 12));
    if (state && table.primary_key.size() == 1) d.display = d.key, d.display_strength = 0.5;
    if (d.display < 0 && !table.columns.empty()) d.display = d.key >= 0 ? d.key : 0;
    int times = 0;
    for (int c = 0; c < static_cast<int>(table.columns.size()); ++c) {
      const schema::Column& column = table.columns[static_cast<std::size_t>(c)];
      const auto& words = x.lexicon.NameOf(t, c).words;
      if (schema::IsMoment(column.type_class) && !AboutLife(words)) {
        bool better = d.time < 0;
        for (const char* w : {"creat", "order", "place", "start", "transact", "sale", "purchas"}) {
          better |= std::find(words.begin(), words.end(), w) != words.end() && times > 0;
        }
        if (better) d.time = c;
        ++times;
      }
    }
    d.measure = FindMeasure(x, t, d.key);
    for (const DefaultColumn& rule : x.glossary.defaults) {
      const std::string bare = schema::Fold(table.name), wanted = schema::Fold(rule.table);
      if (wanted != bare && wanted != schema::Fold(table.schema) + "." + bare) continue;
      const auto named = std::find_if(table.columns.begin(), table.columns.end(), [&](const schema::Column& column) {
        return schema::Fold(column.name) == schema::Fold(rule.column);
      });
      if (named == table.columns.end()) continue;
      const int c = static_cast<int>(named - table.columns.begin());
      if (rule.role == "display") d.display = c;
      if (rule.role == "time") d.time = c;
      if (rule.role == "measure") d.measure = c;
    }
  }
  return all;
}

}  // namespace toomai::templates
