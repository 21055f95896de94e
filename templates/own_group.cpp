#include "templates/own_group.h"

#include <algorithm>
#include <string_view>

namespace toomai::templates {
namespace {

using Row = std::vector<Mention>;

bool Compares(const Mention& m) {
  return m.tag == Tag::kCompare || m.tag == Tag::kCompareAdjective || m.tag == Tag::kCompareAfter ||
         m.tag == Tag::kYori;
}
bool Ideographs(const Mention& m) {
  return !m.norm.empty() && static_cast<unsigned char>(m.norm[0]) >= 0x80;
}
bool Names(const Mention& m) {
  constexpr float kRows = 0.55f;  // also what refers to rows: category_id
  const bool group = !m.numeric || m.BestTable() > kRows || !Ideographs(m);
  return m.tag == Tag::kNone && !m.names.empty() && m.values.empty() && group;
}
// "their", "its", "the same": of the row that is compared.
bool Theirs(const Mention& m) {
  static constexpr std::string_view kWords[] = {"their", "its", "his", "her", "his or her", "his/her", "the same"};
  return m.tag == Tag::kTheir && std::find(std::begin(kWords), std::end(kWords), m.norm) != std::end(kWords);
}
// 本, 所在, 自己的: the same in Chinese and Japanese, where it may be left out.
bool SaysOwn(const Mention& m) {
  static constexpr std::string_view kWords[] = {"本",     "所在",   "所属",     "自己",   "自己的", "各自",
                                                "各自的", "同",     "其",       "该",     "自分の", "それぞれの",
                                                "各",     "所在的", "所属する", "所属の", "同じ",   "その"};
  return std::find(std::begin(kWords), std::end(kWords), m.norm) != std::end(kWords);
}

class OwnGroups {
 public:
  explicit OwnGroups(Row* row) : row_(*row) {}

  void Run() {
    for (std::size_t i = 1; i < row_.size(); ++i) {
      if (row_[i].tag != Tag::kAverage && row_[i].tag != Tag::kAverageThan) continue;
      if (Ideographs(row_[i]) ? IdeographGroup(i) : GroupBefore(i) || GroupBehind(i)) return;
    }
  }

 private:
  void Drop(std::size_t first, std::size_t last) {
    row_.erase(row_.begin() + static_cast<long>(first), row_.begin() + static_cast<long>(last));
  }
  bool ComparedBefore(std::size_t i) const {
    for (std::size_t k = i; k-- > 0 && k + 7 > i;) {
      if (Compares(row_[k])) return true;
    }
    return false;
  }

  // "their department's average", "their own department average"
  bool GroupBefore(std::size_t i) {
    std::size_t group = i - 1;
    while (group > 0 && (row_[group].tag == Tag::kPossessive || row_[group].tag == Tag::kFiller)) --group;
    std::size_t theirs = group;
    while (theirs > 0 && (theirs == group || row_[theirs].tag == Tag::kFiller)) --theirs;
    if (!Names(row_[group]) || !Theirs(row_[theirs]) || !ComparedBefore(i)) return false;
    row_[i].among = row_[group].names;
    Drop(theirs, i);
    return true;
  }

  // "the average of their department", "the average price in its category"
  bool GroupBehind(std::size_t i) {
    if (!ComparedBefore(i)) return false;
    for (std::size_t theirs = i + 1; theirs + 1 < row_.size() && theirs <= i + 7; ++theirs) {
      const Tag tag = row_[theirs].tag;
      if (Theirs(row_[theirs])) {
        std::size_t group = theirs + 1;
        while (group + 1 < row_.size() && row_[group].tag == Tag::kFiller) ++group;
        if (!Names(row_[group])) return false;
        row_[i].among = row_[group].names;
        std::size_t first = theirs;
        while (first > i + 1 && (row_[first - 1].tag == Tag::kOf || row_[first - 1].tag == Tag::kIn ||
                                 row_[first - 1].tag == Tag::kFor || row_[first - 1].tag == Tag::kFiller ||
                                 row_[first - 1].tag == Tag::kFrom))
          --first;
        Drop(first, group + 1);
        return true;
      }
      const bool passes = tag == Tag::kOf || tag == Tag::kIn || tag == Tag::kFor || tag == Tag::kFiller ||
                          tag == Tag::kFrom || (tag == Tag::kNone && !row_[theirs].names.empty());
      if (!passes) return false;
    }
    return false;
  }

  // 高于本部门平均工资, 部署の平均より給与が高い
  bool IdeographGroup(std::size_t i) {
    std::size_t group = i - 1;
    while (group > 0 && (row_[group].tag == Tag::kDe || row_[group].tag == Tag::kFiller) && !SaysOwn(row_[group]))
      --group;
    if (!Names(row_[group])) return false;
    std::size_t first = group;
    while (first > 0 && (SaysOwn(row_[first - 1]) || row_[first - 1].tag == Tag::kDe)) --first;
    const bool chinese = first > 0 && row_[first - 1].tag == Tag::kCompare;
    std::size_t than = i + 1;
    while (than < row_.size() && row_[than].tag == Tag::kNone && row_[than].numeric) ++than;
    const bool japanese = than < row_.size() && (row_[than].tag == Tag::kYori || row_[than].tag == Tag::kCompareAfter);
    const bool than_before = first > 0 && row_[first - 1].tag == Tag::kYori;  // 比本部门平均工资高
    if (!chinese && !japanese && !than_before) return false;
    row_[i].among = row_[group].names;
    Drop(first, i);
    return true;
  }

  Row& row_;
};

}  // namespace

void FindOwnGroups(std::vector<Mention>* mentions) {
  OwnGroups(mentions).Run();
}

}  // namespace toomai::templates
