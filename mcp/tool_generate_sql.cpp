#include "mcp/questions.h"
#include "mcp/render.h"
#include "mcp/sampling.h"

namespace toomai::mcp {

Tool MakeGenerateSql(const ToolContext& context) {
  Tool tool;
  tool.name = "generate_sql";
  tool.title = "Generate SQL";
  tool.description =
      "Turns a question in plain language (English, Chinese, Japanese and more) into one checked, read-only "
      "PostgreSQL SELECT with a LIMIT, without running it (but with samples above 1 or compare, candidates run "
      "read-only under the usual caps so that their results can be compared). Use it when the SQL itself is wanted; "
      "for "
      "rows call ask. The answer says where the SQL came from (approved answer, template, grammar, model), how sure it "
      "is "
      "and what it assumed. When status is \"refused\", the answer carries the linked part of the schema, "
      "matched values and the rules: write one SELECT yourself and pass it to execute.";
  tool.input_schema = R"({"type":"object","properties":{
    "question":{"type":"string","minLength":1,"maxLength":4000,"description":"The question, as the person asked it"},
    "database":{"type":"string","maxLength":200,"description":"Name from list_databases; left out: the default database"},
    "evidence":{"type":"string","maxLength":4000,"description":"A hint from the asker, e.g. what a term means"},
    "source":{"type":"string","enum":["auto","approved","template","model","grammar"],"default":"auto","description":"Pin the way the SQL is made"},
    "samples":{"type":"integer","minimum":0,"maximum":8,"description":"Statements asked of a model; above 1 they are run to compare their results; 0: by setting"},
    "compare":{"type":"boolean","description":"Run the candidates, a model's and the grammar's, read-only to compare their results; left out: by setting"},
    "today":{"type":"string","format":"date","maxLength":10,"description":"YYYY-MM-DD to answer relative dates by; left out: today"},
    "reading":{"type":"integer","minimum":1,"maximum":20,"description":"Choose this one of the readings or alternatives a previous answer offered"}},
    "required":["question"],"additionalProperties":false})";
  tool.output_schema = R"({"type":"object","properties":{
    "status":{"type":"string","enum":["ok","refused"]},"database":{"type":"string"},"sql":{"type":"string"},
    "source":{"type":"string"},"confidence":{"type":"number"},"paraphrase":{"type":"string"},
    "assumptions":{"type":"array","items":{"type":"string"}},"warnings":{"type":"array","items":{"type":"string"}},
    "origin":{"type":"string"},"tables":{"type":"array","items":{"type":"string"}},
    "parameters":{"type":"array","items":{"type":"string"}},"repairs":{"type":"array"},"alternatives":{"type":"array"},
    "language":{"type":"string"},"reading":{"type":"array"},"verified_by":{"type":"string"},"usage":{"type":"object"},
    "refusal":{"type":"object"},"history_id":{"type":"integer"},"next":{"type":"string"}},
    "required":["status","database","confidence","next"]})";
  tool.idempotent = true;
  tool.run = [engine = context.engine, options = context.options](Call& call) {
    auto generated = ClientModelWasAsked(call)
                         ? GeneratedByClient(*engine, call)
                         : engine->Generate(call.deadline, call.caller, QuestionFrom(call), call.EngineProgress());
    if (!generated) return Outcome::Complete(ToolError(generated.error()));
    if (const auto chosen = ChosenReading(call, *generated)) {
      generated->sql = chosen->sql;
      generated->paraphrase = chosen->paraphrase;
      generated->confidence = chosen->confidence;
      generated->origin = "a reading that was chosen";
    } else if (IntegerArgument(call, "reading", 0) > 0) {
      return Outcome::Complete(ToolError(NoSuchReading(call, *generated), "reading"));
    } else if (auto question = AskWhichReading(call, *generated)) {
      return *question;
    } else if (auto request = AskClientModel(call, options, *generated)) {
      return *request;
    }
    Json value = RenderGenerated(*generated);
    value["next"] = generated->sql
                        ? "execute runs this SQL."
                        : "Write one SELECT by refusal.rules from refusal.schema_context and call execute, or ask "
                          "the person to name the table or column.";
    return Outcome::Complete(ToolResult(std::move(value)));
  };
  return tool;
}

}  // namespace toomai::mcp
