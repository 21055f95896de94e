#include "templates/learned.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "base/text.h"
#include "validator/parser.h"

namespace toomai::templates {
namespace {

using schema::Token;
using schema::TokenKind;

constexpr std::size_t kMaxTokens = 128;
constexpr std::size_t kMaxValueTokens = 6;
constexpr std::size_t kMaxIndexedValues = 200'000;

// Words that say nothing about which rows are meant.
bool IsFiller(const std::string& word) {
  static const std::set<std::string> kFillers = {
      "a",     "an",     "the",     "of",  "is",   "are",   "was", "were",  "be",    "there",  "what", "which",
      "who",   "whose",  "show",    "me",  "list", "give",  "get", "find",  "tell",  "please", "all",  "do",
      "does",  "did",    "have",    "has", "had",  "we",    "our", "us",    "i",     "you",    "it",   "that",
      "this",  "in",     "on",      "at",  "to",   "for",   "by",  "with",  "from",  "and",    "can",  "could",
      "would", "return", "display", "'s",  "s",    "their", "its", "these", "those", "exist",  "how"};
  return kFillers.count(word) > 0;
}

// Phrases that ask for the same thing in different words become one mark.
struct Phrase {
  std::array<std::string_view, 3> words;
  std::string_view mark;
};
constexpr Phrase kPhrases[] = {{{"how", "many", ""}, "#count"},    {{"number", "of", ""}, "#count"},
                               {{"count", "of", ""}, "#count"},    {{"total", "number", "of"}, "#count"},
                               {{"count", "", ""}, "#count"},      {{"how", "much", ""}, "#sum"},
                               {{"total", "", ""}, "#sum"},        {{"sum", "of", ""}, "#sum"},
                               {{"average", "", ""}, "#avg"},      {{"mean", "", ""}, "#avg"},
                               {{"avg", "", ""}, "#avg"},          {{"most", "", ""}, "#max"},
                               {{"highest", "", ""}, "#max"},      {{"largest", "", ""}, "#max"},
                               {{"biggest", "", ""}, "#max"},      {{"top", "", ""}, "#max"},
                               {{"maximum", "", ""}, "#max"},      {{"best", "", ""}, "#max"},
                               {{"lowest", "", ""}, "#min"},       {{"smallest", "", ""}, "#min"},
                               {{"least", "", ""}, "#min"},        {{"minimum", "", ""}, "#min"},
                               {{"fewest", "", ""}, "#min"},       {{"per", "", ""}, "#each"},
                               {{"each", "", ""}, "#each"},        {{"every", "", ""}, "#each"},
                               {{"greater", "than", ""}, "#more"}, {{"more", "than", ""}, "#more"},
                               {{"over", "", ""}, "#more"},        {{"above", "", ""}, "#more"},
                               {{"less", "than", ""}, "#less"},    {{"fewer", "than", ""}, "#less"},
                               {{"under", "", ""}, "#less"},       {{"below", "", ""}, "#less"}};

const Phrase* PhraseAt(const std::vector<Token>& tokens, std::size_t at) {
  const Phrase* best = nullptr;
  std::size_t best_length = 0;
  for (const Phrase& phrase : kPhrases) {
    std::size_t length = 0;
    bool fits = true;
    for (const std::string_view word : phrase.words) {
      if (word.empty()) break;
      fits = fits && at + length < tokens.size() && tokens[at + length].norm == word;
      ++length;
    }
    if (fits && length > best_length) {
      best = &phrase;
      best_length = length;
    }
  }
  return best;
}

std::size_t LengthOf(const Phrase& phrase) {
  return static_cast<std::size_t>(
      std::count_if(phrase.words.begin(), phrase.words.end(), [](std::string_view w) { return !w.empty(); }));
}

std::string NumberText(const Token& token) {
  static const std::unordered_map<std::string, std::string> kWords = {
      {"one", "1"},     {"two", "2"},     {"three", "3"},   {"four", "4"},     {"five", "5"},
      {"six", "6"},     {"seven", "7"},   {"eight", "8"},   {"nine", "9"},     {"ten", "10"},
      {"eleven", "11"}, {"twelve", "12"}, {"twenty", "20"}, {"hundred", "100"}};
  if (token.kind == TokenKind::kNumber) {
    std::string digits;
    for (const char c : token.norm) {
      if (c != ',') digits += c;
    }
    const bool plain = digits.find_first_not_of("0123456789.") == std::string::npos &&
                       std::count(digits.begin(), digits.end(), '.') <= 1;
    return plain ? digits : std::string();
  }
  const auto it = kWords.find(token.norm);
  return it == kWords.end() ? std::string() : it->second;
}

std::string FoldedWords(const std::vector<Token>& tokens, std::size_t from, std::size_t count) {
  std::string text;
  for (std::size_t i = from; i < from + count; ++i) {
    if (tokens[i].kind == TokenKind::kPunctuation) continue;
    if (!text.empty()) text += ' ';
    text += tokens[i].norm;
  }
  return text;
}

std::string FoldedWords(std::string_view text) {
  const std::vector<Token> tokens = schema::Tokenize(text, kMaxTokens);
  return FoldedWords(tokens, 0, tokens.size());
}

// Where the question names `value`: first token and how many; npos when it does not. `taken` marks tokens of other
// slots.
std::pair<std::size_t, std::size_t> FindValue(const std::vector<Token>& tokens, const std::vector<bool>& taken,
                                              const std::string& value) {
  const std::string wanted = FoldedWords(value);
  if (wanted.empty()) return {std::string::npos, 0};
  for (std::size_t from = 0; from < tokens.size(); ++from) {
    for (std::size_t count = 1; count <= kMaxValueTokens && from + count <= tokens.size() && !taken[from + count - 1];
         ++count) {
      if (FoldedWords(tokens, from, count) == wanted) return {from, count};
    }
  }
  return {std::string::npos, 0};
}

// The column a literal stands beside, by its literal's node id.
std::unordered_map<validator::NodeId, std::string> ComparedColumns(const validator::Tree& tree) {
  using validator::NodeKind;
  std::unordered_map<validator::NodeId, std::string> columns;
  for (validator::NodeId id = 0; id < tree.size(); ++id) {
    const NodeKind kind = tree[id].kind;
    if (kind != NodeKind::kBinary && kind != NodeKind::kIn && kind != NodeKind::kLike && kind != NodeKind::kBetween)
      continue;
    std::string column;
    std::vector<validator::NodeId> literals;
    for (validator::NodeId child : tree.Children(id)) {
      if (child == validator::kNoNode) continue;
      // lower(city) = 'berlin' compares city, too.
      if (tree[child].kind == NodeKind::kFunctionCall) {
        const validator::NodeId arguments = tree.Child(child, validator::FunctionCallSlots::kArguments);
        if (arguments != validator::kNoNode && tree[arguments].child_count == 1) child = tree.Child(arguments, 0);
      }
      if (tree[child].kind == NodeKind::kColumnRef && tree.NameCount(child) > 0)
        column = std::string(tree.LastName(child));
      if (tree[child].kind == NodeKind::kLiteral) literals.push_back(child);
      if (tree[child].kind == NodeKind::kList) {
        for (const validator::NodeId item : tree.Children(child)) literals.push_back(item);
      }
    }
    for (const validator::NodeId literal : literals) columns[literal] = column;
  }
  return columns;
}

std::string SqlLiteral(const std::string& value) {
  std::string text = "'";
  for (const char c : value) text += c == '\'' ? std::string("''") : std::string(1, c);
  return text + "'";
}

std::string EscapeLike(const std::string& value) {
  std::string text;
  for (const char c : value) {
    if (c == '%' || c == '_' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

}  // namespace

std::optional<LearnedTemplates::Template> LearnedTemplates::Learn(const ApprovedPair& pair) {
  validator::Tree tree;
  validator::ParseError error;
  if (!validator::Parse(pair.sql, {}, &tree, &error)) return std::nullopt;
  Template learned;
  learned.pair = pair;
  learned.tokens = schema::Tokenize(pair.question, kMaxTokens);
  learned.words = FoldedWords(learned.tokens, 0, learned.tokens.size());
  if (learned.words.empty()) return std::nullopt;

  const auto columns = ComparedColumns(tree);
  std::vector<bool> taken(learned.tokens.size(), false);
  for (validator::NodeId id = 0; id < tree.size(); ++id) {
    if (tree[id].kind != validator::NodeKind::kLiteral || tree[id].end_token != tree[id].first_token + 1) continue;
    const auto op = validator::OpOf<validator::LiteralOp>(tree[id]);
    const bool text = op == validator::LiteralOp::kString;
    if (!text && op != validator::LiteralOp::kInteger && op != validator::LiteralOp::kNumeric) continue;
    const validator::ByteRange range = tree.Range(id);
    Place place{range.begin, range.end, "", "", text};
    std::string value(tree.LiteralValue(id));
    if (text && !value.empty() && value.front() == '%') place.before = "%";
    if (text && value.size() > 1 && value.back() == '%') place.after = "%";
    value = value.substr(place.before.size(), value.size() - place.before.size() - place.after.size());
    const auto column = columns.find(id);
    const std::string column_name = column == columns.end() ? "" : column->second;

    // The same value twice in the SQL is one slot.
    const auto known = std::find_if(learned.slots.begin(), learned.slots.end(), [&](const Slot& slot) {
      return slot.number == !text && FoldedWords(learned.tokens, slot.token, slot.tokens) == FoldedWords(value);
    });
    if (known != learned.slots.end()) {
      known->places.push_back(place);
      continue;
    }
    std::pair<std::size_t, std::size_t> found{std::string::npos, 0};
    if (text) {
      found = FindValue(learned.tokens, taken, value);
    } else {
      for (std::size_t i = 0; i < learned.tokens.size() && found.second == 0; ++i) {
        if (!taken[i] && NumberText(learned.tokens[i]) == value) found = {i, 1};
      }
    }
    if (found.second == 0) continue;  // a constant: the question does not say it
    for (std::size_t i = 0; i < found.second; ++i) taken[found.first + i] = true;
    learned.slots.push_back({!text, column_name, found.first, found.second, {place}});
  }
  for (std::size_t i = 0; i < learned.tokens.size(); ++i) {
    if (!taken[i] && learned.tokens[i].kind == TokenKind::kNumber) ++learned.free_numbers;
  }
  return learned;
}

std::shared_ptr<const LearnedTemplates> LearnedTemplates::Build(const std::vector<ApprovedPair>& pairs,
                                                                const schema::Schema& schema,
                                                                const std::vector<schema::ColumnValues>& values) {
  auto learned = std::make_shared<LearnedTemplates>();
  for (const ApprovedPair& pair : pairs) {
    if (auto one = Learn(pair)) learned->templates_.push_back(std::move(*one));
  }
  std::set<std::string> needed;
  for (const Template& one : learned->templates_) {
    for (const Slot& slot : one.slots) needed.insert(slot.column);
  }
  std::size_t indexed = 0;
  for (const schema::ColumnValues& column : values) {
    const std::string& name = schema.column(column.table, column.column).name;
    if (needed.count(name) == 0) continue;
    for (const std::string& value : column.values) {
      if (++indexed > kMaxIndexedValues) break;
      learned->values_[name].emplace(FoldedWords(value), value);
    }
  }
  for (Template& one : learned->templates_) {
    learned->Fill(one, one.tokens, &one.bag);
    for (const auto& [word, count] : one.bag) learned->document_frequency_[word] += 1;
  }
  return learned;
}

// Finds a value for each slot and fills `bag` with what the question says beside them. nullopt when a slot stays empty.
std::optional<std::vector<std::string>> LearnedTemplates::Fill(const Template& learned,
                                                               const std::vector<Token>& tokens, Bag* bag) const {
  std::vector<std::string> filled(learned.slots.size());
  std::vector<bool> taken(tokens.size(), false);
  std::vector<std::string> mark(tokens.size());
  const bool itself = &tokens == &learned.tokens;
  bool complete = true;

  for (std::size_t s = 0; s < learned.slots.size(); ++s) {
    const Slot& slot = learned.slots[s];
    std::size_t from = std::string::npos, count = 0;
    if (itself) {
      from = slot.token;
      count = slot.tokens;
    } else if (slot.number) {
      for (std::size_t i = 0; i < tokens.size() && count == 0; ++i) {
        if (taken[i] || NumberText(tokens[i]).empty()) continue;
        // "one" is a number only where the template had a number in the same company.
        if (tokens[i].kind != TokenKind::kNumber && learned.tokens[slot.token].kind == TokenKind::kNumber && i > 0 &&
            IsFiller(tokens[i - 1].norm))
          continue;
        from = i;
        count = 1;
        filled[s] = NumberText(tokens[i]);
      }
    } else {
      const auto column = values_.find(slot.column);
      for (std::size_t length = std::min(kMaxValueTokens, tokens.size());
           length > 0 && count == 0 && column != values_.end(); --length) {
        for (std::size_t i = 0; i + length <= tokens.size() && count == 0; ++i) {
          if (std::any_of(taken.begin() + static_cast<std::ptrdiff_t>(i),
                          taken.begin() + static_cast<std::ptrdiff_t>(i + length), [](bool t) { return t; }))
            continue;
          const auto value = column->second.find(FoldedWords(tokens, i, length));
          if (value == column->second.end()) continue;
          from = i;
          count = length;
          filled[s] = value->second;
        }
      }
      for (std::size_t i = 0; i < tokens.size() && count == 0; ++i) {
        if (taken[i] || tokens[i].kind != TokenKind::kQuoted) continue;
        from = i;
        count = 1;
        filled[s] = tokens[i].text;
      }
    }
    if (count == 0) {
      complete = false;
      continue;
    }
    for (std::size_t i = from; i < from + count; ++i) taken[i] = true;
    mark[from] = slot.number ? "<number>" : "<value " + slot.column + ">";
  }

  std::string previous;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!mark[i].empty()) (*bag)[mark[i]] += 1;
    if (taken[i] || tokens[i].kind == TokenKind::kPunctuation) {
      previous.clear();
      continue;
    }
    if (const Phrase* phrase = PhraseAt(tokens, i)) {
      (*bag)[std::string(phrase->mark)] += 1;
      i += LengthOf(*phrase) - 1;
      continue;
    }
    if (tokens[i].kind == TokenKind::kIdeograph) {
      // Chinese and Japanese have no spaces: pairs of characters are their words.
      if (!previous.empty()) (*bag)[previous + tokens[i].norm] += 1;
      previous = tokens[i].norm;
      continue;
    }
    previous.clear();
    if (!IsFiller(tokens[i].norm)) (*bag)[tokens[i].stem] += 1;
  }
  if (!complete) return std::nullopt;
  return filled;
}

double LearnedTemplates::Weight(const std::string& word) const {
  const auto it = document_frequency_.find(word);
  const double frequency = it == document_frequency_.end() ? 0 : it->second;
  return 1.0 + std::log((1.0 + static_cast<double>(templates_.size())) / (1.0 + frequency));
}

// "How many customers …" and "Which customers …" are nearly the same words and never the same question: what is asked
// for (the marks of kPhrases) must agree exactly.
bool LearnedTemplates::AskForTheSame(const Bag& a, const Bag& b) {
  const auto within = [](const Bag& some, const Bag& other) {
    return std::all_of(some.begin(), some.end(),
                       [&](const auto& entry) { return entry.first.front() != '#' || other.count(entry.first) != 0; });
  };
  return within(a, b) && within(b, a);
}

double LearnedTemplates::Similarity(const Bag& a, const Bag& b) const {
  double dot = 0, norm_a = 0, norm_b = 0;
  for (const auto& [word, count] : a) {
    const double weight = Weight(word);
    norm_a += count * count * weight * weight;
    const auto other = b.find(word);
    if (other != b.end()) dot += count * other->second * weight * weight;
  }
  for (const auto& [word, count] : b) norm_b += count * count * Weight(word) * Weight(word);
  return norm_a > 0 && norm_b > 0 ? dot / std::sqrt(norm_a * norm_b) : 0;
}

std::optional<LearnedAnswer> LearnedTemplates::Match(std::string_view question) const {
  if (templates_.empty()) return std::nullopt;
  const std::vector<Token> tokens = schema::Tokenize(question, kMaxTokens);
  const std::string words = FoldedWords(tokens, 0, tokens.size());
  const auto numbers = static_cast<std::size_t>(
      std::count_if(tokens.begin(), tokens.end(), [](const Token& token) { return token.kind == TokenKind::kNumber; }));

  const Template* best = nullptr;
  std::vector<std::string> best_values;
  double best_score = 0, second = 0;
  for (const Template& learned : templates_) {
    if (learned.words == words) {
      return LearnedAnswer{learned.pair.sql, 0.99, learned.pair.id, true, {}};
    }
    const auto slots = static_cast<std::size_t>(
        std::count_if(learned.slots.begin(), learned.slots.end(), [](const Slot& s) { return s.number; }));
    if (numbers > slots + learned.free_numbers || numbers + slots < learned.free_numbers) continue;
    Bag bag;
    auto values = Fill(learned, tokens, &bag);
    if (!values) continue;
    if (!AskForTheSame(learned.bag, bag)) continue;
    const double score = Similarity(learned.bag, bag);
    if (score > best_score) {
      if (best != nullptr && best->pair.sql != learned.pair.sql) second = best_score;
      best = &learned;
      best_values = std::move(*values);
      best_score = score;
    } else if (best != nullptr && learned.pair.sql != best->pair.sql) {
      second = std::max(second, score);
    }
  }
  if (best == nullptr || best_score < kLearnedThreshold || best_score - second < kLearnedMargin) return std::nullopt;

  LearnedAnswer answer;
  answer.history_id = best->pair.id;
  answer.confidence = best_score > 0.97 ? 0.97 : best_score > 0.9 ? 0.93 : 0.87;
  struct Edit {
    std::size_t begin, end;
    std::string text;
  };
  std::vector<Edit> edits;
  for (std::size_t s = 0; s < best->slots.size(); ++s) {
    for (const Place& place : best->slots[s].places) {
      const bool pattern = !place.before.empty() || !place.after.empty();
      edits.push_back(
          {place.begin, place.end,
           place.text ? SqlLiteral(place.before + (pattern ? EscapeLike(best_values[s]) : best_values[s]) + place.after)
                      : best_values[s]});
    }
    if (!best->slots[s].column.empty())
      answer.bound_values.push_back(best->slots[s].column + " = '" + best_values[s] + "'");
  }
  std::sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.begin > b.begin; });
  answer.sql = best->pair.sql;
  for (const Edit& edit : edits) answer.sql.replace(edit.begin, edit.end - edit.begin, edit.text);
  return answer;
}

std::vector<LearnedTemplates::Summary> LearnedTemplates::Summaries() const {
  std::vector<Summary> summaries;
  for (const Template& learned : templates_) summaries.push_back({learned.pair, learned.slots.size()});
  return summaries;
}

std::vector<ApprovedPair> LearnedTemplates::Nearest(std::string_view question, std::size_t most) const {
  const std::vector<Token> tokens = schema::Tokenize(question, kMaxTokens);
  std::vector<std::pair<double, const Template*>> scored;
  for (const Template& learned : templates_) {
    Bag bag;
    Fill(learned, tokens, &bag);
    scored.emplace_back(Similarity(learned.bag, bag), &learned);
  }
  std::stable_sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<ApprovedPair> nearest;
  for (const auto& [score, learned] : scored) {
    if (nearest.size() == most || score <= 0) break;
    nearest.push_back(learned->pair);
  }
  return nearest;
}

}  // namespace toomai::templates
