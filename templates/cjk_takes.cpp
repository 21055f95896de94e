#include "templates/cjk_takes.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace toomai::templates::cjk {

void LimitWanted(Row* row) {
  std::size_t wanted = row->size();
  for (std::size_t i = row->size(); i-- > 0;) {
    if (Joint((*row)[i]) && wanted < row->size()) break;
    if (Thing((*row)[i])) wanted = i;
  }
  for (std::size_t i = row->size(); wanted >= row->size() && i-- > 0;) {  // 三个国家: an attribute by itself
    if (Joint((*row)[i])) break;
    if (Property((*row)[i]) && !(*row)[i].numeric && (*row)[i].values.empty()) wanted = i;
  }
  if (wanted >= row->size()) return;
  std::size_t at = wanted;
  while (at > 0 && Passed((*row)[at - 1])) --at;
  if (at == 0 || !(*row)[at - 1].is_number || (*row)[at - 1].number > 1000 || (*row)[at - 1].number < 1) return;
  std::size_t earlier = at - 1;
  while (earlier > 0 && Passed((*row)[earlier - 1])) --earlier;
  const Tag before = earlier > 0 ? (*row)[earlier - 1].tag : Tag::kStop;
  if (before == Tag::kTop || before == Tag::kCompare || before == Tag::kAnd || before == Tag::kBetween) return;
  bool counter = at < wanted || (at > 1 && Ranks((*row)[at - 2]));
  if (counter) row->insert(row->begin() + static_cast<long>(at) - 1, Word(Tag::kTop));
}

void LimitBehind(Row* row) {
  static constexpr std::string_view kCounters[] = {"人", "名", "個", "つ", "件", "社", "台", "冊", "枚", "点", "店"};
  for (std::size_t i = 1; i + 1 < row->size(); ++i) {
    Mention& number = (*row)[i];
    const bool counter =
        std::find(std::begin(kCounters), std::end(kCounters), (*row)[i + 1].norm) != std::end(kCounters);
    if (!number.is_number || !counter || number.number < 1 || number.number > 1000) continue;
    const bool compared =
        i + 2 < row->size() && ((*row)[i + 2].tag == Tag::kCompareAfter || (*row)[i + 2].tag == Tag::kCompare);
    std::size_t thing = i - 1;
    while (thing > 0 && (*row)[thing].norm == "を") --thing;
    if (compared || !Thing((*row)[thing])) continue;
    Mention said = std::move(number);
    row->erase(row->begin() + static_cast<long>(i), row->begin() + static_cast<long>(i) + 2);
    row->insert(row->begin() + static_cast<long>(thing), std::move(said));
    row->insert(row->begin() + static_cast<long>(thing), Word(Tag::kTop));
    return;
  }
}

Row TakeHappened(Row* row) {
  Row happened;
  for (std::size_t i = row->size(); i-- > 0;) {
    if (!(*row)[i].happened) continue;
    happened.push_back(std::move((*row)[i]));
    row->erase(row->begin() + static_cast<long>(i));
    std::size_t when = i;
    while (when > 0 && Passed((*row)[when - 1])) --when;
    if (when == 0 || !(*row)[when - 1].is_date) continue;
    happened.push_back(std::move((*row)[when - 1]));
    row->erase(row->begin() + static_cast<long>(when) - 1);
  }
  return happened;
}

Row TakeCounted(Row* row) {
  for (std::size_t i = 1; i + 1 < row->size(); ++i) {
    if ((*row)[i].tag != Tag::kHowManyAfter || !(*row)[i].norm.starts_with("有")) continue;
    std::size_t k = i + 1;
    auto describes = [](const Mention& m) {
      return m.tag == Tag::kFiller || (m.tag == Tag::kNone && !m.values.empty()) || m.boolean_like || m.state;
    };
    while (k < row->size() && describes((*row)[k]) && !Thing((*row)[k])) ++k;
    const bool last = k + 1 == row->size() || (k + 2 == row->size() && (*row)[k + 1].tag == Tag::kStop);
    if (k >= row->size() || !Thing((*row)[k]) || !last) return {};
    Row counted = {Word(Tag::kHowMany)};
    for (std::size_t m = i + 1; m <= k; ++m) {
      if ((*row)[m].tag != Tag::kFiller) counted.push_back(std::move((*row)[m]));
    }
    row->erase(row->begin() + static_cast<long>(i), row->begin() + static_cast<long>(k) + 1);
    return counted;
  }
  return {};
}

Row TakeOrderBehind(Row* row) {
  for (std::size_t i = 3; i < row->size(); ++i) {
    const bool directed = ((*row)[i].tag == Tag::kAscending || (*row)[i].tag == Tag::kDescending) &&
                          (*row)[i].norm.find("順") != std::string::npos;
    std::size_t by = i - 1;
    if ((*row)[by].tag == Tag::kDe || (*row)[by].norm == "が") --by;
    if (!directed || by == i - 1 || !Property((*row)[by]) || (*row)[by - 1].norm != "を") continue;
    Row order = {Word(Tag::kOrder), std::move((*row)[by]), std::move((*row)[i])};
    order[0].norm = "order by";
    row->erase(row->begin() + static_cast<long>(by) - 1, row->begin() + static_cast<long>(i) + 1);
    return order;
  }
  return {};
}

Row TakeOrder(Row* row) {
  for (std::size_t i = 0; i + 2 < row->size(); ++i) {
    const std::string& by = (*row)[i].norm;
    if ((*row)[i].tag != Tag::kEach || (!by.starts_with("按") && by != "根据")) continue;
    std::size_t k = i + 1;
    while (k < row->size() && ((*row)[k].tag == Tag::kDe || (*row)[k].tag == Tag::kFiller || Noun((*row)[k]))) ++k;
    const bool directed =
        k > i + 1 && k < row->size() && ((*row)[k].tag == Tag::kAscending || (*row)[k].tag == Tag::kDescending);
    if (!directed) continue;
    Row order = {Word(Tag::kOrder)};
    order[0].norm = "order by";
    for (std::size_t m = i + 1; m <= k; ++m) {
      if (Noun((*row)[m]) || m == k) order.push_back(std::move((*row)[m]));
    }
    std::size_t end = k + 1;
    if (end < row->size() && (*row)[end].tag == Tag::kOrder) ++end;
    row->erase(row->begin() + static_cast<long>(i), row->begin() + static_cast<long>(end));
    return order;
  }
  return TakeOrderBehind(row);
}

}  // namespace toomai::templates::cjk
