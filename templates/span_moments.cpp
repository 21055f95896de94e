#include "templates/span_moments.h"

#include <algorithm>
#include <string_view>

#include "schema/stem.h"
#include "templates/derived_columns.h"
#include "templates/verbs.h"

namespace toomai::templates {
namespace {

constexpr double kEnough = 0.5;      // to take a word for a moment
constexpr double kByDefault = 0.52;  // the moment of a table that is only named
constexpr double kOwnWord = 0.75;

// "shipment" and "shipped", "resolution" and "resolved": one word in two forms.
bool OneRoot(std::string_view a, std::string_view b) {
  const std::size_t shorter = std::min(a.size(), b.size());
  std::size_t same = 0;
  while (same < shorter && a[same] == b[same]) ++same;
  const std::string_view ending = a.size() > b.size() ? a.substr(shorter) : b.substr(shorter);
  if (same == shorter && shorter == 3) return ending.empty() || ending == "ment" || ending == "ing" || ending == "er";
  if (same == shorter) return shorter >= 4;
  return same >= 5 && same + 1 >= shorter;
}

// "delivered", "received", "arrived": what was sent is there.
bool Arrives(std::string_view stem) {
  return stem.starts_with("deliver") || stem == "deliv" || stem.starts_with("receiv") || stem.starts_with("receipt") ||
         stem.starts_with("arriv");
}

bool SaysBeginning(const std::string& word) {
  static constexpr std::string_view kWords[] = {"placed",  "made",    "created", "creation", "submitted", "issued",
                                                "started", "opened",  "raised",  "begun",    "start",     "beginning",
                                                "placing", "opening", "booked",  "logged"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

bool Has(const std::vector<std::string>& words, std::initializer_list<std::string_view> any) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::any_of(any.begin(), any.end(), [&](std::string_view start) {
      return start.size() <= 2 || start == "out" || start == "end" ? word == start : word.starts_with(start);
    });
  });
}

// A beginning and an end that belong together: check-in and check-out, borrowed and returned.
bool Frame(const std::vector<std::string>& from, const std::vector<std::string>& to) {
  return (Has(from, {"in", "checkin"}) && Has(to, {"out", "checkout"})) ||
         (Has(from, {"start", "begin", "began", "from", "open", "creat", "rais"}) &&
          Has(to, {"end", "finish", "stop", "to", "until", "clos", "clear", "resolv", "complet"})) ||
         (Has(from, {"admit", "admiss", "adm"}) && Has(to, {"disch"})) ||
         (Has(from, {"borrow", "loan", "lent", "rent", "rental", "checkout"}) && Has(to, {"return"})) ||
         (Has(from, {"depart"}) && Has(to, {"arriv"})) || (Has(from, {"hire"}) && Has(to, {"left", "leav", "termin"}));
}

}  // namespace

std::vector<int> SpanMoments::Moments(int table) const {
  std::vector<int> moments;
  const auto& columns = x_.schema->tables[static_cast<std::size_t>(table)].columns;
  for (const schema::Column& column : columns) {
    if (!IsSpan(column)) continue;
    for (int c = 0; c < static_cast<int>(columns.size()); ++c) {
      const schema::Column& moment = columns[static_cast<std::size_t>(c)];
      const bool happened = !IsDerived(moment) && schema::IsMoment(moment.type_class);
      if (happened && !AboutLife(x_.lexicon.NameOf(table, c).words)) moments.push_back(c);
    }
    return moments;
  }
  return moments;
}

double SpanMoments::Says(const Mention& m, int table, int column) const {
  double best = 0;
  for (const schema::NameHit& hit : m.names) {
    if (hit.table != table) continue;
    if (hit.column == column) best = std::max<double>(best, hit.score * (hit.synonym ? 0.6 : 1));
    const bool of_rows =
        hit.column < 0 && hit.score > 0.8f && column == x_.defaults[static_cast<std::size_t>(table)].time;
    if (of_rows) best = std::max(best, kByDefault);
  }
  if (m.to != m.from + 1 || m.norm.empty() || static_cast<unsigned char>(m.norm[0]) >= 0x80) return best;
  const std::string stem = schema::Stem(m.norm), verb = VerbStem(m.norm);
  for (const std::string& word : x_.lexicon.NameOf(table, column).words) {
    if (OneRoot(stem, word) || (Arrives(stem) && Arrives(word)) || OneRoot(verb, word) || OneRoot(verb, VerbStem(word)))
      best = std::max(best, kOwnWord);
  }
  if (SaysBeginning(m.norm) && column == x_.defaults[static_cast<std::size_t>(table)].time)
    best = std::max(best, kByDefault);
  return best;
}

double SpanMoments::Said(std::size_t first, std::size_t last, int table, int column) const {
  double best = 0;
  for (std::size_t i = first; i < last; ++i) best = std::max(best, Says(m_[i], table, column));
  return best;
}

bool SpanMoments::SaysMoment(const Mention& m) const {
  for (int t = 0; t < static_cast<int>(x_.schema->tables.size()); ++t) {
    for (int c : Moments(t)) {
      if (Says(m, t, c) >= kEnough) return true;
    }
  }
  return false;
}

// How much the question speaks of the table.
double SpanMoments::Spoken(int table) const {
  double best = 0;
  for (const Mention& m : m_) {
    for (const schema::NameHit& hit : m.names) {
      if (hit.table == table && hit.column < 0) best = std::max<double>(best, hit.score);
    }
    for (const schema::ValueHit& hit : m.values) best = hit.table == table ? std::max(best, 0.3) : best;
  }
  return best + (x_.schema->tables[static_cast<std::size_t>(table)].on_search_path ? 0.2 : 0);
}

// When the rows of `table` begin, where nothing says it.
int SpanMoments::StartOf(int table, int end) const {
  const int time = x_.defaults[static_cast<std::size_t>(table)].time;
  if (time >= 0 && time != end) return time;
  for (int c : Moments(table)) {
    if (c < end) return c;
  }
  return -1;
}

Span SpanMoments::Between(std::size_t from_first, std::size_t from_last, std::size_t to_first,
                          std::size_t to_last) const {
  Span best;
  double best_score = 0;
  for (int t = 0; t < static_cast<int>(x_.schema->tables.size()); ++t) {
    const std::vector<int> moments = Moments(t);
    for (int to : moments) {
      const double end = Said(to_first, to_last, t, to);
      if (end < kEnough) continue;
      for (int from : moments) {
        if (from == to) continue;
        double start = Said(from_first, from_last, t, from);
        if (from_first == from_last) start = from == StartOf(t, to) ? kEnough : 0;
        const double score = start + end + 0.5 * Spoken(t);
        if (start < kEnough || score <= best_score) continue;
        best_score = score;
        best = {t, from, to, SpanColumn(x_.schema->tables[static_cast<std::size_t>(t)], from, to)};
      }
    }
  }
  return best;
}

Span SpanMoments::Whole(bool framed) const {
  Span best;
  double best_score = 0;
  for (int t = 0; t < static_cast<int>(x_.schema->tables.size()); ++t) {
    const std::vector<int> moments = Moments(t);
    for (int from : moments) {
      for (int to : moments) {
        const bool frame = Frame(x_.lexicon.NameOf(t, from).words, x_.lexicon.NameOf(t, to).words);
        const bool two = moments.size() == 2 && from < to;
        if (from == to || (!frame && (framed || !two || Spoken(t) < 0.8))) continue;
        const double score = Spoken(t) + (frame ? 0.5 : 0);
        if (score <= best_score) continue;
        best_score = score;
        best = {t, from, to, SpanColumn(x_.schema->tables[static_cast<std::size_t>(t)], from, to)};
      }
    }
  }
  return best_score >= 0.7 ? best : Span{};
}

}  // namespace toomai::templates
