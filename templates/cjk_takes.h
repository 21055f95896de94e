// What is taken out of a Chinese or Japanese row, or off it: what is counted, when it happened, in which order, and how
// many.
#pragma once

#include "templates/cjk_row.h"

namespace toomai::templates::cjk {

// 5つの商品, 五种商品: a number directly before what is wanted says how many of them.
void LimitWanted(Row* row);
// 顧客5人, 商品を3つ挙げて: a number with a counter behind what is wanted says how many of it.
void LimitBehind(Row* row);
// 上周下过单的客户, 先週注文した顧客: when it happened goes with what happened.
Row TakeHappened(Row* row);
// 每个客户有多少销售订单, 部门有多少女员工: the thing counted and what describes it, taken out as "how many …".
Row TakeCounted(Row* row);
// 部署を予算の高い順に: the measure and its direction, behind what is listed.
Row TakeOrderBehind(Row* row);
// 按名称升序, 按价格从高到低排列: taken out, as "order … ascending".
Row TakeOrder(Row* row);

}  // namespace toomai::templates::cjk
