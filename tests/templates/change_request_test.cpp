#include "templates/change_request.h"

#include <gtest/gtest.h>

namespace toomai::templates {
namespace {

bool Asks(const std::string& question) {
  return AsksForChange(question, schema::Tokenize(question, 64));
}

TEST(ChangeRequestTest, RequestsInThreeLanguages) {
  for (const char* question :
       {"delete all cancelled orders", "Please remove the customer Smith", "Can you drop the orders table?",
        "UPDATE orders SET total = 0", "insert a new customer", "set the price of all products to 0",
        "cancel every order", "add a column to customers", "删除所有已取消的订单", "请把所有订单删除", "把价格改成0",
        "清空订单表", "更新客户的姓名", "キャンセルされた注文をすべて削除して", "顧客の名前を変更してください"}) {
    EXPECT_TRUE(Asks(question)) << question;
  }
}

TEST(ChangeRequestTest, QuestionsAboutChangesStayQuestions) {
  for (const char* question :
       {"How many orders were deleted?", "Show the deleted orders", "Which customers were added last month?",
        "Change in revenue by month", "Update date of each order", "List customers who cancelled orders", "", "drop",
        "删除的订单有多少？", "更新时间最晚的订单", "去年新增了多少客户？", "削除された注文は何件ですか",
        "変更している注文", "set"}) {
    EXPECT_FALSE(Asks(question)) << question;
  }
}

}  // namespace
}  // namespace toomai::templates
