// What a model's answer means: a statement, a refusal, a question back, or nothing. Read with our own parser on the
// places where a statement can stand, not with patterns: fences, tags, JSON, tool calls, prose around, reasoning
// before.
//
// Never joins pieces, never takes the tail of a statement, never takes a truncated reply. What is found is only text:
// the validator judges it. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/mend.h"
#include "llm/message.h"

namespace toomai::engine {

struct ReplyReading {
  enum class Kind {
    kSql,        // sql holds one statement, or several when the model wrote several (the validator will say so)
    kRefusal,    // text says why
    kClarify,    // text asks; options may hold choices
    kTruncated,  // the reply was cut: nothing in it may be used
    kNothing,    // no statement and no refusal that we recognise
  };
  Kind kind = Kind::kNothing;
  std::string sql;
  std::string text;
  std::vector<std::string> options;
  std::vector<std::string> assumptions;
  std::vector<std::string> notes;  // what was set aside on the way: "SET statement dropped"
};

// With a schema in `context`, of several statements the one whose tables exist is taken; context.schema may be null.
ReplyReading ReadModelReply(const llm::Choice& choice, const MendContext& context);
ReplyReading ReadModelText(std::string_view text, const MendContext& context);

}  // namespace toomai::engine
