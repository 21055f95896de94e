#include "mcp/questions.h"

#include "base/text.h"
#include "mcp/render.h"

namespace toomai::mcp {
namespace {

constexpr std::size_t kMaxChoiceBytes = 160;
constexpr std::int64_t kCellBytes = 2000;  // longer cells are cut, with a note

std::string Choice(std::size_t index, const engine::Alternative& reading) {
  return std::to_string(index + 1) + ": " +
         Ellipsis(CleanUtf8(reading.paraphrase.empty() ? reading.sql : reading.paraphrase), kMaxChoiceBytes);
}

// The content of an accepted form, or null.
const Json& Accepted(const Call& call, const char* key) {
  static const Json kNull;
  const Json& answer = Member(call.answers, key);
  return StringMember(answer, "action") == "accept" ? Member(answer, "content") : kNull;
}

Json Form(const std::string& message, Json properties, Json required) {
  Json schema = {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
  return {{"method", "elicitation/create"},
          {"params", {{"mode", "form"}, {"message", message}, {"requestedSchema", std::move(schema)}}}};
}

}  // namespace

std::string TextArgument(const Call& call, const char* name) {
  return std::string(StringMember(call.arguments, name));
}

std::int64_t IntegerArgument(const Call& call, const char* name, std::int64_t otherwise) {
  const Json& value = Member(call.arguments, name);
  return value.is_number_integer() ? value.get<std::int64_t>() : otherwise;
}

bool FlagArgument(const Call& call, const char* name) {
  return Member(call.arguments, name) == true;
}

engine::Question QuestionFrom(const Call& call) {
  engine::Question question;
  question.text = TextArgument(call, "question");
  question.database = TextArgument(call, "database");
  question.evidence = TextArgument(call, "evidence");
  question.today = TextArgument(call, "today");
  question.samples = static_cast<int>(IntegerArgument(call, "samples", 0));
  if (const Json& compare = Member(call.arguments, "compare"); compare.is_boolean())
    question.compare = compare.get<bool>();
  if (const auto source = engine::ParseSource(TextArgument(call, "source"))) question.source = *source;
  return question;
}

engine::Budget BudgetFrom(const Call& call, const ServerOptions& options) {
  engine::Budget budget;
  budget.rows = IntegerArgument(call, "limit", options.default_rows);
  budget.bytes = options.max_result_bytes;
  budget.tokens = IntegerArgument(call, "max_tokens", 0);
  budget.cell_bytes = kCellBytes;
  return budget;
}

std::optional<Outcome> AskWhichReading(const Call& call, const engine::GeneratedSql& generated) {
  const auto& readings = generated.refusal.readings;
  if (generated.sql || readings.size() < 2 || !call.ClientCan("elicitation") || !call.state.is_null())
    return std::nullopt;
  Json choices = Json::array(), state = Json::array();
  for (std::size_t i = 0; i < readings.size(); ++i) {
    choices.push_back(Choice(i, readings[i]));
    state.push_back(
        {{"sql", readings[i].sql}, {"paraphrase", readings[i].paraphrase}, {"confidence", readings[i].confidence}});
  }
  const Json property = {
      {"type", "string"}, {"title", "Reading"}, {"description", "What the question means"}, {"enum", choices}};
  return Outcome::AskClient({{"reading", Form("The question can be read in more than one way. Which one is meant?",
                                              {{"reading", property}}, {"reading"})}},
                            {{"readings", state}, {"database", generated.database}});
}

std::optional<engine::Alternative> ChosenReading(const Call& call, const engine::GeneratedSql& generated) {
  if (const std::string_view answer = StringMember(Accepted(call, "reading"), "reading"); !answer.empty()) {
    const Json& readings = Member(call.state, "readings");
    for (std::size_t i = 0; readings.is_array() && i < readings.size(); ++i) {
      engine::Alternative one{readings[i]["sql"], readings[i]["paraphrase"], readings[i]["confidence"]};
      if (Choice(i, one) == answer) return one;
    }
  }
  const auto& offered = generated.refusal.readings.empty() ? generated.alternatives : generated.refusal.readings;
  const std::int64_t number = IntegerArgument(call, "reading", 0);
  if (number >= 1 && static_cast<std::size_t>(number) <= offered.size()) return offered[number - 1];
  return std::nullopt;
}

Error NoSuchReading(const Call& call, const engine::GeneratedSql& generated) {
  const std::size_t offered =
      generated.refusal.readings.empty() ? generated.alternatives.size() : generated.refusal.readings.size();
  return Error(ErrorCode::kInvalidArgument,
               "no reading " + std::to_string(IntegerArgument(call, "reading", 0)) + " was offered; there are " +
                   std::to_string(offered),
               "leave `reading` out to see the answer and the readings of today");
}

std::optional<Outcome> AskToConfirm(const Call& call, const std::string& question, const char* title,
                                    const char* description) {
  if (!call.ClientCan("elicitation") || !call.state.is_null()) return std::nullopt;
  const Json property = {{"type", "boolean"}, {"title", title}, {"description", description}};
  return Outcome::AskClient({{"confirm", Form(Ellipsis(question, 800), {{"confirm", property}}, {"confirm"})}},
                            {{"asked", "confirm"}});
}

std::optional<Outcome> AskToRunDearly(const Call& call, const Error& error) {
  return AskToConfirm(call, Ellipsis(error.message, 500) + " Run it all the same?", "Run it",
                      "Run the statement although it is expensive");
}

bool PersonAgreed(const Call& call) {
  return Member(Accepted(call, "confirm"), "confirm") == true;
}

bool Confirmed(const Call& call) {
  return FlagArgument(call, "confirm") || PersonAgreed(call);
}

}  // namespace toomai::mcp
