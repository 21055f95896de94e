// Requests to change data ("delete all cancelled orders", 删除所有订单, 注文を削除して): read as what they are, so that
// they are refused instead of being answered with a list of what would have been deleted.
#pragma once

#include <string_view>
#include <vector>

#include "schema/words.h"

namespace toomai::templates {

bool AsksForChange(std::string_view question, const std::vector<schema::Token>& tokens);

}  // namespace toomai::templates
