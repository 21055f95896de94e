#include "engine/reply.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "engine/mend_scope.h"
#include "engine/rough_tokens.h"
#include "validator/parser.h"

namespace toomai::engine {
namespace {

constexpr std::size_t kMaxReplyBytes = 4 << 20;  // beyond: nothing is read
constexpr std::size_t kMaxCandidates = 48;
constexpr std::size_t kMaxStatementBytes = 64 << 10;

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool IsWordByte(char c) {
  return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         (static_cast<unsigned char>(c) >= 0x80);
}

std::size_t FindIgnoreCase(std::string_view text, std::string_view lower_word, std::size_t from = 0) {
  for (std::size_t i = from; i + lower_word.size() <= text.size(); ++i) {
    if (AsciiLower(text.substr(i, 1))[0] == lower_word[0] &&
        AsciiLower(text.substr(i, lower_word.size())) == lower_word)
      return i;
  }
  return std::string_view::npos;
}

struct Pair {
  std::string_view open, close;
};

constexpr Pair kReasoning[] = {
    {"<think>", "</think>"},         {"<thinking>", "</thinking>"},      {"[think]", "[/think]"},
    {"<reasoning>", "</reasoning>"}, {"<|channel|>analysis", "<|end|>"}, {"<|channel|>commentary", "<|end|>"}};

void ReplaceAll(std::string* text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text->find(from, at)) != std::string::npos; at += to.size())
    text->replace(at, from.size(), to);
}

// Full-width punctuation of Chinese and Japanese keyboards, and its ASCII.
struct Wide {
  std::string_view from;
  char to;
};
constexpr Wide kWide[] = {{"，", ','}, {"；", ';'}, {"（", '('}, {"）", ')'}, {"＝", '='},
                          {"＜", '<'}, {"＞", '>'}, {"＊", '*'}, {"．", '.'}, {"：", ':'},
                          {"　", ' '}, {"＋", '+'}, {"－", '-'}, {"／", '/'}, {"％", '%'}};

std::string HalfWidthOutsideQuotes(std::string_view text) {
  std::string out;
  char quote = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (quote) {
      if (c == quote) quote = 0;
      out += c;
      ++i;
      continue;
    }
    if (c == '\'' || c == '"') quote = c;
    bool replaced = false;
    for (const Wide& wide : kWide) {
      if (text.substr(i, wide.from.size()) != wide.from) continue;
      out += wide.to;
      i += wide.from.size();
      replaced = true;
      break;
    }
    if (!replaced) out += text[i++];
  }
  return out;
}

// A statement cut out of the reply, and how sure we are of it.
struct Candidate {
  std::string sql;
  int score = 0;  // 4 parses and its tables exist, 3 parses, 2 can be mended, 1 stands where a statement should
  std::string note;
};

bool StartsStatement(const std::vector<RoughToken>& tokens, std::size_t at) {
  if (at >= tokens.size()) return false;
  const std::string& word = tokens[at].lower;
  if (word == "(" && tokens[at].kind == RoughToken::Kind::kSymbol) return StartsStatement(tokens, at + 1);
  return tokens[at].kind == RoughToken::Kind::kWord &&
         (word == "select" || word == "with" || word == "values" || word == "table");
}

// Statements that do something: beside a query they must be seen, so that the reply is refused for what it is.
bool StartsOtherStatement(const std::string& word) {
  static const char* const kWords[] = {"insert", "update",   "delete",  "merge",    "create",  "drop",
                                       "alter",  "truncate", "grant",   "revoke",   "call",    "do",
                                       "copy",   "begin",    "commit",  "rollback", "execute", "vacuum",
                                       "lock",   "comment",  "prepare", "declare"};
  return std::any_of(std::begin(kWords), std::end(kWords), [&](const char* known) { return word == known; });
}

// Entities, curly quotes and the like outside text constants: a statement may parse with them and still mean another
// thing.
bool OddOutsideStrings(std::string_view text) {
  std::string rest;
  bool inside = false;
  for (char c : text) {
    if (c == '\'')
      inside = !inside;
    else if (!inside)
      rest += c;
  }
  return PlainTypography(rest) != rest;
}

class Reader {
 public:
  explicit Reader(const MendContext& context) : context_(context) {}

  // The best reading of a block that should hold nothing but a statement.
  std::optional<Candidate> Block(std::string_view block) {
    block = Trim(block);
    if (block.empty()) return std::nullopt;
    std::string text(block.substr(0, kMaxStatementBytes));
    const bool odd = OddOutsideStrings(text);
    if (!odd) {
      if (auto found = Judge(text)) return found;
    }
    const std::string plain = PlainTypography(text);
    if (plain != text) {
      if (auto found = Judge(plain)) {
        found->note = "typography made plain";
        return found;
      }
    }
    if (odd) {
      if (auto found = Judge(text)) return found;
    }
    if (!StartsStatement(RoughTokens(plain), 0)) return std::nullopt;
    return Candidate{plain, 1, {}};
  }

  // A statement somewhere in prose, beginning at a word SELECT or WITH: the longest run of whole lines that parses.
  std::optional<Candidate> FromPosition(std::string_view rest) {
    rest = rest.substr(0, kMaxStatementBytes);
    std::vector<std::size_t> ends;
    for (std::size_t i = 0; i < rest.size() && ends.size() < 400; ++i) {
      if (rest[i] == '\n' || rest[i] == ';' || rest.substr(i, 3) == "```") ends.push_back(i);
    }
    ends.push_back(rest.size());
    for (std::size_t i = ends.size(), tries = 0; i-- > 0 && tries < 60; ++tries) {
      const std::string_view part = Trim(rest.substr(0, ends[i]));
      if (part.find("```") != std::string_view::npos) continue;
      if (Parses(std::string(part))) return Judge(std::string(part));
    }
    // What does not parse as it is may parse after mending, but then it has to end where a person would see an end.
    std::size_t end = std::min({rest.find("\n\n"), rest.find(';'), rest.size()});
    std::string part(Trim(rest.substr(0, end)));
    if (auto found = Judge(part)) return found;
    return Judge(PlainTypography(part));
  }

 private:
  bool Parses(const std::string& sql) {
    validator::ParseError error;
    return validator::Parse(sql, options_, &tree_, &error);
  }

  std::optional<Candidate> Judge(const std::string& text) {
    std::string note;
    const std::optional<std::string> one = OneStatement(text, &note);
    if (!one) return Candidate{text, 2, {}};  // several: the validator will say so
    if (one->empty()) return std::nullopt;
    if (Parses(*one)) {
      bool known = true;
      if (context_.schema) known = StatementScopes(tree_, *context_.schema).unknown_tables().empty();
      return Candidate{*one, known ? 4 : 3, note};
    }
    if (context_.schema && StartsStatement(RoughTokens(*one), 0) && Mend(*one, context_).parses)
      return Candidate{*one, 2, note};
    return std::nullopt;
  }

  // The only query among the statements; "" when there is none, nullopt when there is more than one statement that does
  // something. SET, USE and EXPLAIN before a query say how, not what.
  std::optional<std::string> OneStatement(const std::string& text, std::string* note) {
    const std::vector<RoughToken> tokens = RoughTokens(text);
    std::vector<std::pair<std::size_t, std::size_t>> parts;
    std::size_t first = 0;
    for (std::size_t i = 0; i <= tokens.size(); ++i) {
      const bool end = i == tokens.size() || (tokens[i].kind == RoughToken::Kind::kSymbol && tokens[i].lower == ";");
      if (!end) continue;
      if (i > first) parts.emplace_back(first, i);
      first = i + 1;
    }
    std::optional<std::string> query;
    bool several = false;
    for (auto [begin, end] : parts) {
      const std::string& word = tokens[begin].lower;
      if (word == "set" || word == "use" || word == "go" || (word == "\\" && end - begin == 2)) {
        *note = "a statement '" + AsciiLower(word) + "' beside the query was dropped";
        continue;
      }
      if (word == "explain") {
        *note = "EXPLAIN before the query was dropped";
        ++begin;
        while (begin < end && (tokens[begin].lower == "analyze" || tokens[begin].lower == "verbose")) ++begin;
        if (begin == end) continue;
      }
      if (!StartsStatement(tokens, begin) && !StartsOtherStatement(word)) {
        if (query) *note = "text after the query was dropped";
        if (query) continue;
      }
      if (query) several = true;
      query = text.substr(tokens[begin].begin, tokens[end - 1].end - tokens[begin].begin);
    }
    if (several) return std::nullopt;
    return query.value_or("");
  }

  const MendContext& context_;
  validator::ParseOptions options_;
  validator::Tree tree_;
};

// The text of `"key": "value"` in something like JSON: raw newlines, single quotes and trailing commas are tolerated.
std::optional<std::string> JsonField(std::string_view text, std::string_view key, bool* null = nullptr) {
  for (std::size_t at = 0; (at = text.find(key, at)) != std::string_view::npos; at += key.size()) {
    if (at == 0 || (text[at - 1] != '"' && text[at - 1] != '\'')) continue;
    std::size_t i = at + key.size();
    if (i >= text.size() || text[i] != text[at - 1]) continue;
    ++i;
    while (i < text.size() && IsSpace(text[i])) ++i;
    if (i >= text.size() || text[i] != ':') continue;
    ++i;
    while (i < text.size() && IsSpace(text[i])) ++i;
    if (text.substr(i, 4) == "null") {
      if (null) *null = true;
      return std::nullopt;
    }
    if (i >= text.size()) return std::nullopt;
    const bool triple = text.substr(i, 3) == "\"\"\"";
    const char quote = text[i];
    if (quote != '"' && quote != '\'') return std::nullopt;
    i += triple ? 3 : 1;
    std::string value;
    while (i < text.size()) {
      if (triple ? text.substr(i, 3) == "\"\"\"" : text[i] == quote) return value;
      if (text[i] == '\\' && i + 1 < text.size()) {
        const char c = text[i + 1];
        i += 2;
        if (c == 'n')
          value += '\n';
        else if (c == 't')
          value += '\t';
        else if (c == 'r')
          value += '\r';
        else if (c == 'u' && i + 4 <= text.size()) {
          const std::string hex(text.substr(i, 4));
          AppendUtf8(static_cast<char32_t>(std::strtoul(hex.c_str(), nullptr, 16)), &value);
          i += 4;
        } else {
          value += c;
        }
        continue;
      }
      value += text[i++];
    }
    return std::nullopt;  // the string has no end: a cut reply
  }
  return std::nullopt;
}

std::vector<std::string> JsonList(std::string_view text, std::string_view key) {
  std::vector<std::string> list;
  const std::size_t at = text.find("\"" + std::string(key) + "\"");
  if (at == std::string_view::npos) return list;
  const std::size_t open = text.find('[', at), close = text.find(']', at);
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return list;
  std::string item;
  bool inside = false;
  for (std::size_t i = open + 1; i < close && list.size() < 20; ++i) {
    if (text[i] == '"') {
      if (inside) list.push_back(item);
      item.clear();
      inside = !inside;
    } else if (inside) {
      item += text[i];
    }
  }
  return list;
}

// {"kind": …, "sql": …} and the many like it.
std::optional<ReplyReading> ReadJson(std::string_view text, Reader* reader) {
  text = Trim(text);
  if (text.empty() || text.front() != '{') return std::nullopt;
  ReplyReading reading;
  reading.assumptions = JsonList(text, "assumptions");
  reading.options = JsonList(text, "options");
  const std::string kind = JsonField(text, "kind").value_or("");
  bool null = false;
  for (const char* key : {"sql", "SQL", "final_sql", "revised_SQL", "revised_sql", "query", "statement", "answer"}) {
    const auto value = JsonField(text, key, &null);
    if (!value || Trim(*value).empty() || kind == "refuse" || kind == "clarify") continue;
    auto candidate = reader->Block(*value);
    if (!candidate) continue;
    reading.kind = ReplyReading::Kind::kSql;
    reading.sql = candidate->sql;
    if (!candidate->note.empty()) reading.notes.push_back(candidate->note);
    return reading;
  }
  for (const char* key : {"reason", "missing", "plan", "explanation", "message", "question"}) {
    if (reading.text.empty()) reading.text = JsonField(text, key).value_or("");
  }
  if (kind == "clarify")
    reading.kind = ReplyReading::Kind::kClarify;
  else if (kind == "refuse" || null || !reading.text.empty())
    reading.kind = ReplyReading::Kind::kRefusal;
  if (reading.kind == ReplyReading::Kind::kNothing) return std::nullopt;
  return reading;
}

struct Fence {
  std::string language;
  std::string_view body;
};

// ```lang … ``` and ~~~ blocks, in order; one without an end reaches to the end of the text.
std::vector<Fence> Fences(std::string_view text) {
  std::vector<Fence> fences;
  for (const std::string_view mark : {std::string_view("```"), std::string_view("~~~")}) {
    std::size_t at = 0;
    while ((at = text.find(mark, at)) != std::string_view::npos && fences.size() < kMaxCandidates) {
      std::size_t body = at + mark.size();
      std::size_t word = body;
      while (word < text.size() && (IsWordByte(text[word]) || text[word] == '-' || text[word] == '+')) ++word;
      std::string language = AsciiLower(text.substr(body, word - body));
      // ```SELECT 1``` on one line has no language.
      if (language == "select" || language == "with" || language == "values")
        language.clear();
      else
        body = word;
      std::size_t end = text.find(mark, body);
      if (end == std::string_view::npos) end = text.size();
      fences.push_back({language, text.substr(body, end - body)});
      at = std::min(text.size(), end + mark.size());
    }
  }
  return fences;
}

bool IsSqlLanguage(const std::string& language) {
  static const char* const kNames[] = {"",        "sql",   "postgres", "postgresql", "pgsql", "psql",
                                       "plpgsql", "mysql", "sqlite",   "text",       "code"};
  return std::any_of(std::begin(kNames), std::end(kNames), [&](const char* name) { return language == name; });
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  for (const std::string& line : Split(text, '\n')) {
    std::string_view item = Trim(line);
    while (!item.empty() && (item.front() == '-' || item.front() == '*')) item = Trim(item.substr(1));
    if (!item.empty()) lines.emplace_back(item);
  }
  return lines;
}

bool SoundsLikeRefusal(std::string_view text) {
  static const char* const kPhrases[] = {"cannot",
                                         "can't",
                                         "can not",
                                         "unable to",
                                         "not possible",
                                         "not able",
                                         "sorry",
                                         "no column",
                                         "no table",
                                         "does not contain",
                                         "doesn't contain",
                                         "not available",
                                         "insufficient",
                                         "don't have",
                                         "do not have",
                                         "无法",
                                         "不能",
                                         "抱歉",
                                         "没有",
                                         "缺少",
                                         "不存在",
                                         "対応できません",
                                         "できません",
                                         "申し訳",
                                         "ありません",
                                         "わかりません"};
  const std::string lower = AsciiLower(text);
  return std::any_of(std::begin(kPhrases), std::end(kPhrases),
                     [&](const char* phrase) { return lower.find(phrase) != std::string::npos; });
}

}  // namespace

std::string WithoutReasoning(std::string_view given) {
  std::string text(given);
  // The answer of a harmony reply is what its last channel says.
  const std::size_t final_channel = text.rfind("<|channel|>final<|message|>");
  if (final_channel != std::string::npos) {
    text = text.substr(final_channel + std::string_view("<|channel|>final<|message|>").size());
    const std::size_t end = text.find("<|");
    if (end != std::string::npos) text.resize(end);
    return text;
  }
  for (const Pair& pair : kReasoning) {
    while (true) {
      const std::size_t open = FindIgnoreCase(text, pair.open), close = FindIgnoreCase(text, pair.close);
      if (close != std::string::npos && (open == std::string::npos || open > close)) {
        text.erase(0, close + pair.close.size());  // the opener was part of the prompt
      } else if (open == std::string::npos) {
        break;
      } else if (close == std::string::npos) {
        text.erase(open);
      } else {
        text.erase(open, close + pair.close.size() - open);
      }
    }
  }
  return text;
}

std::string PlainTypography(std::string_view sql) {
  std::string text(sql);
  for (const char* escaped : {"\\_", "\\*", "\\[", "\\]", "\\<", "\\>", "\\#", "\\~", "\\(", "\\)"})
    ReplaceAll(&text, escaped, std::string_view(escaped).substr(1));
  for (const auto& [from, to] :
       {std::pair{"&lt;", "<"}, {"&gt;", ">"},          {"&quot;", "\""},       {"&#39;", "'"},
        {"&apos;", "'"},        {"&nbsp;", " "},        {"&amp;", "&"},         {"\xE2\x80\x98", "'"},
        {"\xE2\x80\x99", "'"},  {"\xE2\x80\x9C", "\""}, {"\xE2\x80\x9D", "\""}, {"\xE2\x80\x8B", ""},
        {"\xE2\x80\x8C", ""},   {"\xE2\x80\x8D", ""},   {"\xEF\xBB\xBF", ""},   {"\xC2\xA0", " "},
        {"\xE2\x80\xAF", " "},  {"\xE2\x89\xA0", "<>"}, {"\xE2\x89\xA4", "<="}, {"\xE2\x89\xA5", ">="}}) {
    ReplaceAll(&text, from, to);
  }
  return HalfWidthOutsideQuotes(text);
}

ReplyReading ReadModelText(std::string_view raw, const MendContext& context) {
  ReplyReading reading;
  if (raw.size() > kMaxReplyBytes) return reading;
  const std::string cleaned = CleanUtf8(WithoutReasoning(raw));
  const std::string_view text = Trim(cleaned);
  Reader reader(context);
  if (auto json = ReadJson(text, &reader)) return *json;

  std::vector<Candidate> candidates;
  const std::vector<Fence> fences = Fences(text);
  for (const Fence& fence : fences) {
    if (fence.language == "refuse" || fence.language == "clarify") {
      reading.kind = fence.language == "refuse" ? ReplyReading::Kind::kRefusal : ReplyReading::Kind::kClarify;
      std::vector<std::string> lines = Lines(fence.body);
      if (!lines.empty()) reading.text = lines.front();
      if (reading.kind == ReplyReading::Kind::kClarify && lines.size() > 1)
        reading.options.assign(lines.begin() + 1, lines.end());
      if (reading.text.rfind("missing:", 0) == 0)
        reading.text = std::string(Trim(std::string_view(reading.text).substr(8)));
    } else if (fence.language == "json" ||
               (fence.language.empty() && !Trim(fence.body).empty() && Trim(fence.body).front() == '{')) {
      if (auto json = ReadJson(fence.body, &reader)) return *json;
    } else if (IsSqlLanguage(fence.language)) {
      if (auto found = reader.Block(fence.body)) candidates.push_back(std::move(*found));
    }
  }
  if (candidates.empty()) {
    for (const char* tag : {"sql", "final_answer", "answer", "final_sql", "query", "result"}) {
      const std::string open = std::string("<") + tag + ">", close = std::string("</") + tag + ">";
      std::size_t at = 0;
      while ((at = FindIgnoreCase(text, open, at)) != std::string_view::npos && candidates.size() < kMaxCandidates) {
        const std::size_t begin = at + open.size();
        const std::size_t end = FindIgnoreCase(text, close, begin);
        if (auto found = reader.Block(text.substr(begin, end == std::string_view::npos ? end : end - begin)))
          candidates.push_back(std::move(*found));
        at = begin;
      }
    }
  }
  if (candidates.empty() && reading.kind == ReplyReading::Kind::kNothing) {
    if (auto found = reader.Block(text); found && found->score > 1) candidates.push_back(std::move(*found));
  }
  if (candidates.empty() && reading.kind == ReplyReading::Kind::kNothing) {
    std::size_t from = 0, misses = 0;
    while (candidates.size() < kMaxCandidates) {
      std::size_t at = std::string_view::npos;
      for (const char* word : {"select", "with", "(select"}) {
        for (std::size_t i = FindIgnoreCase(text, word, from); i != std::string_view::npos;
             i = FindIgnoreCase(text, word, i + 1)) {
          if (i > 0 && (IsWordByte(text[i - 1]) || (text[i - 1] == '(' && word[0] != '('))) continue;
          const std::size_t after = i + std::string_view(word).size();
          if (after < text.size() && IsWordByte(text[after])) continue;
          at = std::min(at, i);
          break;
        }
      }
      if (at == std::string_view::npos) break;
      auto found = reader.FromPosition(text.substr(at));
      if (found && found->score > 1) {
        from = at + found->sql.size();
        candidates.push_back(std::move(*found));
      } else {
        from = at + 1;
        if (++misses > kMaxCandidates) break;
      }
    }
    // "SELECT 1; DELETE …" without a fence: hand over all of it, so that it is refused for what it is.
    if (candidates.empty()) {
      if (auto found = reader.Block(text)) candidates.push_back(std::move(*found));
    }
  }

  const Candidate* best = nullptr;
  for (const Candidate& candidate : candidates) {
    if (!best || candidate.score >= best->score) best = &candidate;  // the last of equals: models correct themselves
  }
  if (best) {
    reading.kind = ReplyReading::Kind::kSql;
    reading.sql = best->sql;
    reading.text.clear();
    if (!best->note.empty()) reading.notes.push_back(best->note);
    return reading;
  }
  if (reading.kind == ReplyReading::Kind::kNothing && !text.empty() && SoundsLikeRefusal(text)) {
    reading.kind = ReplyReading::Kind::kRefusal;
    reading.text = Ellipsis(text, 400);
  }
  return reading;
}

ReplyReading ReadModelReply(const llm::Choice& choice, const MendContext& context) {
  ReplyReading reading;
  if (choice.truncated) {
    reading.kind = ReplyReading::Kind::kTruncated;
    return reading;
  }
  if (!choice.tool_arguments.empty()) {
    Reader reader(context);
    if (auto json = ReadJson(choice.tool_arguments, &reader)) return *json;
    reading = ReadModelText(choice.tool_arguments, context);
    if (reading.kind != ReplyReading::Kind::kNothing) return reading;
  }
  if (!choice.refusal.empty() || choice.filtered) {
    reading.kind = ReplyReading::Kind::kRefusal;
    reading.text = choice.refusal.empty() ? "the model's provider filtered the answer" : Ellipsis(choice.refusal, 400);
    return reading;
  }
  // Some servers put everything into the reasoning field and leave the content empty.
  return ReadModelText(Trim(choice.text).empty() ? choice.reasoning : choice.text, context);
}

}  // namespace toomai::engine
