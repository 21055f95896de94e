// "above the average of their department", "their category's average", 高于本部门平均工资, 部署の平均より: the average
// of the rows that share something with the row compared. The aggregate's mention says what they share, the words are
// taken out.
#pragma once

#include <vector>

#include "templates/mentions.h"

namespace toomai::templates {

void FindOwnGroups(std::vector<Mention>* mentions);

}  // namespace toomai::templates
