// The words of a question as mentions, with what the schema says of them: kinds, keys of rows, roles, properties,
// states.
#pragma once

#include <string>
#include <vector>

#include "templates/context.h"
#include "templates/mentions.h"
#include "templates/resolver.h"

namespace toomai::templates {

struct ReadOptions {
  std::string today, language;
  bool tentative = true;  // words that count only where a rule of theirs finds what it needs
};

// `keys` keeps texts that the mentions point to.
std::vector<Mention> ReadMentions(const Context& x, const std::vector<schema::Token>& tokens,
                                  const ReadOptions& options, std::vector<std::string>* keys);
// Some of those words are left: no rule of theirs held.
bool HoldsTentative(const std::vector<Mention>& mentions);
// Keys named by their role: 发送 of the sender, "referred by".
void FindRoles(const Context& x, const std::vector<Mention>& mentions, ResolveOptions* options);
// 名 counts people after a number; elsewhere it may be a name.
void NameCounters(std::vector<Mention>* mentions);
// "已离职的员工", "未発送": what was done, of a column that is empty until it is. With a date, the column is when.
void MarkStates(const Context& x, std::vector<Mention>* mentions);

}  // namespace toomai::templates
