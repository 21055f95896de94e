#include "templates/change_request.h"

#include <algorithm>
#include <initializer_list>

namespace toomai::templates {
namespace {

bool OneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool Polite(std::string_view word) {
  return OneOf(word, {"please", "can",    "could", "would", "you", "now",   "then", "just", "i",  "want", "to",
                      "need",   "kindly", "help",  "me",    "go",  "ahead", "and",  "let",  "us", ","});
}

// "delete all orders", "please remove the customer"; not "deleted orders", not "change of price by month".
bool EnglishChange(const std::vector<schema::Token>& tokens) {
  std::size_t i = 0;
  while (i < tokens.size() && Polite(tokens[i].norm)) ++i;
  if (i + 1 >= tokens.size()) return false;
  const std::string& verb = tokens[i].norm;
  const std::string& next = tokens[i + 1].norm;
  if (OneOf(next, {"of", "in", "over", "up", "date", "dates", "time", "is", "are", "was", "were", "?"})) return false;
  if (OneOf(verb, {"delete", "remove", "drop", "truncate", "erase", "purge", "wipe", "insert", "update", "alter",
                   "rename", "overwrite", "grant", "revoke"}))
    return true;
  bool determined = OneOf(next, {"the", "a", "an", "all", "every", "each", "this", "that", "these", "those", "my",
                                 "our", "new", "customer", "table", "column", "user"}) ||
                    tokens[i + 1].kind == schema::TokenKind::kNumber;
  return determined && OneOf(verb, {"add", "create", "set", "change", "modify", "cancel", "increase", "decrease",
                                    "reset", "replace", "clear", "move"});
}

bool StartsWithOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return text.starts_with(w); });
}

bool ChineseChange(std::string_view text) {
  for (bool more = true; more;) {
    more = false;
    for (std::string_view polite : {"请", "帮我", "帮忙", "麻烦", "我要", "我想", "立即", "马上", " "}) {
      if (text.starts_with(polite)) text.remove_prefix(polite.size()), more = true;
    }
  }
  static const std::initializer_list<std::string_view> kObjectFirst = {
      "删除", "删掉", "清空", "改成", "改为", "更新为", "修改为", "设为", "设置为", "移除", "作废"};
  if (StartsWithOneOf(text, {"把", "将"})) {
    return std::any_of(kObjectFirst.begin(), kObjectFirst.end(),
                       [&](std::string_view w) { return text.find(w) != std::string_view::npos; });
  }
  bool noun = StartsWithOneOf(text, {"删除的", "更新的", "新增的", "添加的", "修改的", "新增了", "更新了", "删除了",
                                     "更新时间", "更新日期", "修改时间", "修改日期", "新增客户数", "删除标"});
  return !noun && StartsWithOneOf(
                      text, {"删除", "删掉", "清空", "移除", "更新", "修改", "插入", "添加", "取消所有", "取消全部"});
}

bool JapaneseChange(std::string_view text) {
  for (std::string_view change : {"削除して", "消して", "更新して", "追加して", "変更して", "挿入して", "取り消して",
                                  "削除せよ", "削除しろ", "消去して", "書き換えて", "削除したい", "更新したい"}) {
    std::size_t at = text.rfind(change);
    if (at == std::string_view::npos) continue;
    std::string_view rest = text.substr(at + change.size());
    // "削除している", "削除してある": a state, not a request.
    if (!StartsWithOneOf(rest, {"い", "あ", "お", "か"})) return true;
  }
  return false;
}

}  // namespace

bool AsksForChange(std::string_view question, const std::vector<schema::Token>& tokens) {
  return EnglishChange(tokens) || ChineseChange(question) || JapaneseChange(question);
}

}  // namespace toomai::templates
