// A Chinese or Japanese question as a row of mentions, and what its rules ask of a mention.
#pragma once

#include <vector>

#include "templates/mentions.h"

namespace toomai::templates::cjk {

using Row = std::vector<Mention>;

inline bool Noun(const Mention& m) {
  return !m.names.empty() && m.tag == Tag::kNone;
}
inline bool Thing(const Mention& m) {  // names rows rather than one property of them
  return Noun(m) && m.BestTable() > 0 && m.BestTable() >= m.BestColumn() - 0.001f;
}
inline bool Property(const Mention& m) {
  return Noun(m) && !Thing(m);
}
inline bool Aggregate(const Mention& m) {
  return m.tag == Tag::kAverage || m.tag == Tag::kSum || m.tag == Tag::kMax || m.tag == Tag::kMin;
}
inline bool Ranks(const Mention& m) {
  return m.tag == Tag::kSuperMax || m.tag == Tag::kSuperMin || m.tag == Tag::kMostOf || m.tag == Tag::kLeastOf;
}
inline bool Joint(const Mention& m) {
  return m.tag == Tag::kDe || m.tag == Tag::kRelative;
}
inline bool Passed(const Mention& m) {
  return m.tag == Tag::kFiller || m.tag == Tag::kTopic || m.tag == Tag::kDe;
}

inline constexpr int kThanBefore = 1;  // of kYori: what is compared with follows

inline Mention Word(Tag tag, int arg = 0) {
  Mention m;
  m.tag = tag;
  m.arg = arg;
  return m;
}

}  // namespace toomai::templates::cjk
