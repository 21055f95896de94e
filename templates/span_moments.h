// Which two moments of a row a question about a duration speaks of: "between ordering and shipping", 从下单到发货.
#pragma once

#include <vector>

#include "templates/context.h"
#include "templates/mentions.h"

namespace toomai::templates {

// From moment `from` to moment `to` of `table`; `column` holds how long that is.
struct Span {
  int table = -1, from = -1, to = -1, column = -1;
  bool Valid() const { return column >= 0; }
};

class SpanMoments {
 public:
  SpanMoments(const Context& context, const std::vector<Mention>& mentions) : x_(context), m_(mentions) {}

  // The mentions [from_first, from_last) say when it begins, [to_first, to_last) when it ends. An empty stretch leaves
  // the moment to the table: when its rows happen, or begin.
  Span Between(std::size_t from_first, std::size_t from_last, std::size_t to_first, std::size_t to_last) const;
  // From the beginning to the end of what is spoken of: a stay, a loan, an admission.
  // `framed`: only where the names of the moments say so: check_in, check_out.
  Span Whole(bool framed = false) const;
  // Does the mention say a moment of some row?
  bool SaysMoment(const Mention& m) const;

 private:
  double Says(const Mention& m, int table, int column) const;
  double Said(std::size_t first, std::size_t last, int table, int column) const;
  double Spoken(int table) const;
  int StartOf(int table, int end) const;
  std::vector<int> Moments(int table) const;

  const Context& x_;
  const std::vector<Mention>& m_;
};

}  // namespace toomai::templates
