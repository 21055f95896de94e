// Prompts: the slash commands of clients that have them.
#include "mcp/tools.h"

namespace toomai::mcp {
namespace {

Outcome UserMessage(const std::string& description, const std::string& text) {
  return Outcome::Complete({{"description", description},
                            {"messages", {{{"role", "user"}, {"content", {{"type", "text"}, {"text", text}}}}}}});
}

std::string Argument(const Call& call, const char* name) {
  return std::string(StringMember(call.arguments, name));
}

std::string InDatabase(const Call& call) {
  const std::string database = Argument(call, "database");
  return database.empty() ? std::string() : " in the database \"" + database + "\"";
}

}  // namespace

void AddPrompts(Registry* registry, const ToolContext&) {
  const PromptArgument database{"database", "Name of the database; left out: the default one", false};
  registry->prompts.push_back(
      {"ask_database",
       "Ask the database",
       "Answers a question with rows, and says what was assumed.",
       {{"question", "The question in plain language", true}, database},
       [](Call& call) {
         return UserMessage(
             "A question for the database",
             "Answer this question" + InDatabase(call) + " with the toomai tools: " + Argument(call, "question") +
                 "\n\nCall ask first. If it refuses, write one SELECT from the schema context it returns and call "
                 "execute. Give the answer in a sentence or a small table, then the SQL, then what was assumed.");
       }});
  registry->prompts.push_back(
      {"explore_schema",
       "Explore the schema",
       "Explains what a database holds and what can be asked of it.",
       {database, {"topic", "What you are interested in", false}},
       [](Call& call) {
         const std::string topic = Argument(call, "topic");
         return UserMessage(
             "A tour of the schema",
             "Explore the schema" + InDatabase(call) + " with describe_schema" +
                 (topic.empty() ? std::string() : ", looking for " + topic) +
                 ". Call it without detail first and read the important tables with detail \"full\". Then explain in "
                 "plain words what the data is about, how the tables hang together, and five questions it can answer.");
       }});
  registry->prompts.push_back({"review_history",
                               "Review the history",
                               "Goes through recent questions and finds those that need a correction.",
                               {database},
                               [](Call& call) {
                                 return UserMessage("A review of recent questions",
                                                    "Read the recent questions" + InDatabase(call) +
                                                        " with query_history (state \"new\"). For each one say "
                                                        "whether the SQL answers the question, name the ones that look "
                                                        "wrong and why, and propose corrected SQL "
                                                        "that check_sql accepts.");
                               }});
}

}  // namespace toomai::mcp
