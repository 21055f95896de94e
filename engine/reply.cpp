#include "engine/reply.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "engine/reply_json.h"
#include "engine/reply_statement.h"
#include "engine/reply_text.h"

namespace toomai::engine {
namespace {

using Kind = ReplyReading::Kind;

constexpr std::size_t kMaxReplyBytes = 4 << 20;  // beyond: nothing is read
constexpr std::size_t kMaxCandidates = 48;       // places of one reply where a statement may stand
constexpr int kMaxJsonNesting = 3;               // arguments as text inside arguments

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

void Take(const StatementCandidate& found, ReplyReading* reading) {
  reading->kind = Kind::kSql;
  reading->sql = found.sql;
  reading->text.clear();
  if (!found.note.empty()) reading->notes.push_back(found.note);
}

// {"kind": …, "sql": …} and the many like it; a list of one; a tool call whose arguments are JSON again, as text.
std::optional<ReplyReading> ReadJson(std::string_view text, StatementFinder* finder, int nesting = 0) {
  text = Trim(text);
  if (text.empty() || (text.front() != '{' && text.front() != '[')) return std::nullopt;
  ReplyReading reading;
  reading.assumptions = JsonList(text, "assumptions");
  reading.options = JsonList(text, "options");
  const std::string kind = JsonField(text, "kind").value_or("");
  bool null = false;
  for (const char* key :
       {"sql", "SQL", "final_sql", "revised_SQL", "revised_sql", "sql_query", "query", "statement", "answer"}) {
    const auto value = JsonField(text, key, &null);
    if (!value || Trim(*value).empty() || kind == "refuse" || kind == "clarify") continue;
    if (const auto found = finder->Block(*value)) {
      Take(*found, &reading);
      return reading;
    }
  }
  if (const auto arguments = JsonField(text, "arguments"); arguments && nesting < kMaxJsonNesting) {
    if (auto inner = ReadJson(*arguments, finder, nesting + 1)) return inner;
  }
  for (const char* key : {"reason", "missing", "plan", "explanation", "message", "question"}) {
    if (reading.text.empty()) reading.text = JsonField(text, key).value_or("");
  }
  if (kind == "clarify")
    reading.kind = Kind::kClarify;
  else if (kind == "refuse" || null || !reading.text.empty())
    reading.kind = Kind::kRefusal;
  if (reading.kind == Kind::kNothing) return std::nullopt;
  return reading;
}

// One reply on its way to a reading: fences, else tags, else the whole, else places in the prose.
class ReplyReader {
 public:
  ReplyReader(std::string_view text, const MendContext& context) : text_(text), finder_(context) {}

  ReplyReading Read() {
    if (auto json = ReadJson(text_, &finder_)) return *json;
    if (auto json = Fenced()) return *json;
    if (candidates_.empty()) {
      if (auto json = Tagged()) return *json;
    }
    if (candidates_.empty() && reading_.kind == Kind::kNothing) {
      Add(finder_.Block(text_), 2);
      if (candidates_.empty()) Prose();
      // "SELECT 1; DELETE …" without a fence: hand over all of it, so that it is refused for what it is.
      if (candidates_.empty()) Add(finder_.Block(text_), 1);
    }
    if (const StatementCandidate* best = Best()) {
      Take(*best, &reading_);
    } else if (reading_.kind == Kind::kNothing && !text_.empty() && SoundsLikeRefusal(text_)) {
      reading_.kind = Kind::kRefusal;
      reading_.text = Ellipsis(text_, 400);
    }
    return std::move(reading_);
  }

 private:
  bool Add(std::optional<StatementCandidate> found, int least) {
    if (!found || found->score < least || candidates_.size() >= kMaxCandidates) return false;
    candidates_.push_back(std::move(*found));
    return true;
  }

  std::optional<ReplyReading> Fenced() {
    for (const Fence& fence : Fences(text_)) {
      if (fence.language == "refuse" || fence.language == "clarify") {
        Refusal(fence);
      } else if (fence.language == "json" || (fence.language.empty() && Trim(fence.body).substr(0, 1) == "{")) {
        if (auto json = ReadJson(fence.body, &finder_)) return json;
      } else if (IsSqlLanguage(fence.language)) {
        Add(finder_.Block(fence.body), 1);
      }
    }
    return std::nullopt;
  }

  void Refusal(const Fence& fence) {
    reading_.kind = fence.language == "refuse" ? Kind::kRefusal : Kind::kClarify;
    const std::vector<std::string> lines = Lines(fence.body);
    if (!lines.empty()) reading_.text = lines.front();
    if (reading_.kind == Kind::kClarify && lines.size() > 1) reading_.options.assign(lines.begin() + 1, lines.end());
    if (reading_.text.rfind("missing:", 0) == 0)
      reading_.text = std::string(Trim(std::string_view(reading_.text).substr(8)));
  }

  std::optional<ReplyReading> Tagged() {
    for (const char* tag :
         {"sql", "final_answer", "answer", "final_sql", "query", "result", "tool_call", "parameter=sql"}) {
      // <parameter=sql> ends with </parameter>.
      const std::string open = std::string("<") + tag + ">",
                        close = "</" + open.substr(1, open.find_first_of("=>") - 1) + ">";
      std::size_t at = 0;
      for (std::size_t i = 0; i < kMaxCandidates; ++i) {
        if ((at = FindIgnoreCase(text_, open, at)) == std::string_view::npos) break;
        const std::size_t begin = at + open.size(), end = FindIgnoreCase(text_, close, begin);
        const std::string_view body = text_.substr(begin, end == std::string_view::npos ? end : end - begin);
        if (auto json = ReadJson(body, &finder_)) return json;
        Add(finder_.Block(body), 1);
        at = begin;
      }
    }
    return std::nullopt;
  }

  void Prose() {
    std::size_t after = 0;
    for (const std::size_t at : Beginnings()) {
      if (at < after) continue;
      std::string_view rest = text_.substr(at);
      // `SELECT …` inside a sentence ends with its mark.
      if (at > 0 && text_[at - 1] == '`') rest = rest.substr(0, rest.find('`'));
      auto found = finder_.FromPosition(rest);
      const std::size_t size = found ? found->sql.size() : 0;
      if (Add(std::move(found), 2)) after = at + size;
    }
  }

  // Where SELECT, WITH or (SELECT stand as words of their own.
  std::vector<std::size_t> Beginnings() const {
    std::vector<std::size_t> places;
    for (const char* word : {"select", "with"}) {
      const std::size_t size = std::string_view(word).size();
      std::size_t at = 0;
      for (std::size_t i = 0; i < kMaxCandidates; ++i, at += size) {
        if ((at = FindIgnoreCase(text_, word, at)) == std::string_view::npos) break;
        if (at > 0 && IsWordByte(text_[at - 1])) continue;
        if (at + size < text_.size() && IsWordByte(text_[at + size])) continue;
        places.push_back(at > 0 && text_[at - 1] == '(' ? at - 1 : at);
      }
    }
    std::sort(places.begin(), places.end());
    return places;
  }

  // The last of equals: models correct themselves.
  const StatementCandidate* Best() const {
    const StatementCandidate* best = nullptr;
    for (const StatementCandidate& candidate : candidates_) {
      if (!best || candidate.score >= best->score) best = &candidate;
    }
    return best;
  }

  const std::string_view text_;
  StatementFinder finder_;
  ReplyReading reading_;
  std::vector<StatementCandidate> candidates_;
};

}  // namespace

ReplyReading ReadModelText(std::string_view raw, const MendContext& context) {
  if (raw.size() > kMaxReplyBytes) return {};
  const std::string cleaned = CleanUtf8(WithoutReasoning(raw));
  return ReplyReader(Trim(cleaned), context).Read();
}

ReplyReading ReadModelReply(const llm::Choice& choice, const MendContext& context) {
  ReplyReading reading;
  if (choice.truncated) {
    reading.kind = Kind::kTruncated;
    return reading;
  }
  if (!choice.tool_arguments.empty()) {
    reading = ReadModelText(choice.tool_arguments, context);
    if (reading.kind != Kind::kNothing) return reading;
  }
  if (!choice.refusal.empty() || choice.filtered) {
    reading.kind = Kind::kRefusal;
    reading.text = choice.refusal.empty() ? "the model's provider filtered the answer" : Ellipsis(choice.refusal, 400);
    return reading;
  }
  // Some servers put everything into the reasoning field and leave the content empty.
  return ReadModelText(Trim(choice.text).empty() ? choice.reasoning : choice.text, context);
}

}  // namespace toomai::engine
