// Phrases of Chinese and Japanese that are put another way round within the row, each by a rule of its own.
#pragma once

#include "templates/cjk_row.h"

namespace toomai::templates::cjk {

// 2番目に価格が高い, 最も給与が高い: the place is said before the measure, the direction after it.
void RankBefore(Row* row);
// 平均有多少帖子: an average of counts.
void AverageCount(Row* row);
// 平均より給与が高い: what is compared goes in front of what it is compared with.
void ComparedFirst(Row* row);
// 预算占总预算的百分比, 予算は予算合計の何パーセント: a share of the whole says the whole again.
void ShareOfWhole(Row* row);
// 姓と名, 商品及其价格: a word between two nouns joins them.
void JoinNouns(Row* row);
// 用户来自多少个不同的国家: what is counted, of whom.
void CountOfWhom(Row* row);
// 有 of what is filled in: 有邀请人的用户.
void HaveBefore(Row* row);
// 商品已经停售: a yes-or-no property said after the thing is a condition.
void SaidOf(Row* row);
// 哪些客户下过至少10个订单: what is asked for stands first; put behind what is said of it.
void WhichFirst(Row* row);
// 先週注文した顧客, 2023年下过订单的客户: when something was done goes behind what was done.
void DateBehindDeed(Row* row);
// 日本客户一共消费了多少: the amount itself is asked for, not how many.
void HowMuchSpent(Row* row);
// 定員が50を超えるか参加費が0の: か after a predicate means "or".
void OrAfterClause(Row* row);

}  // namespace toomai::templates::cjk
