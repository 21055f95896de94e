#include "schema/linker.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "base/text.h"
#include "schema/lexicon.h"
#include "schema/stem.h"

namespace toomai::schema {
namespace {

// What a word is worth by where it stands.
constexpr float kTableNameWeight = 2.5f, kColumnWeight = 1.0f, kSchemaNameWeight = 0.8f, kCommentWeight = 0.45f;
constexpr float kAbbreviationFactor = 0.9f, kSynonymFactor = 0.5f, kTypoFactor = 0.6f;
constexpr double kValueWeight = 1.2;  // a value of a column, per word named
constexpr double kCompany = 0.55;     // of what a whole schema explains of the question, added to each of its tables
constexpr double kJoinShare = 0.3;    // of a table's score, given to its neighbours
constexpr double kAliasWeight = 3.0, kPriorWeight = 1.0;
constexpr std::size_t kSpreadFrom = 40;  // the best tables give to their neighbours
constexpr std::size_t kMaxCommentBytes = 400;
constexpr std::size_t kCommonWord = 1500, kEnoughTables = 30;
constexpr std::size_t kMaxTableLinks = 200, kMaxColumnLinks = 300;
constexpr std::size_t kWholeTables = 8;  // of the best tables every column is listed, named or not
constexpr double kTableInColumn = 0.3;   // of its table's score, in a column's
constexpr double kKeyWeight = 0.5;       // joins need keys that no question names
constexpr std::size_t kMaxValueSpan = 6;

}  // namespace

bool IsStopWord(const std::string& stem) {
  static const std::unordered_set<std::string> kWords = {
      "the",     "a",      "an",     "of",      "is",      "are",      "was",    "were",  "be",      "in",     "on",
      "at",      "to",     "for",    "and",     "or",      "by",       "with",   "from",  "what",    "which",  "who",
      "whom",    "whose",  "how",    "mani",    "much",    "show",     "list",   "find",  "give",    "return", "tell",
      "me",      "all",    "each",   "every",   "that",    "this",     "these",  "those", "do",      "doe",    "did",
      "have",    "has",    "had",    "their",   "his",     "her",      "its",    "it",    "they",    "them",   "there",
      "than",    "more",   "less",   "most",    "least",   "not",      "no",     "as",    "any",     "some",   "both",
      "either",  "but",    "if",     "can",     "you",     "i",        "we",     "my",    "display", "pleas",  "s",
      "where",   "when",   "been",   "one",     "differ",  "distinct", "number", "count", "total",   "order",  "sort",
      "descend", "ascend", "averag", "maximum", "minimum", "among",    "out",    "up",    "also",    "only",   "other",
      "same",    "into",   "about",  "after",   "befor"};
  return kWords.count(stem) > 0;
}

// What one question adds up, kept per thread so that a call allocates little.
struct Linker::Scratch {
  std::vector<double> score;  // per table
  std::vector<float> best;    // of the current word, per table
  std::vector<int> touched, word_touched;
  std::vector<float> by_group;  // best of the current word per schema
  std::vector<double> group_sum;
  std::vector<int> groups_touched;
  std::vector<std::pair<int, float>> counted;  // terms of the question and their factors
  std::vector<int> place;                      // 1-based rank of a chosen table, else 0
  std::unordered_map<std::int64_t, double> columns;
  std::vector<std::pair<int, LinkReason>> reasons;

  void Reset(std::size_t tables, std::size_t groups) {
    if (score.size() != tables || group_sum.size() != groups) {
      score.assign(tables, 0);
      best.assign(tables, 0);
      place.assign(tables, 0);
      by_group.assign(groups, 0);
      group_sum.assign(groups, 0);
      touched.clear();
    }
    for (int table : touched) score[static_cast<std::size_t>(table)] = 0;
    touched.clear();
    std::fill(group_sum.begin(), group_sum.end(), 0);
    columns.clear();
    counted.clear();
    reasons.clear();
  }
  void Add(int table, double amount) {
    double& slot = score[static_cast<std::size_t>(table)];
    if (slot == 0 && amount > 0) touched.push_back(table);
    slot += amount;
  }
};

int Linker::TermOf(const std::string& word) {
  auto [found, made] = term_by_word_.try_emplace(word, static_cast<int>(terms_.size()));
  if (made) {
    terms_.emplace_back();
    term_words_.push_back(word);
  }
  return found->second;
}

int Linker::FindTerm(const std::string& word) const {
  auto found = term_by_word_.find(word);
  return found == term_by_word_.end() ? -1 : found->second;
}

void Linker::AddWords(std::string_view text, bool is_name, int table, int column, Field field, float weight) {
  const auto post = [&](const std::string& word, float factor) {
    if (word.empty()) return;
    terms_[static_cast<std::size_t>(TermOf(word))].postings.push_back(
        {table, static_cast<std::int16_t>(std::clamp(column, -1, 32767)), field, weight * factor});
  };
  std::vector<std::string> words;
  if (is_name) {
    auto [cached, made] = split_cache_.try_emplace(std::string(text));
    if (made) cached->second = splitter_.Split(text);
    words = cached->second;
  } else {
    std::string pair;
    for (const Token& token : Tokenize(text.substr(0, kMaxCommentBytes), 60)) {
      if (token.kind == TokenKind::kIdeograph) {
        // Languages without blanks: pairs of characters.
        if (!pair.empty()) post(pair + token.norm, 1);
        pair = token.norm;
        continue;
      }
      pair.clear();
      if (token.kind == TokenKind::kWord && !IsStopWord(token.stem)) words.push_back(token.norm);
    }
  }
  // A long column name is named only in part by one word.
  const float coverage =
      field == Field::kColumn && words.size() > 1 ? 0.55f + 0.45f / static_cast<float>(words.size()) : 1.0f;
  std::string pair;
  for (const std::string& word : words) {
    if (!word.empty() && static_cast<unsigned char>(word[0]) >= 0x80) {
      std::string previous;
      for (std::size_t i = 0; i < word.size();) {
        const std::size_t begin = i;
        NextCodePoint(word, &i);
        const std::string character = word.substr(begin, i - begin);
        if (!previous.empty()) post(previous + character, coverage);
        previous = character;
      }
      continue;
    }
    const std::string stem = Stem(word);
    post(stem, coverage);
    const std::string_view full = ExpandAbbreviation(word);
    if (!full.empty() && Stem(full) != stem) post(Stem(full), coverage * kAbbreviationFactor);
  }
}

void Linker::AddTable(int table) {
  const Table& info = schema_.tables[static_cast<std::size_t>(table)];
  AddWords(info.name, true, table, -1, Field::kTableName, kTableNameWeight);
  if (info.schema != "public") AddWords(info.schema, true, table, -1, Field::kSchemaName, kSchemaNameWeight);
  if (!info.comment.empty()) AddWords(info.comment, false, table, -1, Field::kComment, kCommentWeight * 1.5f);
  for (std::size_t c = 0; c < info.columns.size(); ++c) {
    const Column& column = info.columns[c];
    AddWords(column.name, true, table, static_cast<int>(c), Field::kColumn, kColumnWeight);
    if (!column.comment.empty())
      AddWords(column.comment, false, table, static_cast<int>(c), Field::kComment, kCommentWeight);
    for (const auto& label : column.enum_values)
      AddWords(label, false, table, static_cast<int>(c), Field::kComment, kCommentWeight);
  }
}

Linker::Linker(const Schema& schema, const ValueIndex* values, const JoinGraph* joins)
    : schema_(schema), values_(values), joins_(joins) {
  const std::size_t count = schema.tables.size();
  representative_.resize(count);
  group_of_.resize(count);
  families_ = FindFamilies(schema);
  for (std::size_t i = 0; i < count; ++i) representative_[i] = static_cast<int>(i);
  for (const Family& family : families_) {
    for (int member : family.members) representative_[static_cast<std::size_t>(member)] = family.members.back();
  }
  std::unordered_map<std::string, int> groups;
  for (std::size_t i = 0; i < count; ++i) {
    const auto [found, made] = groups.try_emplace(schema.tables[i].schema, static_cast<int>(groups.size()));
    if (made) group_tables_.emplace_back();
    group_of_[i] = found->second;
    group_tables_[static_cast<std::size_t>(found->second)].push_back(static_cast<int>(i));
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (representative_[i] == static_cast<int>(i) && schema.tables[i].readable) AddTable(static_cast<int>(i));
  }
  Finish();
}

void Linker::Finish() {
  split_cache_.clear();
  const double tables = static_cast<double>(std::max<std::size_t>(1, schema_.tables.size()));
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    auto& postings = terms_[i].postings;
    int distinct = 0, last = -1;
    for (const Posting& posting : postings) {
      if (posting.table != last) ++distinct;
      last = posting.table;
    }
    postings.shrink_to_fit();
    terms_[i].idf = static_cast<float>(std::log(1.0 + (tables - distinct + 0.5) / (distinct + 0.5)));
    if (static_cast<unsigned char>(term_words_[i][0]) < 0x80) typos_.Add(term_words_[i], static_cast<int>(i));
  }
}

void Linker::Count(int term, float factor, Scratch* scratch) const {
  const Term& info = terms_[static_cast<std::size_t>(term)];
  scratch->counted.emplace_back(term, factor);
  // A word that thousands of tables have does not bring in new ones; it only adds to those that rarer words named.
  const bool common = info.postings.size() > kCommonWord && scratch->touched.size() >= kEnoughTables;
  for (const Posting& posting : info.postings) {
    if (common && scratch->score[static_cast<std::size_t>(posting.table)] == 0) continue;
    const float value = info.idf * posting.weight * factor;
    float& best = scratch->best[static_cast<std::size_t>(posting.table)];
    if (best == 0) scratch->word_touched.push_back(posting.table);
    if (value > best) best = value;
  }
}

void Linker::AddWholeTable(int table, const LearnedAliases* learned, Scratch* scratch) const {
  const Table& info = schema_.tables[static_cast<std::size_t>(table)];
  const auto slot = [&](int column) -> double& {
    return scratch->columns[(static_cast<std::int64_t>(table) << 32) | static_cast<std::uint32_t>(column)];
  };
  for (std::size_t c = 0; c < info.columns.size(); ++c)
    slot(static_cast<int>(c)) += learned ? kPriorWeight * learned->Prior(table, static_cast<int>(c)) : 0;
  for (int column : info.primary_key) slot(column) += kKeyWeight;
  for (const ForeignKey& key : info.foreign_keys) {
    for (int column : key.columns) slot(column) += kKeyWeight;
  }
}

// Columns of the chosen tables only: each adds up what the words say of its own name and comment.
void Linker::CountColumns(const LearnedAliases* learned, Scratch* scratch, Links* links) const {
  for (std::size_t i = 0; i < links->tables.size(); ++i)
    scratch->place[static_cast<std::size_t>(links->tables[i].table)] = static_cast<int>(i) + 1;
  for (const auto& [term, factor] : scratch->counted) {
    const Term& info = terms_[static_cast<std::size_t>(term)];
    for (const Posting& posting : info.postings) {
      if (posting.column < 0 || scratch->place[static_cast<std::size_t>(posting.table)] == 0) continue;
      scratch->columns[(static_cast<std::int64_t>(posting.table) << 32) | static_cast<std::uint32_t>(posting.column)] +=
          static_cast<double>(info.idf * posting.weight * factor);
    }
  }
  for (std::size_t i = 0; i < std::min(kWholeTables, links->tables.size()); ++i)
    AddWholeTable(links->tables[i].table, learned, scratch);
  for (const auto& [key, score] : scratch->columns) {
    const int table = static_cast<int>(key >> 32);
    const int place = scratch->place[static_cast<std::size_t>(table)];
    if (place > 0)
      links->columns.push_back({table, static_cast<int>(key & 0xFFFFFFFF),
                                score + kTableInColumn * links->tables[static_cast<std::size_t>(place - 1)].score});
  }
  const std::size_t kept = std::min<std::size_t>(links->columns.size(), kMaxColumnLinks);
  std::partial_sort(links->columns.begin(), links->columns.begin() + static_cast<std::ptrdiff_t>(kept),
                    links->columns.end(), [](const ColumnLink& a, const ColumnLink& b) {
                      return a.score != b.score ? a.score > b.score
                                                : std::pair(a.table, a.column) < std::pair(b.table, b.column);
                    });
  links->columns.resize(kept);
}

void Linker::CountValues(const std::vector<Token>& tokens, Scratch* scratch, Links* links) const {
  if (!values_) return;
  std::vector<ValueHit> hits;
  std::size_t from = 0;
  const auto is_mark = [&](std::size_t at) { return tokens[at].kind == TokenKind::kPunctuation; };
  while (from < tokens.size()) {
    std::size_t taken = 0;
    const std::size_t longest = std::min({tokens.size() - from, values_->longest(), kMaxValueSpan});
    for (std::size_t size = longest; size > 0; --size) {
      if (is_mark(from) || is_mark(from + size - 1)) continue;  // "France ?" is "France"
      if (size == 1 && (tokens[from].text.size() < 2 || IsStopWord(tokens[from].stem))) continue;
      hits.clear();
      values_->Find(tokens, from, from + size, false, &hits);
      if (hits.empty()) continue;
      std::string words;
      for (std::size_t i = from; i < from + size; ++i) words += (words.empty() ? "" : " ") + tokens[i].text;
      const bool number = size == 1 && tokens[from].kind == TokenKind::kNumber;
      // A value that many columns have tells little of any of them.
      const double rarity = 1.0 / std::sqrt(static_cast<double>(hits.size()));
      const double weight =
          (number ? 0.3 : 1.0) * kValueWeight * (1.0 + 0.5 * static_cast<double>(size)) * (0.3 + 0.7 * rarity);
      std::unordered_set<int> seen;
      for (const ValueHit& hit : hits) {
        const int table = Representative(hit.table);
        if (seen.insert(table).second) {
          scratch->Add(table, weight);
          scratch->group_sum[static_cast<std::size_t>(group_of_[static_cast<std::size_t>(table)])] += weight * 0.5;
        }
        scratch->columns[(static_cast<std::int64_t>(table) << 32) | static_cast<std::uint32_t>(hit.column)] +=
            2 * weight;
        if (links->values.size() < 64) links->values.push_back({words, std::string(hit.value), table, hit.column});
        if (scratch->reasons.size() < 2000) {
          scratch->reasons.push_back(
              {table,
               {words, "value '" + Ellipsis(hit.value, 40) + "' of " + schema_.column(hit.table, hit.column).name,
                weight}});
        }
      }
      taken = size;
      break;
    }
    from += std::max<std::size_t>(1, taken);
  }
}

void Linker::Spread(Scratch* scratch) const {
  // A table in a schema that explains much of the question is likelier than the same table elsewhere.
  std::vector<int> order = scratch->touched;
  for (int table : order) {
    const double company = scratch->group_sum[static_cast<std::size_t>(group_of_[static_cast<std::size_t>(table)])];
    scratch->Add(table, kCompany * company);
  }
  if (!joins_) return;
  const std::size_t kept = std::min(kSpreadFrom, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(), [&](int a, int b) {
    return scratch->score[static_cast<std::size_t>(a)] > scratch->score[static_cast<std::size_t>(b)];
  });
  std::vector<std::pair<int, double>> gifts;
  for (std::size_t i = 0; i < kept; ++i) {
    for (int index : joins_->EdgesOf(order[i])) {
      const JoinEdge& edge = joins_->edges()[static_cast<std::size_t>(index)];
      const int other = Representative(edge.table1 == order[i] ? edge.table2 : edge.table1);
      gifts.emplace_back(other,
                         kJoinShare * scratch->score[static_cast<std::size_t>(order[i])] / std::max(1.0, edge.cost));
      scratch->reasons.push_back(
          {other, {"", "join with " + schema_.tables[static_cast<std::size_t>(order[i])].name, gifts.back().second}});
    }
  }
  // Of several neighbours the best counts: a hub must not win by their number.
  std::sort(gifts.begin(), gifts.end(),
            [](const auto& a, const auto& b) { return a.first != b.first ? a.first < b.first : a.second > b.second; });
  for (std::size_t i = 0; i < gifts.size(); ++i) {
    if (i == 0 || gifts[i].first != gifts[i - 1].first) scratch->Add(gifts[i].first, gifts[i].second);
  }
}

void Linker::CountLearned(std::string_view question, const LearnedAliases& learned, Scratch* scratch) const {
  for (const AliasHit& hit : learned.Find(LearnedAliases::GramsOf(question))) {
    const int table = Representative(hit.table);
    double weight = kAliasWeight * hit.weight;
    if (hit.column < 0) {
      weight += kPriorWeight * learned.Prior(hit.table, hit.column);
      scratch->Add(table, weight);
    } else {
      scratch->columns[(static_cast<std::int64_t>(table) << 32) | static_cast<std::uint32_t>(hit.column)] += weight;
    }
    scratch->reasons.push_back(
        {table, {hit.gram, "learned from " + std::to_string(hit.count) + " approved questions", weight}});
  }
}

// "orders" and "an order" are things; "order by", "in descending order" and "ordered" say how to sort.
static bool IsOrderedThing(const std::vector<Token>& tokens, std::size_t at) {
  const auto is_any = [&](std::size_t i, std::initializer_list<std::string_view> words) {
    return i < tokens.size() && std::find(words.begin(), words.end(), tokens[i].norm) != words.end();
  };
  if (is_any(at, {"orders"})) return true;
  const bool sorts = is_any(at + 1, {"by", "of"}) || is_any(at + 2, {"by", "of"}) ||
                     (at > 0 && is_any(at - 1, {"in", "and"})) || (at > 1 && is_any(at - 2, {"in"}));
  return is_any(at, {"order"}) && !sorts;
}

Links Linker::Link(std::string_view question, const LearnedAliases* learned) const {
  thread_local Scratch scratch;
  scratch.Reset(schema_.tables.size(), group_tables_.size());
  Links links;
  const std::vector<Token> tokens = Tokenize(question, kMaxQuestionTokens);

  // Words, each once; pairs of characters where there are no blanks.
  std::vector<std::pair<std::string, std::string>> words;  // as indexed, as written
  std::unordered_set<std::string> seen;
  const auto add = [&](const std::string& word, const std::string& written, bool thing = false) {
    if (!word.empty() && (thing || !IsStopWord(word)) && seen.insert(word).second) words.emplace_back(word, written);
  };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.kind == TokenKind::kWord) {
      add(token.stem, token.text, IsOrderedThing(tokens, i));
    } else if (token.kind == TokenKind::kIdeograph && i + 1 < tokens.size() &&
               tokens[i + 1].kind == TokenKind::kIdeograph) {
      add(token.norm + tokens[i + 1].norm, token.text + tokens[i + 1].text);
    } else if (token.kind == TokenKind::kQuoted) {
      for (const Token& inner : Tokenize(token.text, 12)) {
        if (inner.kind == TokenKind::kWord) add(inner.stem, inner.text);
      }
    }
  }
  // Rare words first: see Count().
  std::vector<int> word_terms;
  for (const auto& [word, written] : words) word_terms.push_back(FindTerm(word));
  std::vector<std::size_t> order(words.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto rarity = [&](std::size_t i) {
    return word_terms[i] < 0 ? 100.0f : terms_[static_cast<std::size_t>(word_terms[i])].idf;
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rarity(a) > rarity(b); });
  for (std::size_t index : order) {
    const std::string& word = words[index].first;
    scratch.word_touched.clear();
    const int term = word_terms[index];
    if (term >= 0) Count(term, 1, &scratch);
    for (const std::string& synonym : SynonymsOf(word)) {
      if (const int other = FindTerm(synonym); other >= 0) Count(other, kSynonymFactor, &scratch);
    }
    if (term < 0) {
      // Two glued words ("singername") or a slip of the fingers.
      for (const auto& [near, distance] : typos_.Near(word, 3)) {
        Count(near, kTypoFactor / static_cast<float>(distance), &scratch);
      }
    }
    scratch.groups_touched.clear();
    for (int table : scratch.word_touched) {
      float& best = scratch.best[static_cast<std::size_t>(table)];
      scratch.Add(table, best);
      const auto group = static_cast<std::size_t>(group_of_[static_cast<std::size_t>(table)]);
      if (scratch.by_group[group] == 0) scratch.groups_touched.push_back(static_cast<int>(group));
      scratch.by_group[group] = std::max(scratch.by_group[group], best);
      best = 0;
    }
    for (int group : scratch.groups_touched) {
      scratch.group_sum[static_cast<std::size_t>(group)] += scratch.by_group[static_cast<std::size_t>(group)];
      scratch.by_group[static_cast<std::size_t>(group)] = 0;
    }
  }
  CountValues(tokens, &scratch, &links);
  if (learned) CountLearned(question, *learned, &scratch);
  Spread(&scratch);

  links.tables.reserve(scratch.touched.size());
  for (int table : scratch.touched) {
    const auto index = static_cast<std::size_t>(table);
    if (scratch.score[index] > 0 && schema_.tables[index].readable)
      links.tables.push_back({table, scratch.score[index], {}});
  }
  const auto better = [](const TableLink& a, const TableLink& b) {
    return a.score != b.score ? a.score > b.score : a.table < b.table;
  };
  const std::size_t sorted = std::min<std::size_t>(links.tables.size(), kMaxTableLinks);
  std::partial_sort(links.tables.begin(), links.tables.begin() + static_cast<std::ptrdiff_t>(sorted),
                    links.tables.end(), better);
  links.tables.resize(sorted);
  CountColumns(learned, &scratch, &links);
  for (auto& [table, reason] : scratch.reasons) {
    const int place = scratch.place[static_cast<std::size_t>(table)];
    if (place > 0 && place <= static_cast<int>(kMaxExplained))
      links.tables[static_cast<std::size_t>(place - 1)].reasons.push_back(std::move(reason));
  }
  for (const TableLink& link : links.tables) scratch.place[static_cast<std::size_t>(link.table)] = 0;
  return links;
}

std::size_t Linker::memory_bytes() const {
  std::size_t bytes = 0;
  for (const Term& term : terms_) bytes += sizeof(Term) + term.postings.capacity() * sizeof(Posting) + 64;
  return bytes + schema_.tables.size() * 16;
}

}  // namespace toomai::schema
