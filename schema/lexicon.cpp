#include "schema/lexicon.h"

#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "schema/ja_verbs.h"
#include "schema/stem.h"

namespace toomai::schema {
namespace {

// Words of a name that add nothing to it: "tbl_customer", "cars_data", "model_list".
bool IsNoise(const std::string& word) {
  static const std::unordered_set<std::string_view> noise = {"tbl",    "table",  "data", "info", "inform", "list",
                                                             "ref",    "dim",    "fact", "tab",  "mst",    "master",
                                                             "detail", "record", "t",    "vw",   "stg"};
  return noise.count(word) != 0;
}

// Last words that say little by themselves: "order number" is not "number".
bool IsGeneric(const std::string& stem) {
  static const std::unordered_set<std::string_view> generic = {
      "id", "name", "code", "number", "date", "type", "key", "uid", "time", "no",  "flag", "valu", "yn",
      "of", "is",   "has",  "the",    "in",   "to",   "by",  "and", "or",   "for", "a",    "made", "make"};
  return generic.count(stem) != 0;
}

std::vector<std::string> Stems(const std::vector<std::string>& words) {
  std::vector<std::string> stems;
  for (const std::string& word : words) {
    std::string_view longer = ExpandAbbreviation(word);
    if (longer.empty()) {
      stems.push_back(Stem(word));
      continue;
    }
    for (const std::string& part : Split(longer, ' ')) stems.push_back(Stem(part));
  }
  return stems;
}

bool AllIdeographs(std::string_view text) {
  bool any = false;
  for (std::size_t i = 0; i < text.size();) {
    char32_t c = NextCodePoint(text, &i);
    if (!IsIdeograph(c)) return false;
    any = true;
  }
  return any;
}

}  // namespace

const std::vector<std::string>& SynonymsOf(const std::string& stem) {
  static const std::unordered_map<std::string, std::vector<std::string>> table = [] {
    std::unordered_map<std::string, std::vector<std::string>> map;
    auto add = [&map](std::string_view group) {
      std::vector<std::string> stems;
      for (const std::string& word : Split(group, ' ')) stems.push_back(Stem(word));
      for (const std::string& a : stems) {
        for (const std::string& b : stems) {
          if (a != b) map[a].push_back(b);
        }
      }
    };
#define TOOMAI_SYNONYMS(group) add(group);
#include "schema/synonyms.inc"
#undef TOOMAI_SYNONYMS
    return map;
  }();
  static const std::vector<std::string> none;
  auto it = table.find(stem);
  return it == table.end() ? none : it->second;
}

std::string Lexicon::KeyOfStems(std::vector<std::string> stems) {
  std::sort(stems.begin(), stems.end());
  std::string key;
  for (const std::string& stem : stems) {
    if (!key.empty()) key.push_back(' ');
    key += stem;
  }
  return key;
}

std::string Lexicon::Key(const std::vector<Token>& tokens, std::size_t from, std::size_t to) {
  if (tokens[from].kind == TokenKind::kIdeograph) {
    std::string key;
    for (std::size_t i = from; i < to; ++i) key += tokens[i].norm;
    return key;
  }
  std::vector<std::string> stems;
  for (std::size_t i = from; i < to; ++i) {
    if (tokens[i].kind == TokenKind::kPunctuation) continue;
    if (tokens[i].norm.find('_') == std::string::npos) {
      stems.push_back(tokens[i].stem);
    } else {
      for (const std::string& part : Split(tokens[i].norm, '_')) {
        if (!part.empty()) stems.push_back(Stem(part));
      }
    }
  }
  return KeyOfStems(std::move(stems));
}

const std::vector<NameHit>* Lexicon::FindKey(const std::string& key) const {
  auto it = phrases_.find(key);
  return it == phrases_.end() ? nullptr : &it->second;
}

const std::vector<NameHit>* Lexicon::Find(const std::vector<Token>& tokens, std::size_t from, std::size_t to) const {
  return FindKey(Key(tokens, from, to));
}

void Lexicon::Add(std::string key, int table, int column, float score, bool synonym) {
  if (key.empty()) return;
  std::vector<NameHit>& hits = phrases_[std::move(key)];
  for (NameHit& hit : hits) {
    if (hit.table == table && hit.column == column) {
      if (score > hit.score) {
        hit.score = score;
        hit.synonym = synonym;
      }
      return;
    }
  }
  hits.push_back({table, column, score, synonym});
}

// The whole phrase, each word replaced by its synonyms, and parts of it with less weight.
void Lexicon::AddPhrases(const std::vector<std::string>& words, int table, int column, float score) {
  std::size_t n = words.size();
  if (n == 0 || n > 8) return;
  Add(KeyOfStems(words), table, column, score);
  // Glued in the question as well: "homepage" for home_page.
  if (n == 2) Add(Stem(words[0] + words[1]), table, column, score * 0.97f);
  for (std::size_t i = 0; i < n; ++i) {
    for (const std::string& synonym : SynonymsOf(words[i])) {
      std::vector<std::string> other = words;
      other[i] = synonym;
      Add(KeyOfStems(std::move(other)), table, column, score * 0.8f, true);
    }
  }
  if (n < 2) return;
  for (std::size_t length = 1; length < n; ++length) {
    for (std::size_t i = 0; i + length <= n; ++i) {
      std::vector<std::string> part(words.begin() + static_cast<long>(i),
                                    words.begin() + static_cast<long>(i + length));
      bool generic = true;
      for (const std::string& w : part) generic &= IsGeneric(w);
      float share = static_cast<float>(length) / static_cast<float>(n);
      bool head = i + length == n;
      float weight = generic ? 0.3f + 0.2f * share : 0.5f + 0.3f * share + (head ? 0.16f : 0.f);
      Add(KeyOfStems(part), table, column, score * weight);
      if (length == 1 && !generic) {
        for (const std::string& synonym : SynonymsOf(part[0])) Add(synonym, table, column, score * weight * 0.8f, true);
      }
    }
  }
}

// "客户名称", "Customer's name (客户 / 顧客): as on the contract", "性别 1:男 2:女". The first words in English, every
// run of ideographs of the head, and labels of values.
void Lexicon::AddComment(std::string_view comment, int table, int column) {
  constexpr std::size_t kMaxCommentTokens = 512;
  std::vector<Token> tokens = Tokenize(comment, kMaxCommentTokens);
  std::size_t labels_from = tokens.size(), label_end = 0;
  for (std::size_t i = 0; column >= 0 && i + 2 < tokens.size(); ++i) {
    bool mark = tokens[i + 1].norm == "=" || tokens[i + 1].norm == ":";
    bool code = tokens[i].kind == TokenKind::kNumber || tokens[i].kind == TokenKind::kWord;
    bool tight = !tokens[i + 1].space_before && !tokens[i + 2].space_before;
    if (mark && column >= 0 && tokens[i].norm == "null") {
      labels_from = std::min(labels_from, i);
      AddNullLabels(tokens, i + 2, table, column);
      break;
    }
    if (!mark || !code || !tight) continue;
    labels_from = std::min(labels_from, i);
    const bool ideographs = tokens[i + 2].kind == TokenKind::kIdeograph;
    std::size_t k = i + 2;
    while (k < tokens.size() && tokens[k].kind != TokenKind::kPunctuation && tokens[k].kind != TokenKind::kNumber) {
      if (ideographs && tokens[k].kind != TokenKind::kIdeograph) break;  // "Japan:日本 United Kingdom:英国"
      if (k + 1 < tokens.size() && (tokens[k + 1].norm == "=" || tokens[k + 1].norm == ":")) break;
      ++k;
    }
    if (k == i + 2) continue;
    std::string value(tokens[i].text);
    for (std::size_t w = i; label_end > 0 && w > label_end && tokens[w - 1].kind == TokenKind::kWord; --w)
      value = std::string(tokens[w - 1].text) + " " + value;
    label_end = k;
    if (ideographs) longest_ideographs_ = std::max(longest_ideographs_, k - i - 2);
    labels_[Key(tokens, i + 2, k)].push_back({table, column, "", std::move(value)});
  }
  int english = 0;  // segments in English so far
  int segments = 0;
  std::size_t from = 0;
  while (from < labels_from && segments < 8) {
    std::size_t to = from;
    while (to < labels_from && tokens[to].kind != TokenKind::kPunctuation && tokens[to].kind != TokenKind::kNumber)
      ++to;
    std::size_t run = from;
    while (run < to) {  // a segment may mix scripts: each run is an alias of its own
      std::size_t end = run;
      bool ideographs = tokens[run].kind == TokenKind::kIdeograph;
      while (end < to && (tokens[end].kind == TokenKind::kIdeograph) == ideographs) ++end;
      if (ideographs && end - run <= kMaxIdeographSpan) {
        AddIdeographs(Key(tokens, run, end), table, column, segments < 4 ? 0.98f : 0.85f);
        longest_ideographs_ = std::max(longest_ideographs_, end - run);
      } else if (!ideographs && end - run <= (run == 0 ? 4u : 2u) && english < 2) {
        std::vector<std::string> words;
        for (std::size_t i = run; i < end; ++i) words.push_back(tokens[i].stem);
        Add(KeyOfStems(words), table, column, run == 0 ? 0.92f : 0.85f);
      }
      if (!ideographs) ++english;
      run = end;
    }
    ++segments;
    from = to + 1;
  }
}

// "NULL: unpaid (未付款 / 未入金)": each run of words says that nothing is stored. "not yet" and the like say so of
// anything.
void Lexicon::AddNullLabels(const std::vector<Token>& tokens, std::size_t from, int table, int column) {
  constexpr std::size_t kMaxLabelTokens = 8;
  while (from < tokens.size()) {
    std::size_t to = from;
    while (to < tokens.size() && tokens[to].kind != TokenKind::kPunctuation) ++to;
    bool ideographs = from < to && tokens[from].kind == TokenKind::kIdeograph;
    static constexpr std::string_view kSayNothing[] = {"not", "still", "the", "a",   "an",
                                                       "no",  "none",  "all", "any", "unknown"};
    bool says_nothing = from < to && std::find(std::begin(kSayNothing), std::end(kSayNothing), tokens[from].norm) !=
                                         std::end(kSayNothing);
    if (from < to && to - from <= kMaxLabelTokens && !says_nothing && (ideographs ? to - from > 1 : true)) {
      const std::string label = Key(tokens, from, to);
      labels_[label].push_back({table, column, "", "", true});
      if (ideographs) longest_ideographs_ = std::max(longest_ideographs_, to - from + 1);
      // 未读, 未入金: the opposite says that something is stored.
      constexpr std::string_view kNot = "未";
      if (ideographs && label.starts_with(kNot)) {
        const std::string done = label.substr(kNot.size());
        for (const std::string& said : {"已" + done, "既" + done, done + "済", done + "済み"})
          Add(said, table, column, 0.95f);
      }
    }
    from = to + 1;
  }
}

// The whole, and for columns the part after the table's own name: "商品名称" of 商品 is also "名称".
void Lexicon::AddIdeographs(const std::string& text, int table, int column, float score) {
  Add(text, table, column, score);
  for (std::string_view tail : {"表", "テーブル", "マスタ", "信息", "情報", "数据", "一覧"}) {
    if (text.size() > tail.size() && text.ends_with(tail))
      Add(text.substr(0, text.size() - tail.size()), table, column, score * 0.98f);
  }
  if (column < 0) {
    ideographs_of_table_[table].push_back(text);
    // グループのメンバー: the rows are members.
    const std::size_t of = text.rfind("の");
    if (of != std::string::npos && of > 0 && of + 6 < text.size())
      Add(text.substr(of + 3), table, column, score * 0.9f);
    return;
  }
  // 是否活跃, 已批准, 承認済み: the property by itself.
  for (std::string_view head : {"是否", "已", "既"}) {
    if (text.size() >= head.size() + 6 && text.starts_with(head))
      Add(text.substr(head.size()), table, column, score * 0.95f);
  }
  for (std::string_view tail : {"済み", "済"}) {
    if (text.size() >= tail.size() + 6 && text.ends_with(tail)) {
      Add(text.substr(0, text.size() - tail.size()), table, column, score * 0.95f);
      break;
    }
  }
  // 推荐人, 紹介者: what the person did names the column as well.
  for (std::string_view tail : {"人", "者", "员", "員"}) {
    if (text.size() >= tail.size() + 6 && text.ends_with(tail))
      Add(text.substr(0, text.size() - tail.size()), table, column, score * 0.9f);
  }
  // "发货时间", "発送日時": when something was done is also called by what was done.
  for (std::string_view tail : {"时间", "日期", "日時", "時間", "日"}) {
    if (text.size() >= tail.size() + 6 && text.ends_with(tail)) {
      Add(text.substr(0, text.size() - tail.size()), table, column, score * 0.93f);
      break;
    }
  }
  // 料金合計, 交易渠道: its first part where the rest only adds up, its last where four characters are two words.
  for (std::string_view tail : {"合計", "合计", "总额", "総額"}) {
    if (text.size() >= tail.size() + 6 && text.ends_with(tail))
      Add(text.substr(0, text.size() - tail.size()), table, column, score * 0.85f);
  }
  constexpr std::size_t kTwoWords = 12, kWord = 6;  // bytes
  if (text.size() == kTwoWords) Add(text.substr(kWord), table, column, score * 0.78f);
  auto own = ideographs_of_table_.find(table);
  if (own == ideographs_of_table_.end()) return;
  for (const std::string& name : own->second) {
    if (text.size() <= name.size() || text.rfind(name, 0) != 0) continue;
    std::string rest = text.substr(name.size());
    if (rest.rfind("の", 0) == 0 || rest.rfind("的", 0) == 0) rest = rest.substr(3);
    if (!rest.empty()) Add(rest, table, column, score * 0.97f);
  }
}

// Chinese and Japanese words that no comment says, through their English.
void Lexicon::AddCommonTerms() {
  struct Term {
    std::string_view term, english;
    bool own;
  };
  static const Term kTerms[] = {
#define TOOMAI_TERM(term, english) {term, english, false},
#define TOOMAI_OWN_TERM(term, english) {term, english, true},
#include "schema/cjk_terms.inc"
#undef TOOMAI_OWN_TERM
#undef TOOMAI_TERM
  };
  std::unordered_set<std::string> added;
  for (const auto& [term, english, only_own] : kTerms) {
    std::string said(term);
    auto own_name = phrases_.find(said);
    if (own_name != phrases_.end() && added.count(said) == 0 && english != "name" &&
        std::any_of(own_name->second.begin(), own_name->second.end(), [](const NameHit& h) { return h.score > 0.89f; }))
      continue;
    auto known = phrases_.find(KeyOfStems(Stems(Split(std::string(english), ' '))));
    if (known == phrases_.end()) continue;
    std::vector<NameHit> hits = known->second;
    if (only_own) std::erase_if(hits, [](const NameHit& hit) { return hit.synonym; });
    if (hits.empty()) continue;
    for (NameHit& hit : hits) {
      // 成员 for a table whose comment ends so, 群成员, is its name.
      bool tail = false;
      if (auto own = ideographs_of_table_.find(hit.table); hit.column < 0 && own != ideographs_of_table_.end()) {
        for (const std::string& name : own->second) tail |= name.ends_with(said);
      }
      Add(said, hit.table, hit.column, tail ? 0.93f : hit.score * 0.95f, hit.synonym);
    }
    added.insert(std::move(said));
    longest_ideographs_ = std::max(longest_ideographs_, CountCodePoints(term));
  }
}

// 借りた for a table 貸出 or loans.
void Lexicon::AddJapaneseVerbs() {
  constexpr float kNamed = 0.75f;
  for (const VerbForms& verb : JapaneseVerbs()) {
    std::vector<NameHit> hits;
    for (std::string_view noun : verb.nouns) {
      const auto known =
          phrases_.find(static_cast<unsigned char>(noun[0]) < 0x80 ? Stem(std::string(noun)) : std::string(noun));
      if (known != phrases_.end()) hits.insert(hits.end(), known->second.begin(), known->second.end());
    }
    for (const std::string& form : verb.forms) {
      for (const NameHit& hit : hits) {
        if (hit.score >= kNamed && !hit.synonym) Add(form, hit.table, hit.column, hit.score * 0.95f);
      }
      if (!hits.empty()) longest_ideographs_ = std::max(longest_ideographs_, CountCodePoints(form));
    }
  }
}

const std::vector<ValueLabel>* Lexicon::Labels(const std::string& key) const {
  auto it = labels_.find(key);
  return it == labels_.end() ? nullptr : &it->second;
}

namespace {

// What remains of each name after a mark that all begin with ("sb" of sbcustomer, sbticker; "sbtx" of a table's
// columns); the names themselves where they share none or where it is a word.
std::vector<std::string> WithoutSharedMark(const NameSplitter& splitter, std::vector<std::string> names) {
  constexpr std::size_t kFewest = 3, kShortest = 2, kLongest = 6;
  if (names.size() < kFewest) return names;
  for (const std::string mark : {"tbl", "dim", "fact", "mst", "vw", "stg"}) {  // says what kind of thing it is
    if (!std::all_of(names.begin(), names.end(), [&](const std::string& n) {
          return n.size() > mark.size() + 1 && n.starts_with(mark) && n[mark.size()] != '_';
        }))
      continue;
    for (std::string& name : names) name.erase(0, mark.size());
    return names;
  }
  std::size_t shared = std::min(names.front().size(), kLongest);
  for (const std::string& name : names) {
    if (name.find('_') != std::string::npos) return names;  // its words stand apart already
    const auto differ = std::mismatch(name.begin(), name.end(), names.front().begin(), names.front().end());
    shared = std::min(shared, static_cast<std::size_t>(differ.first - name.begin()));
  }
  for (; shared >= kShortest; --shared) {
    const std::string mark = names.front().substr(0, shared);
    if (splitter.Knows(mark) || mark.find_first_not_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos) continue;
    std::size_t words = 0;
    for (const std::string& name : names) {
      const std::string rest = name.substr(shared);
      words += !rest.empty() && (rest == "id" || splitter.Knows(rest) || splitter.Split(rest).size() > 1) ? 1 : 0;
    }
    if (words * 4 < names.size() * 3) continue;  // most remainders are words, or it is no mark
    for (std::string& name : names) {
      if (name.size() > shared) name.erase(0, shared);
    }
    return names;
  }
  return names;
}

// The schema with the marks taken off its names.
Schema Unmarked(const NameSplitter& splitter, const Schema& schema) {
  Schema plain = schema;
  std::vector<std::string> tables;
  for (const Table& table : schema.tables) tables.push_back(table.name);
  tables = WithoutSharedMark(splitter, std::move(tables));
  for (std::size_t t = 0; t < plain.tables.size(); ++t) {
    plain.tables[t].name = tables[t];
    std::vector<std::string> columns;
    for (const Column& column : plain.tables[t].columns) columns.push_back(column.name);
    columns = WithoutSharedMark(splitter, std::move(columns));
    for (std::size_t c = 0; c < columns.size(); ++c) plain.tables[t].columns[c].name = columns[c];
  }
  return plain;
}

}  // namespace

void Lexicon::AddTable(const Schema& schema, int t) {
  const Table& table = schema.tables[t];
  std::vector<std::string> words = Stems(splitter_.Split(table.name));
  std::vector<std::string> telling;
  for (const std::string& w : words) {
    if (!IsNoise(w)) telling.push_back(w);
  }
  if (telling.empty()) telling = words;
  table_words_[t] = telling;
  Add(KeyOfStems(words), t, -1, 1.f);
  AddPhrases(telling, t, -1, 0.99f);
  Add(Fold(table.name), t, -1, 1.f);
  if (AllIdeographs(Fold(table.name))) {
    longest_ideographs_ = std::max(longest_ideographs_, CountCodePoints(table.name));
    AddIdeographs(Fold(table.name), t, -1, 1.f);
  }
  if (!table.comment.empty()) AddComment(table.comment, t, -1);
}

void Lexicon::AddColumn(const Schema& schema, int t, int c) {
  const Column& column = schema.column(t, c);
  std::vector<std::string> raw = splitter_.Split(column.name);
  ColumnName& name = columns_[t][c];
  name.words = Stems(raw);
  // "aid" of author, "pid" of publication: the letters before "id" begin the table's name.
  std::string lower = Fold(column.name);
  if (raw.size() <= 2 && lower.size() <= 5 && lower.size() > 2 && lower.ends_with("id") &&
      Fold(schema.tables[t].name).rfind(lower.substr(0, lower.size() - 2), 0) == 0) {
    name.words = {"id"};
  }
  for (const std::string& w : name.words) {
    bool of_table = std::find(table_words_[t].begin(), table_words_[t].end(), w) != table_words_[t].end();
    if (!of_table) name.core.push_back(w);
  }
  if (name.core.empty()) name.core = name.words;
  AddPhrases(name.words, t, c, 1.f);
  if (name.core.size() != name.words.size()) AddPhrases(name.core, t, c, 1.f);
  // "account manager" for account_manager_id.
  const bool keyed = name.words.size() > 2 && (name.words.back() == "id" || name.words.back() == "code");
  if (keyed) Add(KeyOfStems({name.words.begin(), name.words.end() - 1}), t, c, 0.95f);
  std::vector<std::string> plain;  // short forms as they stand
  for (const std::string& w : raw) plain.push_back(Stem(w));
  if (plain != name.words) AddPhrases(plain, t, c, 0.98f);
  Add(Fold(column.name), t, c, 1.f);
  // "stadium name" for stadium.name.
  std::vector<std::string> with_table = table_words_[t];
  if (with_table.size() <= 2) {
    for (const std::string& w : name.core) with_table.push_back(w);
    Add(KeyOfStems(with_table), t, c, 1.f);
    for (std::size_t i = 0; i < table_words_[t].size(); ++i) {
      for (const std::string& synonym : SynonymsOf(table_words_[t][i])) {
        std::vector<std::string> other = with_table;
        other[i] = synonym;
        Add(KeyOfStems(other), t, c, 0.85f);
      }
    }
    if (table_words_[t].size() == 2) {
      for (const std::string& w : table_words_[t]) {
        std::vector<std::string> head = {w};
        head.insert(head.end(), name.core.begin(), name.core.end());
        Add(KeyOfStems(head), t, c, 0.9f);
      }
    }
  }
  std::string folded = Fold(column.name);
  if (AllIdeographs(folded)) {
    longest_ideographs_ = std::max(longest_ideographs_, CountCodePoints(folded));
    AddIdeographs(folded, t, c, 1.f);
  }
  if (!column.comment.empty()) AddComment(column.comment, t, c);
}

Lexicon::Lexicon(const Schema& schema, const std::vector<std::pair<std::string, std::string>>& synonyms) {
  std::size_t n = schema.tables.size();
  table_words_.resize(n);
  columns_.resize(n);
  for (const Table& table : schema.tables) {
    for (const std::string& part : Split(Fold(table.name), '_')) {
      if (part.size() >= 4) splitter_.AddWord(part);
      if (part.size() >= 4 && part.ends_with('s')) splitter_.AddWord(part.substr(0, part.size() - 1));
    }
  }
  const Schema plain = Unmarked(splitter_, schema);
  for (std::size_t t = 0; t < n; ++t) {
    if (!schema.tables[t].readable) continue;
    AddTable(plain, static_cast<int>(t));
    Add(Fold(schema.tables[t].name), static_cast<int>(t), -1, 1.f);
    columns_[t].resize(schema.tables[t].columns.size());
    for (std::size_t c = 0; c < schema.tables[t].columns.size(); ++c) {
      if (!schema.tables[t].columns[c].readable) continue;
      AddColumn(plain, static_cast<int>(t), static_cast<int>(c));
      Add(Fold(schema.tables[t].columns[c].name), static_cast<int>(t), static_cast<int>(c), 1.f);
    }
  }
  for (const auto& [word, target] : synonyms) {
    std::vector<Token> tokens = Tokenize(word, 16);
    if (tokens.empty()) continue;
    std::string key = Key(tokens, 0, tokens.size());
    if (tokens[0].kind == TokenKind::kIdeograph) longest_ideographs_ = std::max(longest_ideographs_, tokens.size());
    std::string wanted = Fold(target);
    for (std::size_t t = 0; t < n; ++t) {
      const Table& table = schema.tables[t];
      std::string bare = Fold(table.name), full = Fold(table.schema) + "." + bare;
      if (wanted == bare || wanted == full) Add(key, static_cast<int>(t), -1, 1.05f);
      for (std::size_t c = 0; c < table.columns.size(); ++c) {
        std::string column = Fold(table.columns[c].name);
        if (wanted == bare + "." + column || wanted == full + "." + column) {
          Add(key, static_cast<int>(t), static_cast<int>(c), 1.05f);
        }
      }
    }
  }
  AddSpellings(schema);
  AddCommonTerms();
  AddJapaneseVerbs();
  for (auto& [key, hits] : phrases_) {
    std::stable_sort(hits.begin(), hits.end(), [](const NameHit& a, const NameHit& b) { return a.score > b.score; });
  }
}

}  // namespace toomai::schema
