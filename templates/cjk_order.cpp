#include "templates/cjk_order.h"

#include <algorithm>
#include <utility>

namespace toomai::templates {
namespace {

using Row = std::vector<Mention>;

bool Noun(const Mention& m) {
  return !m.names.empty() && m.tag == Tag::kNone;
}
bool Passed(const Mention& m) {
  return m.tag == Tag::kFiller || m.tag == Tag::kTopic;
}

Mention Word(Tag tag, int arg = 0) {
  Mention m;
  m.tag = tag;
  m.arg = arg;
  return m;
}

// The nearest noun, number, value or date before `i`, over particles; -1: none.
int Before(const Row& row, int i) {
  for (int k = i - 1; k >= 0; --k) {
    const Mention& m = row[static_cast<std::size_t>(k)];
    if (Passed(m)) continue;
    if (m.tag == Tag::kDe) continue;
    return k;
  }
  return -1;
}

void Move(Row* row, int from, int to) {
  Mention m = std::move((*row)[static_cast<std::size_t>(from)]);
  row->erase(row->begin() + from);
  row->insert(row->begin() + to, std::move(m));
}

// Words that come after what they are about, put in front of it.
void PutInFront(Row* row) {
  for (int i = 0; i < static_cast<int>(row->size()); ++i) {
    Mention& m = (*row)[static_cast<std::size_t>(i)];
    Tag tag = m.tag;
    int k = Before(*row, i);
    if (k < 0) continue;
    const Mention& target = (*row)[static_cast<std::size_t>(k)];
    switch (tag) {
      case Tag::kCountAfter:
        if (!Noun(target)) break;
        m.tag = Tag::kCount;
        Move(row, i, k);
        break;
      case Tag::kSumAfter:
        m.tag = Tag::kSum;
        if (Noun(target)) Move(row, i, k);
        break;
      case Tag::kEachAfter:
        if (!Noun(target)) break;
        m.tag = Tag::kEach;
        Move(row, i, k);
        break;
      case Tag::kCompareAfter: {
        bool about_time = m.arg >= 128;
        int op = m.arg % 128;
        m.tag = about_time ? Tag::kCompareAdjective : Tag::kCompare;
        m.arg = about_time ? op + 16 * 8 : op;
        m.norm.clear();
        if (target.is_number || target.is_date) {
          (*row)[static_cast<std::size_t>(k)].closes = true;
          Move(row, i, k);
        }
        break;
      }
      case Tag::kSuperMax:
      case Tag::kSuperMin:
      case Tag::kMostOf:
      case Tag::kLeastOf: {
        if (!Noun(target)) break;
        // 订单 数 最多: the count was put in front already.
        int at = k;
        while (at > 0 && ((*row)[static_cast<std::size_t>(at - 1)].tag == Tag::kCount ||
                          (*row)[static_cast<std::size_t>(at - 1)].tag == Tag::kSum ||
                          (*row)[static_cast<std::size_t>(at - 1)].tag == Tag::kAverage)) {
          --at;
        }
        (*row)[static_cast<std::size_t>(k)].closes = true;
        Move(row, i, at);
        break;
      }
      case Tag::kYori: {
        // "平均より高い": the adjective that follows compares.
        if (i + 1 < static_cast<int>(row->size()) && (*row)[static_cast<std::size_t>(i) + 1].tag == Tag::kAdjAfter) {
          Mention adjective = (*row)[static_cast<std::size_t>(i) + 1];
          row->erase(row->begin() + i + 1);
          (*row)[static_cast<std::size_t>(i)] = Word(Tag::kCompare, adjective.arg);
          (*row)[static_cast<std::size_t>(k)].closes = true;
          int at = k;
          if (at > 0 && (*row)[static_cast<std::size_t>(at - 1)].tag == Tag::kAverage) --at;
          Move(row, i, at);
        } else {
          m.tag = Tag::kFiller;
        }
        break;
      }
      case Tag::kContainsAfter: {
        m.tag = Tag::kContains;
        Move(row, i, k);
        break;
      }
      case Tag::kNotAfter: {
        m.tag = Tag::kNot;
        if (Noun(target) || !target.values.empty()) {
          (*row)[static_cast<std::size_t>(k)].closes = true;
          Move(row, i, k);
        }
        break;
      }
      case Tag::kBetweenEnd: {
        // A から B まで, 在 A 到 B 之间
        for (int b = i - 1; b > 0; --b) {
          Tag t = (*row)[static_cast<std::size_t>(b)].tag;
          bool joins = t == Tag::kBetweenTo || t == Tag::kAnd || t == Tag::kFiller;
          bool between = joins && (*row)[static_cast<std::size_t>(b) - 1].is_number && b + 1 < i &&
                         (*row)[static_cast<std::size_t>(b) + 1].is_number;
          if (!between) continue;
          (*row)[static_cast<std::size_t>(b)].tag = Tag::kAnd;
          m.tag = Tag::kBetween;
          (*row)[static_cast<std::size_t>(i) - 1].closes = true;
          Move(row, i, b - 1);
          break;
        }
        if ((*row)[static_cast<std::size_t>(i)].tag == Tag::kBetweenEnd)
          (*row)[static_cast<std::size_t>(i)].tag = Tag::kFiller;
        break;
      }
      default:
        break;
    }
  }
}

}  // namespace

std::vector<Mention> InEnglishOrder(std::vector<Mention> row) {
  bool how_many = false, percent = false;
  PutInFront(&row);
  Row kept;
  for (Mention& m : row) {
    switch (m.tag) {
      case Tag::kHowManyAfter:
        how_many = true;
        continue;
      case Tag::kPercentAfter:
        percent = true;
        continue;
      case Tag::kHowMuchAfter:
      case Tag::kTopic:
      case Tag::kStop:
      case Tag::kOrderAfter:
      case Tag::kBetweenTo:
        continue;
      case Tag::kWhich:
      case Tag::kFiller:
      case Tag::kBe:
        continue;
      case Tag::kAdjAfter:
        continue;
      default:
        kept.push_back(std::move(m));
    }
  }
  // Parts joined by 的, の or a clause's verb: the last is what is wanted.
  std::vector<Row> parts(1);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    bool joint = kept[i].tag == Tag::kDe || kept[i].tag == Tag::kRelative;
    if (!joint) {
      bool closes = kept[i].closes && i + 1 < kept.size() && kept[i + 1].tag != Tag::kDe &&
                    kept[i + 1].tag != Tag::kRelative && kept[i + 1].tag != Tag::kAnd && kept[i + 1].tag != Tag::kOr;
      parts.back().push_back(std::move(kept[i]));
      if (closes) parts.emplace_back();
    } else if (!parts.back().empty() && i + 1 < kept.size()) {
      parts.emplace_back();
    }
  }
  if (parts.size() > 1 && parts.back().empty()) parts.pop_back();
  Row out;
  if (percent) out.push_back(Word(Tag::kPercent));
  bool counts = false;
  for (const Mention& m : parts.back())
    counts |= m.tag == Tag::kCount || m.tag == Tag::kHowMany || m.tag == Tag::kSum || m.tag == Tag::kAverage;
  if (how_many && !counts) out.push_back(Word(Tag::kHowMany));
  for (std::size_t p = parts.size(); p-- > 0;) {
    bool last = p + 1 == parts.size();
    bool of = parts[p].size() == 1 && Noun(parts[p][0]) && !parts[p][0].state && !parts[p][0].negative;
    if (!last) out.push_back(Word(of ? Tag::kOf : Tag::kThat));
    // Within the wanted part, what comes before its last noun modifies it unless it is a job of its own.
    for (Mention& m : parts[p]) out.push_back(std::move(m));
  }
  return out;
}

}  // namespace toomai::templates
