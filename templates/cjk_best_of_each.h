// Chinese and Japanese: 每个部门工资最高的员工, カテゴリごとに最も高い商品: the best of each group, put in English
// order.
#pragma once

#include <vector>

#include "templates/mentions.h"

namespace toomai::templates {

// True: the row was that, and nothing else, and is in English order now.
bool BestOfEach(std::vector<Mention>* row);

}  // namespace toomai::templates
