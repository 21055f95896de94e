#include "templates/mention_reader.h"

#include <algorithm>

#include "schema/ja_verbs.h"
#include "schema/stem.h"
#include "templates/derived_columns.h"
#include "templates/row_keys.h"
#include "templates/verbs.h"

namespace toomai::templates {
namespace {

// Columns that only say yes or no: boolean, or two or three such values.
bool IsBooleanLike(const Context& x, int table, int column) {
  if (x.Column(table, column).type_class == schema::TypeClass::kBoolean) return true;
  const schema::ColumnValues* values = x.values.Of(table, column);
  if (values == nullptr || values->values.empty() || values->values.size() > 3) return false;
  for (const std::string& v : values->values) {
    std::string f = schema::Fold(v);
    if (f != "0" && f != "1" && f != "t" && f != "f" && f != "y" && f != "n" && f != "yes" && f != "no" &&
        f != "true" && f != "false")
      return false;
  }
  return true;
}

// The table that both columns of a two-column table refer to, or -1.
int RelatedTable(const Context& x, int table) {
  if (x.schema->tables[static_cast<std::size_t>(table)].columns.size() > 2) return -1;
  int first = -1, count = 0;
  for (int e : x.joins.EdgesOf(table)) {
    const schema::JoinEdge& edge = x.joins.edges()[static_cast<std::size_t>(e)];
    if (edge.table1 != table || edge.table2 == table || edge.columns.size() != 1 || edge.cost > 2) continue;
    if (first >= 0 && edge.table2 != first) return -1;
    first = edge.table2;
    ++count;
  }
  return count == 2 ? first : -1;
}

// One of several references from `table` to the same other: "follower", "sender".
bool PlaysRole(const Context& x, int table, int edge) {
  const int to = x.joins.edges()[static_cast<std::size_t>(edge)].table2;
  const auto& edges = x.joins.EdgesOf(table);
  return std::count_if(edges.begin(), edges.end(), [&](int e) {
           const schema::JoinEdge& other = x.joins.edges()[static_cast<std::size_t>(e)];
           return other.table1 == table && other.table2 == to && other.declared;
         }) > 1;
}

// "类别", said of a column that refers to a table, names the table as well.
void NameTargets(const Context& x, Mention* m) {
  schema::NameHit hit = m->names.front();
  if (hit.column < 0 || hit.score < 0.9f) return;
  int e = x.joins.EdgeFromColumn(hit.table, hit.column);
  if (e < 0 || PlaysRole(x, hit.table, e) || !x.joins.edges()[static_cast<std::size_t>(e)].declared ||
      x.joins.edges()[static_cast<std::size_t>(e)].table2 == hit.table)
    return;
  hit.table = x.joins.edges()[static_cast<std::size_t>(e)].table2;
  hit.column = -1;
  m->names.insert(m->names.begin(), hit);
}

// "makers" names car_makers as well as the column maker that refers to it.
void PromoteTables(const Context& x, std::vector<Mention>* mentions) {
  constexpr float kPart = 0.5f, kExact = 0.95f;
  for (Mention& m : *mentions) {
    if (m.names.empty() || m.tag != Tag::kNone || m.quoted || m.BestTable() >= kExact) continue;
    float promoted = 0;
    for (schema::NameHit& table : m.names) {
      if (table.column >= 0 || table.score < kPart || table.synonym) continue;
      for (const schema::NameHit& column : m.names) {
        if (column.column < 0 || column.score < kExact) continue;
        int e = x.joins.EdgeFromColumn(column.table, column.column);
        if (e >= 0 && x.joins.edges()[static_cast<std::size_t>(e)].table2 == table.table)
          promoted = table.score = std::max(table.score, column.score);
      }
    }
    if (promoted > 0)
      std::stable_sort(m.names.begin(), m.names.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  }
}

void MarkRelations(const Context& x, std::vector<Mention>* mentions, bool ideographs) {
  for (Mention& m : *mentions) {
    if (m.names.empty() || m.tag != Tag::kNone || m.quoted) continue;
    if (ideographs && m.BestTable() < 0.9f) NameTargets(x, &m);
    const schema::NameHit& best = m.names.front();
    m.role = best.column >= 0 && best.score > 0.75f && x.joins.EdgeFromColumn(best.table, best.column) >= 0;
    if (best.score > 0.75f && RelatedTable(x, best.table) >= 0) m.relation = best.table;
    if (best.column >= 0 && best.score > 0.95f && m.BestTable() < 0.9f) {
      int e = x.joins.EdgeFromColumn(best.table, best.column);
      const bool declared = e >= 0 && x.joins.edges()[static_cast<std::size_t>(e)].declared;
      m.reference = e >= 0 && (declared ? m.BestTable() < 0.6f
                                        : x.Column(best.table, best.column).type_class == schema::TypeClass::kText);
    }
  }
}

// "网站 (website)": an unknown word explained by the name in brackets behind it.
void ReadBrackets(std::vector<Mention>* mentions) {
  for (std::size_t i = 0; i + 3 < mentions->size() + 0; ++i) {
    const Mention& unknown = (*mentions)[i];
    const Mention& name = (*mentions)[i + 2];
    const bool gloss = unknown.Unknown() && (*mentions)[i + 1].tag == Tag::kOpen && !name.names.empty() &&
                       (*mentions)[i + 3].tag == Tag::kClose;
    if (!gloss) continue;
    const auto at = mentions->begin() + static_cast<long>(i);
    mentions->erase(at + 3);
    mentions->erase(at, at + 2);
  }
}

// "which month had the …", "the year with the most …", where no column is called so: the period itself is asked for.
void FindAskedPeriods(std::vector<Mention>* mentions) {
  static constexpr std::pair<std::string_view, int> kUnits[] = {
      {"day", 1}, {"month", 2}, {"year", 3}, {"quarter", 4}, {"week", 5}};
  for (std::size_t i = 0; i + 1 < mentions->size(); ++i) {
    Mention& m = (*mentions)[i];
    const Mention& next = (*mentions)[i + 1];
    const auto* unit = std::find_if(std::begin(kUnits), std::end(kUnits), [&](const auto& u) {
      const std::string& word = m.tag == Tag::kWhich ? next.norm : m.norm;
      return word == u.first || (word.size() == u.first.size() + 1 && word.starts_with(u.first) && word.ends_with('s'));
    });
    if (unit == std::end(kUnits)) continue;
    const bool which = m.tag == Tag::kWhich && next.Unknown();
    const bool ranked = m.Unknown() && next.tag == Tag::kWith;
    if (!which && !ranked) continue;
    m.tag = Tag::kAsksPeriod;
    m.arg = unit->second;
    if (which) mentions->erase(mentions->begin() + static_cast<long>(i) + 1);
    return;
  }
}

// "active", which a comment explains because rows have it: the value, not the column that keeps it.
void PreferRowsWords(const Context& x, std::vector<Mention>* mentions) {
  for (Mention& m : *mentions) {
    if (m.values.empty() || m.names.empty() || m.tag != Tag::kNone || m.to != m.from + 1 || m.quoted) continue;
    const std::string stem = schema::Stem(m.norm);
    std::erase_if(m.names, [&](const schema::NameHit& name) {
      if (name.column < 0) return false;
      const auto& words = x.lexicon.NameOf(name.table, name.column).words;
      const bool own = std::find(words.begin(), words.end(), stem) != words.end();
      return !own && std::any_of(m.values.begin(), m.values.end(), [&](const schema::ValueHit& value) {
        return value.exact && value.table == name.table && value.column == name.column;
      });
    });
  }
}

// A word of the schema before the glossary's of the same name, unless a superlative asks for rows: "the largest
// capital", where capitals are a term for some cities.
void ReadTerms(const Context& x, std::vector<Mention>* mentions) {
  constexpr float kOwnName = 0.9f;
  auto derived = [&](const schema::NameHit& hit) {
    return hit.column >= 0 && IsDerived(x.Column(hit.table, hit.column));
  };
  for (std::size_t i = 0; i < mentions->size(); ++i) {
    Mention& m = (*mentions)[i];
    if (m.names.empty() || m.tag != Tag::kNone) continue;
    std::stable_sort(m.names.begin(), m.names.end(), [&](const schema::NameHit& a, const schema::NameHit& b) {
      return a.score != b.score ? a.score > b.score : !derived(a) && derived(b);
    });
    std::size_t before = i;
    while (before > 0 && (*mentions)[before - 1].tag == Tag::kFiller) --before;
    const Tag asked = before > 0 ? (*mentions)[before - 1].tag : Tag::kStop;
    const bool ranked = asked == Tag::kSuperMax || asked == Tag::kSuperMin;
    const bool rows_follow = i + 1 < mentions->size() && (*mentions)[i + 1].BestTable() > kOwnName;
    const auto term = std::find_if(m.names.begin(), m.names.end(), [&](const schema::NameHit& hit) {
      return derived(hit) && hit.score > kOwnName &&
             x.Column(hit.table, hit.column).type_class == schema::TypeClass::kBoolean;
    });
    if (!ranked || rows_follow || term == m.names.end()) continue;
    const schema::NameHit of = *term;
    m.names = {of};
    Mention rows = m;
    rows.names = {{of.table, -1, of.score, false}};
    m.to = m.from;
    mentions->insert(mentions->begin() + static_cast<long>(i) + 1, std::move(rows));
    ++i;
  }
}

// "active customers", a term or a yes-or-no column of customers, names them as well.
void SplitTerms(const Context& x, const std::vector<schema::Token>& tokens, std::vector<Mention>* mentions) {
  for (std::size_t i = 0; i < mentions->size(); ++i) {
    Mention& m = (*mentions)[i];
    if (m.names.empty() || m.to < m.from + 2 || m.names.front().column < 0) continue;
    const schema::NameHit& hit = m.names.front();
    const schema::Column& column = x.Column(hit.table, hit.column);
    if (column.type_class != schema::TypeClass::kBoolean) continue;
    for (std::size_t from = m.from + 1; from < m.to; ++from) {
      const auto* names = x.lexicon.Find(tokens, from, m.to);
      if (names == nullptr) continue;
      Mention rows;
      rows.from = from;
      rows.to = m.to;
      for (const schema::NameHit& name : *names) {
        if (name.column < 0 && name.table == hit.table) rows.names.push_back(name);
      }
      if (rows.names.empty() || rows.names.front().score < 0.8f) continue;
      for (std::size_t t = from; t < rows.to; ++t) rows.norm += tokens[t].norm;
      rows.text = rows.norm;
      m.to = from;
      mentions->insert(mentions->begin() + static_cast<long>(i) + 1, std::move(rows));
      break;
    }
  }
}

void MarkBooleans(const Context& x, std::vector<Mention>* mentions) {
  for (Mention& m : *mentions) {
    if (m.names.empty() || m.tag != Tag::kNone) continue;
    const schema::NameHit& best = m.names.front();
    m.boolean_like = best.column >= 0 && m.BestColumn() > m.BestTable() && IsBooleanLike(x, best.table, best.column);
    for (const schema::NameHit& hit : m.names) {
      if (hit.column < 0 || hit.score < m.BestColumn() - 0.05f) continue;
      schema::TypeClass type = x.Column(hit.table, hit.column).type_class;
      m.numeric |= schema::IsNumber(type) || schema::IsMoment(type);
    }
  }
}

// The date before mention `i`, else the one after it; null: none.
Mention* NearestDate(std::vector<Mention>* mentions, std::size_t i) {
  for (std::size_t k = i; k-- > 0;) {
    if ((*mentions)[k].is_date) return &(*mentions)[k];
  }
  for (std::size_t k = i + 1; k < mentions->size(); ++k) {
    if ((*mentions)[k].is_date) return &(*mentions)[k];
  }
  return nullptr;
}

}  // namespace

void FindRoles(const Context& x, const std::vector<Mention>& mentions, ResolveOptions* options) {
  constexpr float kNamed = 0.6f;
  for (const Mention& m : mentions) {
    for (const schema::NameHit& hit : m.names) {
      if (hit.column >= 0 && hit.score > kNamed && !hit.synonym && x.joins.EdgeFromColumn(hit.table, hit.column) >= 0)
        options->roles.emplace_back(hit.table, hit.column);
    }
    const bool word = !m.is_number && !m.is_date && !m.quoted && !m.capital && m.to == m.from + 1;
    if (word) options->verbs.push_back(VerbStem(m.norm));
  }
}

void NameCounters(std::vector<Mention>* mentions) {
  for (std::size_t i = 0; i < mentions->size(); ++i) {
    Mention& m = (*mentions)[i];
    const bool counts = i > 0 && ((*mentions)[i - 1].is_number || (*mentions)[i - 1].tag == Tag::kHowMany);
    const bool named = std::max(m.BestColumn(), m.BestTable()) >= 0.95f;
    if (m.tag == Tag::kFiller && !counts && named) m.tag = Tag::kNone;
  }
}

namespace {

// Rows of other tables are named, and none of this one.
bool OthersAlone(const std::vector<Mention>& mentions, int table) {
  bool others = false;
  for (const Mention& m : mentions) {
    if (m.tag != Tag::kNone || m.BestTable() < 0.9f || m.BestTable() < m.BestColumn()) continue;
    for (const schema::NameHit& hit : m.names) {
      if (hit.column >= 0 || hit.score < m.BestTable()) continue;
      if (hit.table == table) return false;
      others = true;
    }
  }
  return others;
}

}  // namespace

void MarkStates(const Context& x, std::vector<Mention>* mentions) {
  bool dated = false;
  for (const Mention& m : *mentions) dated |= m.is_date || m.tag == Tag::kBucket;
  for (std::size_t i = 0; i < mentions->size(); ++i) {
    Mention& m = (*mentions)[i];
    if (m.names.empty() || m.tag != Tag::kNone || m.negative || m.names.front().column < 0) continue;
    const schema::Column& column = x.Column(m.names.front().table, m.names.front().column);
    bool names_time = m.norm.ends_with("日") || m.norm.ends_with("时间") || m.norm.ends_with("日期") ||
                      m.norm.ends_with("日時") || m.norm.ends_with("時間");
    if (!schema::IsMoment(column.type_class) || names_time) continue;
    const bool so_often = i + 3 < mentions->size() && (*mentions)[i + 1].tag == Tag::kCompare &&
                          (*mentions)[i + 2].is_number &&
                          ((*mentions)[i + 3].norm == "次" || (*mentions)[i + 3].norm == "回");
    if (so_often ||
        (i + 1 < mentions->size() && (*mentions)[i + 1].tag == Tag::kCountAfter)) {  // 下单次数: how often it was done
      m.names = {{m.names.front().table, -1, m.names.front().score, false}};
      continue;
    }
    m.state = !dated && !column.not_null;
    if (m.state) continue;
    if (!dated && OthersAlone(*mentions, m.names.front().table)) {  // 下单的客户: those who have such rows
      m.names = {{m.names.front().table, -1, m.names.front().score, false}};
      continue;
    }
    if (Mention* date = NearestDate(mentions, i)) date->when = m.names;
    m.names.clear();  // the verb of the date, or of every row
    m.tag = Tag::kFiller;
  }
}

namespace {

// 借りた会員: the verb names rows, and its ending says that they describe what follows, or that there are none.
void SplitJapaneseVerbs(std::vector<Mention>* mentions) {
  for (std::size_t i = 0; i < mentions->size(); ++i) {
    const Mention& m = (*mentions)[i];
    if (m.tag != Tag::kNone || m.names.empty() || !m.values.empty()) continue;
    const schema::VerbForm form = schema::JapaneseVerbForm(m.norm);
    if (form == schema::VerbForm::kNone) continue;
    Mention ending;
    ending.tag = form == schema::VerbForm::kDone ? Tag::kRelative : Tag::kNotAfter;
    ending.from = ending.to = m.to;
    mentions->insert(mentions->begin() + static_cast<long>(i) + 1, std::move(ending));
    ++i;
  }
}

}  // namespace

bool HoldsTentative(const std::vector<Mention>& mentions) {
  return std::any_of(mentions.begin(), mentions.end(), [](const Mention& m) { return IsTentative(m.tag); });
}

std::vector<Mention> ReadMentions(const Context& x, const std::vector<schema::Token>& tokens,
                                  const ReadOptions& options, std::vector<std::string>* keys) {
  std::vector<Mention> mentions = FindMentions(
      tokens, x.lexicon, x.values,
      {options.language, {options.today, x.options.fiscal_year_start_month, options.language}, options.tentative});
  if (options.language == "ja") SplitJapaneseVerbs(&mentions);
  ReadBrackets(&mentions);
  FindAskedPeriods(&mentions);
  PreferRowsWords(x, &mentions);
  PromoteTables(x, &mentions);
  SplitTerms(x, tokens, &mentions);
  ReadTerms(x, &mentions);
  keys->clear();
  FindRowKeys(x, &mentions, keys);
  MarkBooleans(x, &mentions);
  MarkRelations(x, &mentions, options.language != "en");
  return mentions;
}

}  // namespace toomai::templates
