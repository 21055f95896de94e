#include "templates/evidence.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "base/text.h"
#include "schema/words.h"
#include "templates/derived_columns.h"
#include "templates/render.h"
#include "validator/lexer.h"

namespace toomai::templates {
namespace {

using validator::TokenKind;

constexpr std::size_t kMaxWordBytes = 60, kMaxWords = 6, kMaxTokensOfPart = 64, kMaxShownBytes = 80;
constexpr int kNewestServer = 18;

// ---- Sentences ----

// At ';', line ends and '. ' outside quotes.
std::vector<std::string> Sentences(std::string_view text) {
  std::vector<std::string> parts(1);
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || (c == '\'' && (i == 0 || !std::isalpha(static_cast<unsigned char>(text[i - 1]))))) {
      quote = c;
    }
    const bool stop = c == '.' && (i + 1 == text.size() || text[i + 1] == ' ');
    if (quote == 0 && (c == ';' || c == '\n' || stop)) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  std::erase_if(parts, [](const std::string& part) { return Trim(part).empty(); });
  return parts;
}

// What is explained, and by what.
struct Sides {
  std::string word, meaning;
};

std::optional<Sides> SplitAt(std::string_view part, std::string_view link) {
  const std::string lower = AsciiLower(part);
  const std::size_t at = lower.find(link);
  if (at == std::string::npos || at == 0) return std::nullopt;
  return Sides{std::string(Trim(part.substr(0, at))), std::string(Trim(part.substr(at + link.size())))};
}

std::optional<Sides> SidesOf(std::string_view part) {
  for (const std::string_view link : {" refers to ",
                                      " refer to ",
                                      " is defined as ",
                                      " are defined as ",
                                      " is calculated as ",
                                      " is computed as ",
                                      " stands for ",
                                      " stand for ",
                                      " means ",
                                      " mean ",
                                      " denotes ",
                                      " represents ",
                                      "指的是",
                                      "是指",
                                      "指",
                                      "的意思是",
                                      "表示",
                                      "とは",
                                      "＝",
                                      " == ",
                                      " = ",
                                      ": ",
                                      "："}) {
    if (auto sides = SplitAt(part, link)) return sides;
  }
  return std::nullopt;
}

// The words without quotes, articles and what else surrounds them; empty: no name for anything.
std::string NameIn(std::string_view text) {
  text = Trim(text);
  const auto strip = [&](std::string_view before) {
    if (AsciiLower(text.substr(0, before.size())) == before) text = Trim(text.substr(before.size()));
  };
  for (const std::string_view word : {"the ", "a ", "an "}) strip(word);
  while (!text.empty() && std::string_view("\"'`*-•").find(text.front()) != std::string_view::npos)
    text.remove_prefix(1);
  while (!text.empty() && std::string_view("\"'`*:,").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  const bool plain = text.find_first_of("'\"<>=()*") == std::string_view::npos;
  const auto words = schema::Tokenize(text, kMaxWords + 1);
  const bool short_enough = text.size() <= kMaxWordBytes && !words.empty() && words.size() <= kMaxWords;
  return plain && short_enough ? std::string(text) : std::string();
}

// ---- Meanings ----

// A meaning in the terms of one table.
struct Meaning {
  enum Kind { kNothing, kTable, kColumn, kCondition, kNumber } kind = kNothing;
  int table = -1, column = -1;
  std::string sql;
};

bool IsFunction(const std::string& word) {
  static constexpr std::string_view kNames[] = {"sum",   "avg",   "count", "min",      "max",   "abs",
                                                "round", "lower", "upper", "coalesce", "nullif"};
  return std::find(std::begin(kNames), std::end(kNames), word) != std::end(kNames);
}

bool IsKeyword(const std::string& word) {
  static constexpr std::string_view kNames[] = {"and",   "or", "not",  "in",       "between", "like",
                                                "ilike", "is", "null", "distinct", "true",    "false"};
  return std::find(std::begin(kNames), std::end(kNames), word) != std::end(kNames);
}

bool MakesCondition(const std::string& word) {
  return word == "in" || word == "between" || word == "like" || word == "ilike" || word == "is";
}

// Reads the right side of a sentence token by token; what is not of the short list of things above reads as nothing.
class MeaningReader {
 public:
  MeaningReader(const Context& x, std::string text, const std::vector<schema::Token>& question)
      : x_(x), text_(std::move(text)), question_(question) {
    std::replace(text_.begin(), text_.end(), '`', '"');
  }

  Meaning Read() {
    if (!validator::Lex(text_, kNewestServer, kMaxTokensOfPart, &tokens_) || !Classify()) return {};
    if (names_.empty()) return literal_.empty() || parts_.size() != 1 ? Meaning{} : OfValue();
    if (parts_.size() == 1) {
      if (const int table = Table(names_[0].name); table >= 0 && names_[0].qualifier.empty())
        return {Meaning::kTable, table, -1, {}};
    }
    const int table = HomeOfNames();
    if (table < 0) return {};
    Meaning meaning{condition_ ? Meaning::kCondition : Meaning::kNumber, table, -1, {}};
    if (parts_.size() == 1) {
      meaning.kind = Meaning::kColumn;
      meaning.column = ColumnOf(table, names_[0].name);
    }
    for (const Part& part : parts_) {
      if (!meaning.sql.empty()) meaning.sql += ' ';
      meaning.sql +=
          part.name < 0 ? part.text
                        : schema::QuoteIdentifier(
                              x_.Column(table, ColumnOf(table, names_[static_cast<std::size_t>(part.name)].name)).name);
    }
    return meaning;
  }

 private:
  struct Name {
    std::string qualifier, name;
  };
  struct Part {
    std::string text;
    int name = -1;  // index into names_
  };

  // Every token must be a name, a literal, an operator, a bracket, or a known word.
  bool Classify() {
    for (validator::TokenId id = 0; id < tokens_.size(); ++id) {
      const validator::Token& token = tokens_[id];
      const std::string text(tokens_.Spelling(id));
      switch (token.kind) {
        case TokenKind::kEnd:
          break;
        case TokenKind::kString:
          if (text.empty() || text.front() != '\'') return false;
          literal_ = text;
          parts_.push_back({text, -1});
          break;
        case TokenKind::kInteger:
        case TokenKind::kNumeric:
          parts_.push_back({text, -1});
          break;
        case TokenKind::kIdentifier:
        case TokenKind::kQuotedIdentifier:
        case TokenKind::kKeyword:
          if (!AddWord(&id, text)) return false;
          break;
        default:
          if (!AddSign(text)) return false;
      }
    }
    return !parts_.empty() && Balanced();
  }

  bool Balanced() const {
    int depth = 0;
    for (const Part& part : parts_) {
      depth += part.text == "(" ? 1 : part.text == ")" ? -1 : 0;
      if (depth < 0) return false;
    }
    return depth == 0;
  }

  bool AddWord(validator::TokenId* id, const std::string& text) {
    const std::string word = AsciiLower(text);
    const bool called = *id + 1 < tokens_.size() && tokens_.Spelling(*id + 1) == "(";
    if (called && !IsKeyword(word)) {
      parts_.push_back({word, -1});
      return IsFunction(word);
    }
    if (text.front() != '"' && IsKeyword(word)) {
      condition_ |= MakesCondition(word);
      parts_.push_back({word, -1});
      return true;
    }
    Name name{"", Unquoted(text)};
    if (*id + 2 < tokens_.size() && tokens_.Spelling(*id + 1) == ".") {
      name.qualifier = std::exchange(name.name, Unquoted(std::string(tokens_.Spelling(*id + 2))));
      *id += 2;
    }
    parts_.push_back({"", static_cast<int>(names_.size())});
    names_.push_back(std::move(name));
    return true;
  }

  bool AddSign(const std::string& text) {
    static constexpr std::string_view kComparisons[] = {"=", "<>", "!=", "<", ">", "<=", ">="};
    const bool compares = std::find(std::begin(kComparisons), std::end(kComparisons), text) != std::end(kComparisons);
    condition_ |= compares;
    parts_.push_back({text == "!=" ? "<>" : text, -1});
    return compares || text == "(" || text == ")" || text == "," || text == "+" || text == "-" || text == "*" ||
           text == "/";
  }

  static std::string Unquoted(const std::string& text) {
    return text.size() >= 2 && text.front() == '"' ? text.substr(1, text.size() - 2) : text;
  }

  int Table(const std::string& name) const {
    for (std::size_t t = 0; t < x_.schema->tables.size(); ++t)
      if (schema::Fold(x_.schema->tables[t].name) == schema::Fold(name)) return static_cast<int>(t);
    return -1;
  }

  int ColumnOf(int table, const std::string& name) const {
    const auto& columns = x_.schema->tables[static_cast<std::size_t>(table)].columns;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (columns[c].readable && !IsDerived(columns[c]) && schema::Fold(columns[c].name) == schema::Fold(name))
        return static_cast<int>(c);
    }
    return -1;
  }

  bool HoldsAll(int table) const {
    return std::all_of(names_.begin(), names_.end(), [&](const Name& one) {
      const int said = one.qualifier.empty() ? -1 : Table(one.qualifier);
      return (said < 0 || said == table) && ColumnOf(table, one.name) >= 0;
    });
  }

  // The table that has every column named; of several the one that the question speaks of.
  int HomeOfNames() const {
    int home = -1;
    for (std::size_t t = 0; t < x_.schema->tables.size(); ++t) {
      const schema::Table& table = x_.schema->tables[t];
      if (!table.readable || !HoldsAll(static_cast<int>(t))) continue;
      if (home < 0 || IsSpokenOf(static_cast<int>(t))) home = static_cast<int>(t);
    }
    return home;
  }

  bool IsSpokenOf(int table) const {
    for (std::size_t from = 0; from < question_.size(); ++from) {
      for (std::size_t to = from + 1; to <= std::min(question_.size(), from + 3); ++to) {
        const auto* names = x_.lexicon.Find(question_, from, to);
        if (names != nullptr && names->front().table == table && names->front().column < 0) return true;
      }
    }
    return false;
  }

  // "California means 'CA'": where that value is, if it is in one place.
  Meaning OfValue() const {
    const std::string value = literal_.substr(1, literal_.size() - 2);
    const auto words = schema::Tokenize(value, kMaxTokensOfPart);
    std::vector<schema::ValueHit> hits;
    if (!words.empty()) x_.values.Find(words, 0, words.size(), false, &hits);
    std::erase_if(hits, [&](const schema::ValueHit& hit) { return hit.value != value; });
    if (hits.size() != 1) return {};
    const std::string column = schema::QuoteIdentifier(x_.Column(hits[0].table, hits[0].column).name);
    return {Meaning::kCondition, hits[0].table, -1, column + " = " + QuoteText(value)};
  }

  const Context& x_;
  std::string text_;
  const std::vector<schema::Token>& question_;
  validator::TokenList tokens_;
  std::vector<Part> parts_;
  std::vector<Name> names_;
  std::string literal_;
  bool condition_ = false;
};

std::string Unended(std::string text) {
  for (const std::string_view end : {"のこと", "を指す", "を指します", "を意味する", "です", "。", "."}) {
    if (text.ends_with(end)) text.resize(text.size() - end.size());
  }
  return std::string(Trim(text));
}

bool Add(const Context& x, const Sides& sides, const std::vector<schema::Token>& question, Evidence* evidence) {
  const std::string word = NameIn(sides.word);
  if (word.empty()) return false;
  const Meaning meaning = MeaningReader(x, Unended(sides.meaning), question).Read();
  if (meaning.kind == Meaning::kNothing) return false;
  const schema::Table& table = x.schema->tables[static_cast<std::size_t>(meaning.table)];
  const std::string home = table.schema + "." + table.name;
  switch (meaning.kind) {
    case Meaning::kTable:
      evidence->glossary.synonyms.push_back({word, home});
      break;
    case Meaning::kColumn:
      evidence->glossary.synonyms.push_back({word, home + "." + x.Column(meaning.table, meaning.column).name});
      break;
    case Meaning::kCondition:
      evidence->glossary.terms.push_back({word, home, meaning.sql});
      break;
    default:
      evidence->glossary.metrics.push_back({word, home, meaning.sql, ""});
  }
  evidence->taken.push_back(word + ": " + table.name + (meaning.sql.empty() ? "" : ", " + meaning.sql));
  return true;
}

}  // namespace

Evidence ReadEvidence(const Context& context, std::string_view text, const std::vector<schema::Token>& question) {
  Evidence evidence;
  std::size_t parts = 0;
  for (const std::string& sentence : Sentences(text)) {
    const auto sides = ++parts <= kMaxEvidenceParts ? SidesOf(sentence) : std::nullopt;
    // "gender = 'F' means women": the condition may stand first.
    const bool taken = sides && (Add(context, *sides, question, &evidence) ||
                                 Add(context, {sides->meaning, sides->word}, question, &evidence));
    if (!taken) evidence.left_out.push_back(Ellipsis(CleanUtf8(Trim(sentence)), kMaxShownBytes));
  }
  return evidence;
}

}  // namespace toomai::templates
