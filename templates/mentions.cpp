#include "templates/mentions.h"

#include <algorithm>
#include <cstdlib>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "schema/numbers.h"
#include "schema/stem.h"
#include "templates/verbs.h"

namespace toomai::templates {
namespace {

using schema::Token;
using schema::TokenKind;

struct Phrase {
  Tag tag;
  int arg;
};

constexpr std::size_t kMaxPhraseTokens = 8;

using PhraseTable = std::unordered_map<std::string, Phrase>;

const PhraseTable& Phrases() {
  static const PhraseTable table = [] {
    PhraseTable t;
#define TOOMAI_PHRASE(text, tag, arg) t.emplace(text, Phrase{tag, arg});
#include "templates/phrases_en.inc"
#include "templates/phrases_ja.inc"
#include "templates/phrases_zh.inc"
#undef TOOMAI_PHRASE
    return t;
  }();
  return table;
}

struct SoftWords {
  std::unordered_set<std::string> stems, forms, not_forms;
};

bool IsSoft(const Token& token) {
  static const SoftWords words = [] {
    SoftWords w;
    const auto add = [](std::string_view line, std::unordered_set<std::string>* to, bool stem) {
      for (const std::string& word : Split(std::string(line), ' ')) to->insert(stem ? schema::Stem(word) : word);
    };
#define TOOMAI_SOFT(line) add(line, &w.stems, true);
#define TOOMAI_SOFT_FORM(line) add(line, &w.forms, false);
#define TOOMAI_HARD_FORM(line) add(line, &w.not_forms, false);
#include "templates/soft_words.inc"
#undef TOOMAI_SOFT
#undef TOOMAI_SOFT_FORM
#undef TOOMAI_HARD_FORM
    return w;
  }();
  return (words.stems.count(token.stem) != 0 && words.not_forms.count(token.norm) == 0) ||
         words.forms.count(token.norm) != 0;
}

// Nationalities and continents as adjectives -> the names that data use.
const std::unordered_map<std::string, std::vector<std::string>>& Demonyms() {
  static const std::unordered_map<std::string, std::vector<std::string>> table = {
#define TOOMAI_DEMONYM(adjective, ...) {adjective, {__VA_ARGS__}},
#include "templates/demonyms.inc"
#include "templates/other_names.inc"
#undef TOOMAI_DEMONYM
  };
  return table;
}

// "female patients", 女性: which of "f", "female", "woman" … a word stands for; nullptr: it tells no sex.
const std::unordered_set<std::string_view>* SexSaid(const std::string& word) {
  static const std::unordered_set<std::string_view> female = {"f",     "female", "w",  "woman",
                                                              "women", "girl",   "女", "女性"};
  static const std::unordered_set<std::string_view> male = {"m", "male", "man", "men", "boy", "男", "男性"};
  static const std::unordered_set<std::string_view> she = {"female", "females", "woman", "women", "女", "女性", "女士"};
  static const std::unordered_set<std::string_view> he = {"male", "males", "man", "men", "男", "男性", "男士"};
  return she.count(word) != 0 ? &female : he.count(word) != 0 ? &male : nullptr;
}

// The values of columns called sex or gender that mean it.
void FindSex(const std::string& word, const schema::Lexicon& lexicon, const schema::ValueIndex& values,
             std::vector<schema::ValueHit>* hits) {
  const auto* meant = SexSaid(word);
  for (const char* name : {"sex", "gender", "性别", "性別"}) {
    const auto* columns = meant == nullptr ? nullptr : lexicon.FindKey(schema::Stem(name));
    for (std::size_t i = 0; columns != nullptr && i < columns->size(); ++i) {
      const schema::NameHit& hit = (*columns)[i];
      const schema::ColumnValues* known =
          hit.column < 0 || hit.score < 0.6f ? nullptr : values.Of(hit.table, hit.column);
      if (known == nullptr) continue;
      for (const std::string& value : known->values) {
        const bool there = std::any_of(hits->begin(), hits->end(), [&](const schema::ValueHit& h) {
          return h.table == hit.table && h.column == hit.column;
        });
        if (!there && meant->count(schema::Fold(value)) != 0) hits->push_back({hit.table, hit.column, value, true});
      }
    }
  }
}

std::string PhraseKey(const std::vector<Token>& tokens, std::size_t from, std::size_t to) {
  std::string key;
  for (std::size_t i = from; i < to; ++i) {
    bool glued = i > from && (tokens[i].kind == TokenKind::kIdeograph || tokens[i - 1].kind == TokenKind::kIdeograph);
    if (i > from && !glued) key.push_back(' ');
    key += tokens[i].norm;
  }
  return key;
}

// 50万, 1.5億, 3千: what the digits at `i` are multiplied by; 0: nothing.
double Multiplier(const std::vector<Token>& tokens, std::size_t i, std::size_t k) {
  static const std::unordered_map<std::string_view, double> times = {
      {"千", 1e3},       {"万", 1e4}, {"萬", 1e4},      {"百万", 1e6}, {"千万", 1e7},
      {"億", 1e8},       {"亿", 1e8}, {"兆", 1e12},     {"百", 1e2},   {"k", 1e3},
      {"thousand", 1e3}, {"mn", 1e6}, {"million", 1e6}, {"bn", 1e9},   {"billion", 1e9}};
  if (tokens[i].kind != TokenKind::kNumber || k > i + 3) return 0;
  std::string said;
  for (std::size_t t = i + 1; t < k; ++t) said += tokens[t].norm;
  auto it = times.find(said);
  return it == times.end() ? 0 : it->second;
}

struct Span {
  Mention mention;
  double weight = 0;
};

// Keeps the candidates that are worth considering, for one span.
void KeepBest(std::vector<schema::NameHit>* names) {
  constexpr std::size_t kMaxNames = 40;
  if (names->empty()) return;
  float best = names->front().score;
  std::size_t keep = 0;
  for (const schema::NameHit& hit : *names) {
    if (hit.score < best * 0.55f || keep >= kMaxNames) break;
    ++keep;
  }
  names->resize(keep);
}

bool PlainColumn(const Mention& m) {
  return m.tag == Tag::kNone && !m.names.empty() && m.BestColumn() > m.BestTable() && !m.quoted;
}

// Those of `names` whose column adds only a general noun to the word: "cell" of cell_number.
std::vector<schema::NameHit> Numbered(const std::vector<schema::NameHit>& names, const schema::Lexicon& lexicon) {
  std::vector<schema::NameHit> kept;
  for (const schema::NameHit& hit : names) {
    if (hit.column < 0 || hit.synonym) continue;
    const auto& words = lexicon.NameOf(hit.table, hit.column).words;
    bool general =
        words.size() == 2 && (words[1] == "number" || words[1] == "code" || words[1] == "no" || words[1] == "id");
    if (general) kept.push_back(hit);
  }
  return kept;
}

// "cell phone" for cell_number, "make name" for make: words side by side that each name part of a column name one
// column.
void MergePartialNames(std::vector<Mention>* mentions, const schema::Lexicon& lexicon) {
  for (std::size_t i = 0; i + 1 < mentions->size(); ++i) {
    Mention& a = (*mentions)[i];
    Mention& b = (*mentions)[i + 1];
    if (!PlainColumn(a) || !PlainColumn(b) || a.to != b.from || !b.values.empty()) continue;
    // "expected life expectancy", "sales order value": the first word is part of the name that follows.
    bool inside = a.BestColumn() < 0.97f && (b.BestColumn() > 0.97f || (b.BestColumn() > 0.9f && b.to > b.from + 1));
    if (!a.values.empty() && (!inside || a.capital)) continue;
    if (inside) {
      inside = false;
      for (const schema::NameHit& x : a.names) inside |= x.table == b.names[0].table && x.column == b.names[0].column;
      if (inside) {
        b.from = a.from;
        mentions->erase(mentions->begin() + static_cast<long>(i));
        continue;
      }
    }
    if (!a.values.empty()) continue;
    bool partial_a = a.BestColumn() < 0.97f, partial_b = b.BestColumn() < 0.97f;
    if (!partial_a && !partial_b) continue;
    if (partial_a && !partial_b) {
      // "order number": the first word says more than the second, exact, one.
      if (a.BestColumn() > 0.62f) continue;
    }
    std::vector<schema::NameHit> merged;
    if (!partial_a && partial_b) {
      if (b.BestColumn() > 0.62f) continue;
      merged = a.names;
    } else {
      for (const schema::NameHit& x : a.names) {
        for (const schema::NameHit& y : b.names) {
          if (x.table != y.table || x.column != y.column || x.column < 0) continue;
          float modifier = x.score * (x.synonym ? 0.6f : 1.f), head = y.score * (y.synonym ? 0.6f : 1.f);
          merged.push_back({x.table, x.column, std::min(1.f, 0.3f + 0.65f * modifier + 0.35f * head), false});
        }
      }
      if (merged.empty() && (b.norm == "phone" || b.norm == "telephone")) merged = Numbered(a.names, lexicon);
      if (merged.empty()) continue;
      std::stable_sort(merged.begin(), merged.end(), [](const auto& x, const auto& y) { return x.score > y.score; });
    }
    a.names = std::move(merged);
    a.to = b.to;
    a.text += " " + b.text;
    a.norm += " " + b.norm;
    mentions->erase(mentions->begin() + static_cast<long>(i) + 1);
  }
}

// "republics" for 'Republic', not "independent" for 'Independence'.
bool SameButEnding(std::string_view said, std::string_view value) {
  if (said.size() < value.size()) std::swap(said, value);
  if (said.ends_with("ies") && value.ends_with('y'))
    return said.substr(0, said.size() - 3) == value.substr(0, value.size() - 1);
  return said.starts_with(value) && said.size() <= value.size() + 2;
}

// "number of products" for a column number_products: the count is stored.
const std::vector<schema::NameHit>* StoredCount(const std::vector<Token>& tokens, std::size_t i, std::size_t k,
                                                const schema::Lexicon& lexicon) {
  if (k < i + 3 || k > i + 4 || tokens[i].norm != "number" || tokens[i + 1].norm != "of") return nullptr;
  std::vector<std::string> stems;
  for (std::size_t t = i; t < k; ++t) {
    if (t != i + 1) stems.push_back(tokens[t].stem);
  }
  if (const auto* rows = lexicon.Find(tokens, i + 2, k)) {
    for (const schema::NameHit& hit : *rows) {
      if (hit.column < 0 && hit.score > 0.85f) return nullptr;  // "the number of orders" counts them
    }
  }
  const auto* hits = lexicon.FindKey(schema::Lexicon::KeyOfStems(stems));
  if (hits == nullptr || hits->front().score < 0.95f || hits->front().column < 0 || hits->front().synonym)
    return nullptr;
  return hits;
}

// "quantity of tea", where a column keeps quantities: not a count of rows.
bool HoldsQuantities(const std::vector<Token>& tokens, std::size_t i, std::size_t k, const schema::Lexicon& lexicon) {
  if (k != i + 2 || tokens[i].norm != "quantity" || tokens[i + 1].norm != "of") return false;
  const auto* hits = lexicon.FindKey(tokens[i].stem);
  return hits != nullptr && hits->front().column >= 0 && hits->front().score > 0.95f && !hits->front().synonym;
}

bool DoneParticle(std::string_view norm) {
  return norm == "过" || norm == "了" || norm == "過";
}

// "mississippi river": a thing called so in the table that its last word names, not the text of some other column.
bool NamesItsKind(const std::vector<Token>& tokens, std::size_t i, std::size_t k, const schema::Lexicon& lexicon,
                  const schema::ValueIndex& values, const std::vector<schema::ValueHit>& whole) {
  constexpr float kOwnName = 0.95f;
  const auto* kind = lexicon.Find(tokens, k - 1, k);
  if (kind == nullptr || whole.empty()) return false;
  std::vector<schema::ValueHit> called;
  values.Find(tokens, i, k - 1, false, &called);
  return std::any_of(kind->begin(), kind->end(), [&](const schema::NameHit& name) {
    if (name.column >= 0 || name.score < kOwnName || name.synonym) return false;
    auto of_kind = [&](const schema::ValueHit& hit) { return hit.table == name.table && hit.exact; };
    return std::any_of(called.begin(), called.end(), of_kind) && std::none_of(whole.begin(), whole.end(), of_kind);
  });
}

// "unpaid", "inactive", "non-refundable": a column's name, denied.
bool Denied(Mention* m, const schema::Lexicon& lexicon) {
  constexpr std::size_t kShortest = 3;  // letters of what is denied
  for (std::string_view prefix : {"un", "in", "non", "dis"}) {
    if (m->norm.size() < prefix.size() + kShortest || !m->norm.starts_with(prefix)) continue;
    const auto* hits = lexicon.FindKey(schema::Stem(m->norm.substr(prefix.size())));
    if (hits == nullptr || hits->front().column < 0 || (prefix != "un" && hits->front().score < 0.8f)) continue;
    m->names = *hits;
    KeepBest(&m->names);
    m->negative = true;
    return true;
  }
  return false;
}

// "20 euros", 50 kg, 2万円: what was counted in is not looked for in the schema.
void UnitsAddNothing(std::vector<Mention>* mentions) {
  static const std::unordered_set<std::string_view> units = {
      "euro", "euros", "dollar", "dollars", "eur", "usd", "gbp", "cny", "jpy", "yuan", "yen", "rmb", "kg",   "km",
      "cm",   "mm",    "mg",     "gb",      "mb",  "tb",  "kb",  "kwh", "ml",  "円",   "元",  "块",  "公斤", "千克"};
  for (std::size_t i = 1; i < mentions->size(); ++i) {
    Mention& m = (*mentions)[i];
    const Mention& before = (*mentions)[i - 1];
    if (m.Unknown() && before.is_number && units.count(m.norm) != 0) m.tag = Tag::kFiller;
    if (m.Unknown() && before.is_date && (m.norm == "内" || m.norm == "之内" || m.norm == "間")) m.tag = Tag::kFiller;
  }
}

// 20-40, 20〜40: from one to the other.
void FindRanges(const std::vector<Token>& tokens, std::vector<Mention>* mentions) {
  static const std::unordered_set<std::string_view> marks = {"-", "~", "〜", "–"};
  for (std::size_t i = 0; i + 1 < mentions->size(); ++i) {
    const Mention &low = (*mentions)[i], &high = (*mentions)[i + 1];
    const bool range = low.is_number && high.is_number && low.to + 1 == high.from && low.number < high.number &&
                       marks.count(tokens[low.to].norm) != 0;
    if (!range) continue;
    Mention between, joined;
    between.tag = Tag::kBetween;
    joined.tag = Tag::kAnd;
    between.from = between.to = low.from;
    joined.from = joined.to = high.from;
    mentions->insert(mentions->begin() + static_cast<long>(i) + 1, std::move(joined));
    mentions->insert(mentions->begin() + static_cast<long>(i), std::move(between));
    i += 3;
  }
}

// A run of ideographs that nobody knows is one unknown word.
void MergeUnknownRuns(std::vector<Mention>* mentions) {
  auto unknown = [](const Mention& m) {
    return m.Unknown() && !m.norm.empty() && static_cast<unsigned char>(m.norm[0]) >= 0x80 && m.from < m.to;
  };
  for (std::size_t i = 0; i + 1 < mentions->size();) {
    Mention &a = (*mentions)[i], &b = (*mentions)[i + 1];
    if (!unknown(a) || !unknown(b) || a.to != b.from) {
      ++i;
      continue;
    }
    a.to = b.to;
    a.text += b.text;
    a.norm += b.norm;
    mentions->erase(mentions->begin() + static_cast<long>(i) + 1);
  }
}

bool IsTaggedOnly(Tag tag) {  // grammatical words that never start or end the name of something
  switch (tag) {
    case Tag::kFiller:
    case Tag::kWhich:
    case Tag::kOf:
    case Tag::kIn:
    case Tag::kAnd:
    case Tag::kBe:
    case Tag::kThat:
    case Tag::kTheir:
    case Tag::kDo:
    case Tag::kHave:
    case Tag::kThan:
    case Tag::kWith:
    case Tag::kComma:
    case Tag::kFor:
    case Tag::kStop:
    case Tag::kOr:
    case Tag::kEach:
    case Tag::kNot:
    case Tag::kAny:
    case Tag::kExist:
    case Tag::kWhose:
    case Tag::kHowMany:
    case Tag::kBy:
      return true;
    default:
      return false;
  }
}

}  // namespace

float Mention::BestTable() const {
  float best = 0;
  for (const auto& hit : names) best = hit.column < 0 ? std::max(best, hit.score) : best;
  return best;
}

float Mention::BestColumn() const {
  float best = 0;
  for (const auto& hit : names) best = hit.column >= 0 ? std::max(best, hit.score) : best;
  return best;
}

const std::vector<std::string>& ConceptWords(int concept_id) {
  static const std::vector<std::vector<std::string>> table = [] {
    std::vector<std::vector<std::string>> t;
    auto add = [&t](std::string_view line) {
      std::vector<std::string> words;
      for (const std::string& w : Split(line, ' ')) {
        if (w.size() > 1) words.push_back(w.substr(0, 1) + schema::Stem(w.substr(1)));
      }
      t.push_back(std::move(words));
    };
#define TOOMAI_CONCEPT(line) add(line);
#include "templates/concepts.inc"
#undef TOOMAI_CONCEPT
    return t;
  }();
  static const std::vector<std::string> none;
  bool known = concept_id >= 0 && concept_id < static_cast<int>(table.size());
  return known ? table[static_cast<std::size_t>(concept_id)] : none;
}

std::string DetectLanguage(const std::vector<Token>& tokens) {
  std::size_t han = 0, kana = 0;
  for (const Token& token : tokens) {
    if (token.kind != TokenKind::kIdeograph) continue;
    std::size_t offset = 0;
    (schema::IsKana(NextCodePoint(token.norm, &offset)) ? kana : han) += 1;
  }
  // Characters that only Japanese writes so.
  static const std::string_view kJapanese =
      "売円気発価読変楽県駅広沢済経総続絵覚観関歩毎満様戦単営厳団圧黒辺込働畑枠図対帰応択拡権歴渋焼";
  for (const Token& token : tokens) {
    const bool only = token.kind == TokenKind::kIdeograph && kJapanese.find(token.norm) != std::string_view::npos;
    if (only) return "ja";
  }
  if (kana > 0) return "ja";
  return han > 0 ? "zh" : "en";
}

long OrdinalOf(std::string_view word) {
  static constexpr std::pair<std::string_view, long> kOrdinals[] = {
      {"second", 2}, {"2nd", 2}, {"third", 3}, {"3rd", 3}, {"fourth", 4},  {"4th", 4},
      {"fifth", 5},  {"5th", 5}, {"sixth", 6}, {"6th", 6}, {"seventh", 7}, {"7th", 7},
      {"eighth", 8}, {"8th", 8}, {"ninth", 9}, {"9th", 9}, {"tenth", 10},  {"10th", 10}};
  for (const auto& [ordinal, n] : kOrdinals)
    if (word == ordinal) return n;
  return 0;
}

std::vector<Mention> FindMentions(const std::vector<Token>& tokens, const schema::Lexicon& lexicon,
                                  const schema::ValueIndex& values, const MentionOptions& options) {
  const std::size_t n = tokens.size();
  const PhraseTable& phrases = Phrases();
  std::vector<std::vector<Span>> starts(n);
  std::vector<Phrase> single(n, Phrase{Tag::kNone, 0});
  for (std::size_t i = 0; i < n; ++i) {
    auto it = phrases.find(tokens[i].norm);
    const bool said = it != phrases.end() && (options.tentative || !IsTentative(it->second.tag));
    if (said && tokens[i].kind != TokenKind::kQuoted) single[i] = it->second;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const Token& first = tokens[i];
    const bool ideograph = first.kind == TokenKind::kIdeograph;
    std::size_t longest = std::max<std::size_t>(kMaxPhraseTokens, values.longest());
    if (ideograph) longest = std::max({longest, lexicon.longest_ideographs(), schema::kMaxIdeographSpan});
    bool divided = false;
    for (std::size_t k = i + 1; k <= n && k - i <= longest; ++k) {
      const double length = static_cast<double>(k - i);
      if (tokens[k - 1].kind == TokenKind::kQuoted && k - i > 1) break;
      divided |= k - i > 1 && tokens[k - 1].kind == TokenKind::kPunctuation && tokens[k - 1].norm != "-";
      Span span;
      Mention& m = span.mention;
      m.from = i;
      m.to = k;
      double name_weight = 0, value_weight = 0, phrase_weight = 0;
      if (first.kind == TokenKind::kQuoted) {
        m.quoted = true;
        std::vector<Token> inner = schema::Tokenize(first.text, schema::kMaxValueTokens * 2);
        if (!inner.empty()) {
          values.Find(inner, 0, inner.size(), true, &m.values);
          if (const auto* hits = lexicon.Find(inner, 0, inner.size()); hits != nullptr && m.values.empty())
            m.names = *hits;
        }
        span.weight = 3;
      } else {
        if (k - i <= kMaxPhraseTokens) {
          auto it = phrases.find(PhraseKey(tokens, i, k));
          const bool said = it != phrases.end() && (options.tentative || !IsTentative(it->second.tag));
          if (said && !HoldsQuantities(tokens, i, k, lexicon)) {
            m.tag = it->second.tag;
            m.arg = it->second.arg;
            phrase_weight = 0.96 * length - 0.1;
          }
        }
        bool ends_plain = !IsTaggedOnly(single[i].tag) && !IsTaggedOnly(single[k - 1].tag);
        std::size_t name_span =
            ideograph ? std::max(lexicon.longest_ideographs(), schema::kMaxIdeographSpan) : schema::kMaxNameSpan;
        if (!divided && k - i <= name_span && (first.kind == TokenKind::kWord || ideograph) &&
            (k - i == 1 || ends_plain || ideograph || single[i].tag == Tag::kIn || single[i].tag == Tag::kBe)) {
          const auto* hits = lexicon.Find(tokens, i, k);
          if (hits == nullptr && ideograph && k - i > 2 && DoneParticle(tokens[i + 1].norm))
            hits = lexicon.FindKey(first.norm + PhraseKey(tokens, i + 2, k));  // 下过单 for 下单
          if (hits != nullptr && k - i > 1 && !ends_plain && !ideograph &&
              (hits->front().score < 0.99f || hits->front().column < 0 || hits->front().synonym))
            hits = nullptr;  // "on hand", "is active": the whole name of a column only
          const bool told = k - i > 1 && IsParticiple(tokens[k - 1].norm) && tokens[k - 2].norm.ends_with('s') &&
                            tokens[k - 2].norm != tokens[k - 2].stem;
          if (told) hits = nullptr;  // "products priced": what is said of them
          if (hits != nullptr) {
            m.names = *hits;
            KeepBest(&m.names);
            name_weight = m.names.front().score * length - 0.05;
            bool soft = k - i == 1 && IsSoft(first);
            if (soft) {
              if (first.stem != "person")
                std::erase_if(m.names, [](const schema::NameHit& hit) { return hit.synonym; });
              soft = m.names.empty();
              name_weight = soft ? 0 : m.names.front().score * length - 0.05;
            }
            const bool counter_or_name = ideograph && !m.names.empty() && m.names.front().score >= 0.95f;
            if ((k - i == 1 && IsTaggedOnly(single[i].tag) && !counter_or_name) || soft) {
              m.names.clear();
              name_weight = 0;
            }
          }
        }
        if (const auto* stored = StoredCount(tokens, i, k, lexicon)) {
          m.names = *stored;
          KeepBest(&m.names);
          name_weight = length + 0.1;
        }
        if (first.kind != TokenKind::kPunctuation && tokens[k - 1].kind != TokenKind::kPunctuation &&
            k - i <= std::max<std::size_t>(values.longest(), 1)) {
          std::vector<schema::ValueHit> hits;
          bool plausible = values.MayFollow(first.norm) || values.MayFollow(first.stem);
          if (plausible)
            values.Find(tokens, i, k, first.kind != TokenKind::kNumber && !IsTaggedOnly(single[i].tag), &hits);
          std::erase_if(hits, [&](const schema::ValueHit& hit) {
            return !hit.exact && !SameButEnding(PhraseKey(tokens, i, k), schema::Fold(hit.value));
          });
          const bool apart = k - i > 1 && NamesItsKind(tokens, i, k, lexicon, values, hits);
          if (!hits.empty() && !apart) {
            bool capital = false, exact = hits.front().exact;
            for (std::size_t t = i; t < k; ++t) capital |= tokens[t].capital && (t > 0 || k - i > 1);
            bool word_like = k - i == 1 && single[i].tag != Tag::kNone;
            bool short_word = k - i == 1 && first.norm.size() < 2 && !ideograph;
            if (!(word_like && !capital) && !(short_word && !capital) && !(word_like && IsTaggedOnly(single[i].tag))) {
              m.values = std::move(hits);
              value_weight = (exact ? 1.0 : capital ? 0.8 : 0.65) * length - (capital ? 0.05 : 0.1);
            }
          }
        }
        if (const auto* labels = lexicon.Labels(schema::Lexicon::Key(tokens, i, k));
            labels != nullptr && m.values.size() < 24 && !(k - i == 1 && !ideograph && single[i].tag != Tag::kNone)) {
          bool null = labels->front().null;
          if (null) {
            m.names.clear();
            m.values.clear();
            m.tag = Tag::kNone;
            m.negative = true;
          }
          for (const schema::ValueLabel& label : *labels) {
            if (null && label.null) m.names.push_back({label.table, label.column, 0.95f, false});
            if (!null && !label.null) m.values.push_back({label.table, label.column, label.value, true});
          }
          value_weight = std::max(value_weight, length + 0.02);
        }
        const bool may_be_called_otherwise =
            ideograph ? k - i <= kMaxPhraseTokens : k - i == 1 && first.kind == TokenKind::kWord;
        if (m.values.empty() && may_be_called_otherwise) {
          auto demonym = Demonyms().find(ideograph ? PhraseKey(tokens, i, k) : first.norm);
          if (demonym != Demonyms().end()) {
            for (const std::string& name : demonym->second) {
              if (ideograph && !m.values.empty()) break;  // the names of one thing, best first
              std::vector<Token> inner = schema::Tokenize(name, 8);
              values.Find(inner, 0, inner.size(), false, &m.values);
              const auto* codes = lexicon.Labels(schema::Lexicon::Key(inner, 0, inner.size()));
              for (std::size_t l = 0; codes != nullptr && l < codes->size(); ++l) {
                const schema::ValueLabel& label = (*codes)[l];
                if (!label.null) m.values.push_back({label.table, label.column, label.value, true});
              }
            }
            if (!m.values.empty()) value_weight = std::max(value_weight, 0.95 * length);
          }
        }
        if (m.values.empty() && k - i <= 2 && may_be_called_otherwise) {
          FindSex(PhraseKey(tokens, i, k), lexicon, values, &m.values);
          if (!m.values.empty()) value_weight = std::max(value_weight, 1.02 * length);
        }
        if (k - i == 1 && first.kind == TokenKind::kNumber) {
          m.is_number = true;
          m.digits = schema::NumberText(first.norm);
          m.number = std::strtod(m.digits.c_str(), nullptr);
          phrase_weight = std::max(phrase_weight, 0.9);
        }
        if (const double times = k - i > 1 ? Multiplier(tokens, i, k) : 0; times > 0) {
          m.is_number = true;
          m.number = std::strtod(schema::NumberText(first.norm).c_str(), nullptr) * times;
          m.digits = schema::FormatNumber(m.number);
          phrase_weight = std::max(phrase_weight, 1.02 * length);
        }
        if (first.kind == TokenKind::kWord || ideograph) {
          if (auto number = schema::NumberInWords(tokens, i, k)) {
            m.is_number = true;
            m.number = *number;
            m.digits = schema::FormatNumber(*number);
            if (m.tag == Tag::kNone) phrase_weight = std::max(phrase_weight, 0.9 * length);
          }
        }
        span.weight = std::max({name_weight, value_weight, phrase_weight});
        // A phrase and a name that cover the same words: the parser sees both.
        if (value_weight + 0.3 < span.weight && name_weight > value_weight && !m.capital) {
          bool keep = value_weight > 0.8 * span.weight;
          if (!keep) m.values.clear();
        }
      }
      if (span.weight > 0) {
        m.text = std::string();
        for (std::size_t t = i; t < k; ++t) {
          if (t > i && tokens[t].space_before) m.text += " ";
          m.text += tokens[t].text;
          m.capital |= tokens[t].capital && t > 0;
        }
        m.norm = PhraseKey(tokens, i, k);
        starts[i].push_back(std::move(span));
      }
    }
  }
  // "first and last name": the noun is said once for both.
  for (std::size_t i = 0; i + 3 < n; ++i) {
    if (tokens[i + 1].norm != "and" || tokens[i].kind != TokenKind::kWord) continue;
    const auto* one = lexicon.FindKey(schema::Lexicon::KeyOfStems({tokens[i].stem, tokens[i + 3].stem}));
    const auto* two = lexicon.FindKey(schema::Lexicon::KeyOfStems({tokens[i + 2].stem, tokens[i + 3].stem}));
    if (one == nullptr || two == nullptr || one->front().score < 0.97f || two->front().score < 0.97f) continue;
    Span span;
    span.mention.from = i;
    span.mention.to = i + 1;
    span.mention.names = *one;
    KeepBest(&span.mention.names);
    span.mention.text = tokens[i].text;
    span.mention.norm = tokens[i].norm;
    span.weight = 1.4;
    starts[i].push_back(std::move(span));
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (tokens[i].kind == TokenKind::kPunctuation || tokens[i].kind == TokenKind::kQuoted) continue;
    std::optional<schema::DateRange> date = schema::FindDate(tokens, i, options.dates);
    if (!date) continue;
    const bool ratio = i + date->tokens < n && tokens[i + date->tokens].norm == "比" &&
                       phrases.count(PhraseKey(tokens, i, i + date->tokens + 1)) != 0;
    if (ratio) continue;  // 前月比
    Span span;
    span.mention.from = i;
    span.mention.to = i + date->tokens;
    span.mention.is_date = true;
    span.mention.date = std::move(*date);
    span.weight = static_cast<double>(span.mention.to - i) * 1.02;
    span.mention.norm = span.mention.text = PhraseKey(tokens, i, span.mention.to);
    starts[i].push_back(std::move(span));
  }
  // The heaviest cover; a word nobody knows weighs nothing.
  std::vector<double> best(n + 1, -1e9);
  std::vector<int> via(n + 1, -1);
  std::vector<std::size_t> back(n + 1, 0);
  best[0] = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (best[i] > best[i + 1]) {
      best[i + 1] = best[i];
      via[i + 1] = -1;
      back[i + 1] = i;
    }
    for (std::size_t s = 0; s < starts[i].size(); ++s) {
      const Span& span = starts[i][s];
      double weight = best[i] + span.weight - 0.02;
      if (weight > best[span.mention.to]) {
        best[span.mention.to] = weight;
        via[span.mention.to] = static_cast<int>(s);
        back[span.mention.to] = i;
      }
    }
  }
  std::vector<Mention> mentions;
  for (std::size_t k = n; k > 0; k = back[k]) {
    if (via[k] >= 0) {
      mentions.push_back(std::move(starts[back[k]][static_cast<std::size_t>(via[k])].mention));
      continue;
    }
    const Token& token = tokens[back[k]];
    if (token.kind == TokenKind::kPunctuation) continue;
    Mention unknown;
    unknown.from = back[k];
    unknown.to = k;
    unknown.text = token.text;
    unknown.norm = token.norm;
    unknown.capital = token.capital && back[k] > 0;
    unknown.soft = IsSoft(token);
    mentions.push_back(std::move(unknown));
  }
  std::reverse(mentions.begin(), mentions.end());
  for (Mention& m : mentions) {
    const std::string next = m.is_number && m.to < n ? tokens[m.to].norm : "";
    m.times = next == "times" || next == "次" || next == "回";
  }
  MergeUnknownRuns(&mentions);
  UnitsAddNothing(&mentions);
  FindRanges(tokens, &mentions);
  MergePartialNames(&mentions, lexicon);
  for (std::size_t i = 0; i + 1 < mentions.size(); ++i) {  // "the second most expensive": the superlative says it
    const bool ranked = mentions[i + 1].tag == Tag::kSuperMax || mentions[i + 1].tag == Tag::kSuperMin;
    if (ranked && mentions[i].Unknown() && OrdinalOf(mentions[i].norm) > 1) mentions[i].soft = true;
  }
  for (Mention& m : mentions) {
    Tag first = single[m.from].tag;
    if (m.tag != Tag::kNone || m.to < m.from + 2 || m.BestColumn() < 0.9f || m.quoted) continue;
    m.extreme = first == Tag::kSuperMax ? 1 : first == Tag::kSuperMin ? -1 : 0;
  }
  constexpr int kMaxSlips = 6;  // misspelt words looked up
  int slips = 0;
  // Words inside values ("boeing" of 'Boeing 737'), for capitalised words that nothing else explains.
  for (Mention& m : mentions) {
    if (!m.Unknown() || m.soft || tokens[m.from].kind != TokenKind::kWord) continue;
    if (Denied(&m, lexicon)) continue;
    values.FindPart(m.norm, &m.values);
    m.partial_value = !m.values.empty();
    if (m.values.empty() && ++slips <= kMaxSlips) {
      std::string nearest = lexicon.Nearest(tokens[m.from].norm, tokens[m.from].stem);
      const auto* hits = nearest.empty() ? nullptr : lexicon.FindKey(nearest);
      if (hits != nullptr) {
        m.names = *hits;
        KeepBest(&m.names);
        for (schema::NameHit& hit : m.names) hit.score *= 0.93f;
      }
    }
  }
  return mentions;
}

}  // namespace toomai::templates
