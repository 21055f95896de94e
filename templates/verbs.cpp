#include "templates/verbs.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "schema/stem.h"
#include "templates/derived_columns.h"

namespace toomai::templates {
namespace {

using schema::Token;
using Words = std::unordered_set<std::string_view>;

constexpr float kOwnName = 0.9f;

const std::unordered_map<std::string_view, std::string_view>& Irregular() {
  static const std::unordered_map<std::string_view, std::string_view> forms = {
      {"sent", "send"},     {"paid", "pay"},       {"sold", "sell"},   {"bought", "buy"},   {"written", "write"},
      {"wrote", "write"},   {"read", "read"},      {"left", "leave"},  {"spent", "spend"},  {"made", "make"},
      {"taken", "take"},    {"took", "take"},      {"given", "give"},  {"gave", "give"},    {"built", "build"},
      {"held", "hold"},     {"begun", "begin"},    {"began", "begin"}, {"won", "win"},      {"lost", "lose"},
      {"seen", "see"},      {"saw", "see"},        {"met", "meet"},    {"taught", "teach"}, {"caught", "catch"},
      {"chosen", "choose"}, {"driven", "drive"},   {"flown", "fly"},   {"drawn", "draw"},   {"born", "bear"},
      {"lent", "lend"},     {"borrowed", "borrow"}};
  return forms;
}

bool SaysDone(const Token& token) {  // what stands before a participle
  static const Words words = {"is",      "are",    "was",     "were",   "be",   "been",    "being", "has",    "have",
                              "had",     "not",    "never",   "yet",    "got",  "get",     "isn't", "aren't", "wasn't",
                              "weren't", "hasn't", "haven't", "hadn't", "ever", "already", "still", "who",    "that"};
  return words.count(token.norm) != 0;
}

class VerbReader {
 public:
  VerbReader(const Context& x, const std::vector<Token>& tokens, std::vector<Mention>& mentions)
      : x_(x), tokens_(tokens), mentions_(mentions) {}

  void Run() {
    FindNamed();
    for (Mention& m : mentions_) {
      how_much_ |= m.tag == Tag::kHowMuch;
      dated_ |= m.is_date || m.tag == Tag::kBucket || IsYear(m);
    }
    for (std::size_t i = 0; i < mentions_.size(); ++i) {
      Mention& m = mentions_[i];
      if (StillHere(&m)) continue;
      if (m.tag == Tag::kRelative || static_cast<unsigned char>(m.norm.empty() ? 0 : m.norm[0]) >= 0x80) {
        if (!IsTrade(&m) && m.tag == Tag::kNone && !m.is_number && !m.is_date && !m.quoted) SpendsMoney(&m);
      }
      if (m.tag != Tag::kNone || m.to != m.from + 1 || m.quoted || m.is_number || m.is_date || m.capital) continue;
      if (CountsPieces(&m) || IsPaid(i) || SpendsMoney(&m) || IsTrade(&m)) continue;
      if (m.Unknown() && (m.norm == "got" || m.norm == "get" || m.norm == "gets") && i + 1 < mentions_.size() &&
          IsParticiple(mentions_[i + 1].norm))
        m.tag = Tag::kFiller;  // "got cancelled"
      if (IsParticiple(m.norm) && FollowsAuxiliary(m.from)) Done(i);
      if (VerbOfQuestion(i)) Drop(&m);
      if (m.Unknown() && LinksNouns(i)) m.soft = true;
    }
  }

 private:
  // "which supplier delivers the most parts": a verb between a subject and an object that are both known.
  bool LinksNouns(std::size_t i) const {
    auto names_rows = [](const Mention& m) { return m.tag == Tag::kNone && m.BestTable() >= kOwnName; };
    std::size_t before = i;
    while (before > 0 && (mentions_[before - 1].tag == Tag::kFiller || mentions_[before - 1].tag == Tag::kHave ||
                          mentions_[before - 1].tag == Tag::kDo || mentions_[before - 1].tag == Tag::kNot ||
                          mentions_[before - 1].tag == Tag::kThat))
      --before;
    if (before == 0 || !names_rows(mentions_[before - 1])) return false;
    std::size_t after = i + 1;
    while (after < mentions_.size() &&
           (mentions_[after].tag == Tag::kFiller || mentions_[after].tag == Tag::kMostOf ||
            mentions_[after].tag == Tag::kLeastOf || mentions_[after].tag == Tag::kCompare ||
            mentions_[after].is_number || mentions_[after].tag == Tag::kAny))
      ++after;
    return after < mentions_.size() && names_rows(mentions_[after]);
  }

  // "how many messages did each user send": the verb that "do" waits for, though part of some name sounds like it.
  bool VerbOfQuestion(std::size_t i) const {
    const Mention& m = mentions_[i];
    if (m.names.empty() || std::max(m.BestTable(), m.BestColumn()) >= kOwnName || m.norm.ends_with('s')) return false;
    std::size_t at = i;
    bool subject = false;
    while (at > 0 && mentions_[at - 1].tag != Tag::kDo) {
      const Mention& before = mentions_[--at];
      const bool names = before.tag == Tag::kNone && (!before.names.empty() || !before.values.empty());
      if (names && subject) return false;
      if (!names && before.tag != Tag::kFiller && before.tag != Tag::kEach) return false;
      subject |= names || before.norm == "we" || before.norm == "i" || before.norm == "you";
    }
    return at > 0 && subject;
  }

  static bool IsYear(const Mention& m) { return m.is_number && m.number >= 1900 && m.number <= 2100; }

  void FindNamed() {
    for (const Mention& m : mentions_) {
      if (m.tag != Tag::kNone || m.BestTable() < kOwnName || m.BestTable() < m.BestColumn() - 0.001f) continue;
      int best = -1;
      for (const schema::NameHit& hit : m.names) {
        if (hit.column >= 0 || hit.score < m.BestTable() - 0.05f) continue;
        const bool nearer = best < 0 || (Table(hit.table).on_search_path && !Table(best).on_search_path);
        if (nearer) best = hit.table;
      }
      if (best >= 0) named_.push_back(best);
    }
  }

  const schema::Table& Table(int t) const { return x_.schema->tables[static_cast<std::size_t>(t)]; }
  bool Mentioned(int t) const {
    return std::any_of(mentions_.begin(), mentions_.end(), [&](const Mention& m) {
      return std::any_of(m.names.begin(), m.names.end(), [&](const schema::NameHit& hit) {
        return hit.table == t && hit.column < 0 && hit.score > 0.6f;
      });
    });
  }
  bool Named(int t) const { return std::find(named_.begin(), named_.end(), t) != named_.end(); }

  bool FollowsAuxiliary(std::size_t token) const {
    return token > 0 && tokens_[token - 1].kind == schema::TokenKind::kWord && SaysDone(tokens_[token - 1]);
  }

  bool ComparedNext(std::size_t i) const {
    for (std::size_t k = i + 1; k < mentions_.size(); ++k) {
      const Tag tag = mentions_[k].tag;
      if (tag == Tag::kFiller || tag == Tag::kComma || mentions_[k].Unknown()) continue;
      return tag == Tag::kCompare || tag == Tag::kCompareAdjective || tag == Tag::kBetween;
    }
    return false;
  }

  // Some name holds the word itself, not one that is only near it ("current" and currency).
  bool OwnWord(const Mention& m) const {
    const std::string stem = schema::Stem(m.norm);
    return std::any_of(m.names.begin(), m.names.end(), [&](const schema::NameHit& hit) {
      const auto& words =
          hit.column < 0 ? x_.lexicon.TableWords(hit.table) : x_.lexicon.NameOf(hit.table, hit.column).words;
      return std::find(words.begin(), words.end(), stem) != words.end();
    });
  }

  // "current employees", "staff still employed": rows whose end has not come.
  bool StillHere(Mention* m) const {
    static const Words now = {"current", "currently", "still", "ongoing", "active", "open", "existing"};
    static const Words ends = {"left",   "leav",   "end",  "close",    "termin", "return",
                               "resolv", "finish", "quit", "discharg", "clear",  "checkout"};
    const bool free =
        m->Unknown() || m->tag == Tag::kFiller || (m->tag == Tag::kNone && m->values.empty() && !OwnWord(*m));
    if (now.count(m->norm) == 0 || !free) return false;
    for (int t : named_) {
      for (int c = 0; c < static_cast<int>(Table(t).columns.size()); ++c) {
        const schema::Column& column = x_.Column(t, c);
        const auto& words = x_.lexicon.NameOf(t, c).words;
        const bool end = std::any_of(words.begin(), words.end(), [&](const auto& w) { return ends.count(w) != 0; });
        if (!end || column.not_null || !schema::IsMoment(column.type_class)) continue;
        m->tag = Tag::kNone;
        m->soft = false;
        m->names = {{t, c, 0.95f, false}};
        m->negative = true;
        return true;
      }
    }
    return false;
  }

  // The moment that a column named after the verb keeps: shipped_at.
  void Done(std::size_t i) {
    Mention& m = mentions_[i];
    const std::string stem = schema::Stem(m.norm), verb = VerbStem(m.norm);
    bool elsewhere = false;
    for (const schema::NameHit& hit : m.names) {
      if (hit.column < 0) return;
      const auto& words = x_.lexicon.NameOf(hit.table, hit.column).words;
      const bool moment = schema::IsMoment(x_.Column(hit.table, hit.column).type_class);
      if (words.empty() || !moment || (words[0] != stem && words[0] != verb)) continue;
      if (!Named(hit.table)) {
        elsewhere |= !Mentioned(hit.table) || !Table(hit.table).on_search_path;
        if (Mentioned(hit.table) && Table(hit.table).on_search_path) return;
        continue;
      }
      Take(i, hit);
      return;
    }
    if (elsewhere && !named_.empty()) Drop(&m);  // the column of another table: just the verb of these rows
  }

  void Take(std::size_t i, schema::NameHit hit) {
    Mention& m = mentions_[i];
    const bool nullable = !x_.Column(hit.table, hit.column).not_null;
    const bool compared = ComparedNext(i);
    if (!compared && (dated_ ? x_.defaults[static_cast<std::size_t>(hit.table)].time == hit.column : !nullable)) {
      Drop(&m);
      return;
    }
    bool perfect = false;
    for (std::size_t back = 1; back <= 3 && back <= m.from; ++back) {
      const std::string& before = tokens_[m.from - back].norm;
      perfect |= before == "been" || before == "not" || before == "never" || before.ends_with("n't") || before == "yet";
    }
    if (!m.values.empty() && !perfect && !compared && !dated_) return;  // "are shipped": a state by that name
    m.state = !compared && !dated_;
    hit.score = std::max(hit.score, 0.95f);
    m.names = {hit};
    m.values.clear();
  }

  static void Drop(Mention* m) {
    m->names.clear();
    if (m->values.empty()) m->tag = Tag::kFiller;
  }

  // "how many pieces", "units of": quantities, added up.
  bool CountsPieces(Mention* m) {
    static const Words pieces = {"pieces", "units", "copies", "piece", "unit"};
    if (pieces.count(m->norm) == 0 || m->BestTable() > 0.6f) return false;
    std::vector<schema::NameHit> found = Columns({"quantiti", "qty", "piec", "unit", "copi"}, {"price", "cost"});
    if (found.empty()) return false;
    m->names = std::move(found);
    m->values.clear();
    m->numeric = m->sums = true;
    return true;
  }

  // "earn more than 5000", "paid above the average", "earns the most": what people are paid.
  bool IsPaid(std::size_t i) {
    static const Words pay = {"earn", "earns", "earned", "earning", "paid", "make", "makes", "making"};
    Mention& m = mentions_[i];
    if (paid_ || pay.count(m.norm) == 0 || !m.values.empty()) return false;
    std::size_t next = i + 1;
    while (next < mentions_.size() && mentions_[next].tag == Tag::kFiller) ++next;
    const Tag tag = next < mentions_.size() ? mentions_[next].tag : Tag::kStop;
    const bool most = tag == Tag::kMostOf || tag == Tag::kLeastOf;
    const bool compared = tag == Tag::kCompare || tag == Tag::kBetween;
    if (!compared && !(most && (next + 1 >= mentions_.size() || mentions_[next + 1].names.empty()))) return false;
    std::vector<schema::NameHit> found = Columns({"salari", "wage", "earn"}, {"hour"});
    std::erase_if(found, [&](const schema::NameHit& hit) { return !named_.empty() && !Named(hit.table); });
    if (found.empty()) return false;
    paid_ = true;  // once: what is put in before the verb moves it on
    const int table = found.front().table;
    m.names = std::move(found);
    m.numeric = true;
    if (most) {  // "earns the most": "with the highest salary"
      mentions_[next].tag = tag == Tag::kMostOf ? Tag::kSuperMax : Tag::kSuperMin;
      mentions_[next].arg = 4;
      std::swap(mentions_[i], mentions_[next]);
    }
    Mention with;
    with.tag = Tag::kWith;
    with.from = with.to = mentions_[i].from;
    Mention rows = with;
    rows.tag = Tag::kNone;
    rows.names = {{table, -1, 0.95f, false}};
    const auto at = mentions_.insert(mentions_.begin() + static_cast<long>(i), std::move(with));
    if (most && named_.empty()) mentions_.insert(at, std::move(rows));  // "who earns the most"
    return true;
  }

  // "have spent", "how much did we sell": the amounts of what happened.
  bool SpendsMoney(Mention* m) {
    static const Words spend = {"spent", "spend", "spends", "消费", "花费", "花"};
    static const Words trade = {"sell", "sold", "sells", "earn", "earned", "make", "made", "generate", "generated"};
    static const Words money = {"revenue", "turnover", "takings", "proceeds", "营业额",
                                "营收",    "销售收入", "収益",    "売上高"};
    const bool said = spend.count(m->norm) != 0 || (money.count(m->norm) != 0 && m->Unknown()) ||
                      (how_much_ && trade.count(m->norm) != 0);
    const bool own = std::any_of(m->names.begin(), m->names.end(),
                                 [](const schema::NameHit& hit) { return !hit.synonym && hit.score > 0.7f; });
    if (!said || own) return false;
    std::vector<schema::NameHit> found;
    for (int t = 0; t < static_cast<int>(x_.schema->tables.size()); ++t) {
      const int c = x_.defaults[static_cast<std::size_t>(t)].measure;
      if (c < 0 || !Happens(t)) continue;
      const auto& words = x_.lexicon.NameOf(t, c).words;
      auto says = [&](const char* w) { return std::find(words.begin(), words.end(), w) != words.end(); };
      const auto& table = x_.lexicon.TableWords(t);
      const bool sale =
          std::any_of(table.begin(), table.end(), [](const std::string& w) { return w == "sale" || w == "order"; });
      const float whole = says("amount") || says("total") || says("sale") || says("revenu") ? 0.8f : 0.6f;
      found.push_back({t, c, whole + (sale ? 0.1f : 0.f), false});
    }
    if (found.empty()) return false;
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    constexpr std::size_t kMaxMeasures = 40;
    if (found.size() > kMaxMeasures) found.resize(kMaxMeasures);
    m->names = std::move(found);
    m->values.clear();
    m->numeric = m->sums = true;
    return true;
  }

  // Rows of something that happened: they have a time and refer to others.
  bool Happens(int t) const {
    const schema::Table& table = Table(t);
    if (!table.on_search_path || !table.readable || table.kind == schema::TableKind::kView ||
        table.kind == schema::TableKind::kMaterializedView || x_.defaults[static_cast<std::size_t>(t)].time < 0)
      return false;
    const auto& edges = x_.joins.EdgesOf(t);
    return std::any_of(edges.begin(), edges.end(),
                       [&](int e) { return x_.joins.edges()[static_cast<std::size_t>(e)].table1 == t; });
  }

  // "have been sold": rows of sales or orders.
  bool IsTrade(Mention* m) {
    static const std::unordered_map<std::string_view, std::vector<std::string>> nouns = {
        {"sold", {"sale", "order"}},          {"bought", {"purchase", "order", "sale"}},
        {"purchased", {"purchase", "order"}}, {"卖出", {"sale", "order"}},
        {"售出", {"sale", "order"}},          {"卖掉", {"sale", "order"}},
        {"売れた", {"sale", "order"}},        {"販売された", {"sale", "order"}},
        {"購入された", {"purchase", "order"}}};
    auto it = nouns.find(m->norm);
    const bool free = m->names.empty() && (m->tag == Tag::kNone || m->tag == Tag::kRelative);
    if (it == nouns.end() || !free || !m->values.empty()) return false;
    for (const std::string& noun : it->second) {
      const auto* hits = x_.lexicon.FindKey(schema::Stem(noun));
      if (hits == nullptr) continue;
      for (const schema::NameHit& hit : *hits) {
        if (hit.column < 0 && hit.score > 0.7f && !Named(hit.table)) m->names.push_back(hit);
      }
      if (m->names.empty()) continue;
      m->happened = m->tag == Tag::kRelative || m->norm != it->first || static_cast<unsigned char>(m->norm[0]) >= 0x80;
      m->tag = Tag::kNone;
      return true;
    }
    return false;
  }

  std::vector<schema::NameHit> Columns(std::initializer_list<const char*> with,
                                       std::initializer_list<const char*> without) {
    std::vector<schema::NameHit> found;
    constexpr std::size_t kMaxColumns = 40;
    for (int t = 0; t < static_cast<int>(x_.schema->tables.size()) && found.size() < kMaxColumns; ++t) {
      for (int c = 0; c < static_cast<int>(Table(t).columns.size()); ++c) {
        const schema::Column& column = x_.Column(t, c);
        if (!schema::IsNumber(column.type_class) || !column.readable || x_.joins.EdgeFromColumn(t, c) >= 0) continue;
        const auto& words = x_.lexicon.NameOf(t, c).words;
        auto any = [&](std::initializer_list<const char*> wanted) {
          return std::any_of(wanted.begin(), wanted.end(), [&](const char* w) {
            return std::any_of(words.begin(), words.end(),
                               [&](const std::string& word) { return word.starts_with(w); });
          });
        };
        if (any(with) && !any(without)) found.push_back({t, c, 0.85f, false});
      }
    }
    return found;
  }

  const Context& x_;
  const std::vector<Token>& tokens_;
  std::vector<Mention>& mentions_;
  std::vector<int> named_;
  bool dated_ = false, how_much_ = false, paid_ = false;
};

}  // namespace

bool IsParticiple(const std::string& word) {
  return (word.size() > 3 && word.ends_with("ed")) || Irregular().count(word) != 0;
}

std::string VerbStem(const std::string& word) {
  auto it = Irregular().find(word);
  return schema::Stem(it == Irregular().end() ? word : std::string(it->second));
}

void ReadVerbs(const Context& context, const std::vector<Token>& tokens, std::vector<Mention>* mentions) {
  VerbReader(context, tokens, *mentions).Run();
}

}  // namespace toomai::templates
