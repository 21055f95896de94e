// Rows named by their key: "order 12", "invoice no. 7", "#12", 注文12, 12号订单, 客户编号为12.
#pragma once

#include <string>
#include <vector>

#include "templates/context.h"
#include "templates/mentions.h"

namespace toomai::templates {

// The number beside a table's name, or beside a name like "order number", becomes a value of the key. Numbers that
// count, compare or tell a year stay numbers. `pool` keeps the texts that the mentions then point to.
void FindRowKeys(const Context& context, std::vector<Mention>* mentions, std::vector<std::string>* pool);

}  // namespace toomai::templates
