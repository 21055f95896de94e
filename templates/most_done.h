// What was done most: "the most ordered product", "best-selling items", "which room is booked most often",
// 卖得最好的商品, 最も予約された本. The verb becomes the rows that tell of it, or their quantity: "product with the
// most order items".
#pragma once

#include <vector>

#include "templates/context.h"
#include "templates/mentions.h"

namespace toomai::templates {

// Words whose deed nothing in the schema tells of stay as they are.
void FindMostDone(const Context& context, std::vector<Mention>* mentions);

}  // namespace toomai::templates
