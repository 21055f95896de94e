#include "templates/cjk_contrast.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace toomai::templates {
namespace {

using Row = std::vector<Mention>;

constexpr float kOwnName = 0.9f;

// The clause's parts, as places in the row.
struct Contrast {
  std::size_t done = 0, not_done = 0;  // the two dates
  std::size_t thing = 0;               // whose rows are asked for
  int deed = -1;                       // table of what was done
  bool counted = false;
};

bool Denies(const Mention& m) {
  return m.tag == Tag::kNot || m.tag == Tag::kNotAfter || m.tag == Tag::kWithout || m.negative;
}

bool NamesTable(const Mention& m) {
  return m.tag == Tag::kNone && !m.negative && m.BestTable() >= kOwnName && m.BestTable() >= m.BestColumn() - 0.001f;
}

int TableOf(const Mention& m) {
  return m.names.empty() ? -1 : m.names.front().table;
}

// The table that the verbs of the two dates speak of, or a noun between them names.
int DeedOf(const Row& row, std::size_t first, std::size_t second) {
  for (std::size_t at : {first, second}) {
    if (!row[at].when.empty()) return row[at].when.front().table;
  }
  for (std::size_t i = first + 1; i < second; ++i) {
    if (!row[i].names.empty()) return TableOf(row[i]);
  }
  return -1;
}

std::optional<Contrast> Find(const Row& row) {
  std::vector<std::size_t> dates, denials, things;
  Contrast found;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i].is_date) dates.push_back(i);
    if (Denies(row[i])) denials.push_back(i);
    const Tag tag = row[i].tag;
    found.counted |= tag == Tag::kHowMany || tag == Tag::kHowManyAfter || tag == Tag::kCount || tag == Tag::kCountAfter;
  }
  if (dates.size() != 2 || denials.size() != 1 || denials[0] < dates[0]) return std::nullopt;
  found.deed = DeedOf(row, dates[0], dates[1]);
  if (found.deed < 0) return std::nullopt;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Mention& m = row[i];
    if (m.is_date || m.tag != Tag::kNone || m.Unknown()) continue;
    if (NamesTable(m) && TableOf(m) != found.deed) {
      things.push_back(i);
    } else if (TableOf(m) != found.deed || m.is_number || !m.values.empty()) {
      return std::nullopt;  // something else is said as well
    }
  }
  if (things.size() != 1) return std::nullopt;
  found.thing = things.front();
  const bool later = denials[0] > dates[1];
  found.done = later ? dates[0] : dates[1];
  found.not_done = later ? dates[1] : dates[0];
  return found;
}

Mention Word(Tag tag) {
  Mention m;
  m.tag = tag;
  return m;
}

}  // namespace

bool ContrastTimes(Row* row) {
  const auto found = Find(*row);
  if (!found) return false;
  Mention deeds;
  deeds.names = {{found->deed, -1, 1.f, false}};
  Row said;
  said.push_back(Word(found->counted ? Tag::kHowMany : Tag::kWhich));
  said.push_back(std::move((*row)[found->thing]));
  said.push_back(Word(Tag::kThat));
  said.push_back(Word(Tag::kHave));
  said.push_back(std::move(deeds));
  said.push_back(Word(Tag::kIn));
  said.push_back(std::move((*row)[found->done]));
  said.push_back(Word(Tag::kBut));
  said.push_back(Word(Tag::kNot));
  said.push_back(Word(Tag::kIn));
  said.push_back(std::move((*row)[found->not_done]));
  *row = std::move(said);
  return true;
}

}  // namespace toomai::templates
