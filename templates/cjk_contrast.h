// Chinese and Japanese: what was done in one time and not in another, 2023年下过单但2024年没有下单的客户,
// 2023年に注文したが2024年に注文していない顧客. The words of such a clause stand far from what they are about, so that
// it is put into English order as a whole.
#pragma once

#include <vector>

#include "templates/mentions.h"

namespace toomai::templates {

// True when the row is such a question; it is then in English order.
bool ContrastTimes(std::vector<Mention>* row);

}  // namespace toomai::templates
