#include "templates/most_done.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "schema/stem.h"
#include "templates/verbs.h"

namespace toomai::templates {
namespace {

using Row = std::vector<Mention>;

constexpr float kOwnName = 0.8f;

template <std::size_t N>
bool OneOf(std::string_view word, const std::string_view (&words)[N]) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

Mention Word(Tag tag, int arg = 0) {
  Mention m;
  m.tag = tag;
  m.arg = arg;
  return m;
}

bool Ideographs(const Mention& m) {
  return !m.norm.empty() && static_cast<unsigned char>(m.norm[0]) >= 0x80;
}
bool IsThing(const Mention& m) {
  const bool word = m.tag == Tag::kNone || (m.tag == Tag::kFiller && Ideographs(m));  // 本, a counter as well
  return word && m.BestTable() >= kOwnName && m.BestTable() >= m.BestColumn() - 0.001f;
}
bool Often(const Mention& m) {
  return m.norm == "often" || m.norm == "frequently" || m.norm == "commonly" || m.norm == "times";
}
bool Selling(const Mention& m) {
  static constexpr std::string_view kWords[] = {"sold", "selling", "bought", "purchased", "sells", "sell"};
  return OneOf(m.norm, kWords);
}
// A verb that says little of what it is done with: rows that refer to the thing tell of it.
bool SaysUse(const Mention& m) {
  static constexpr std::string_view kWords[] = {
      "used",   "requested", "chosen", "picked",    "selected",   "demanded",  "visited",  "played",
      "rented", "borrowed",  "booked", "reserved",  "attended",   "watched",   "reviewed", "rated",
      "cited",  "assigned",  "called", "contacted", "prescribed", "performed", "stayed"};
  return OneOf(m.norm, kWords);
}

// Letters that both stems begin with are most of the shorter one: "prescrib" and "prescript".
bool OneRoot(std::string_view a, std::string_view b) {
  const std::size_t shorter = std::min(a.size(), b.size());
  std::size_t same = 0;
  while (same < shorter && a[same] == b[same]) ++same;
  return shorter >= 4 && (same == shorter || (same >= 5 && same + 1 >= shorter));
}

// The rows that tell of a deed done with a thing, and the column that says how many.
struct Deeds {
  int table = -1, quantity = -1;
  bool Valid() const { return table >= 0; }
};

class MostDone {
 public:
  MostDone(const Context& x, Row* row) : x_(x), row_(*row) {}

  void Run() {
    if (!InFrontOfThing() && !BehindThing()) RankedInJapanese();
    SoldBest();
  }

 private:
  std::size_t Size() const { return row_.size(); }
  Tag TagAt(std::size_t i) const { return i < Size() ? row_[i].tag : Tag::kStop; }
  const schema::Table& Table(int t) const { return x_.schema->tables[static_cast<std::size_t>(t)]; }

  int Quantity(int t) const {
    for (int c = 0; c < static_cast<int>(Table(t).columns.size()); ++c) {
      const schema::Column& column = x_.Column(t, c);
      if (!column.readable || !schema::IsNumber(column.type_class) || x_.joins.EdgeFromColumn(t, c) >= 0) continue;
      for (const std::string& w : x_.lexicon.NameOf(t, c).words) {
        if (w.starts_with("quantit") || w == "qty" || w == "piec" || w == "数量") return c;
      }
      if (schema::Fold(column.name).find("数量") != std::string::npos) return c;
    }
    return -1;
  }

  bool Stored(int t) const {
    return Table(t).readable && Table(t).kind != schema::TableKind::kView &&
           Table(t).kind != schema::TableKind::kMaterializedView;
  }
  bool SaysTrade(int t) const {
    static constexpr std::string_view kWords[] = {"item", "line", "sale", "order", "purchas", "detail"};
    const auto& words = x_.lexicon.TableWords(t);
    return std::any_of(words.begin(), words.end(), [&](const std::string& w) { return OneOf(w, kWords); });
  }
  // A number of the thing that the verb names: "the most viewed post" of a table with view_count.
  bool KeptAsNumber(const Mention& verb, int thing) const {
    return std::any_of(verb.names.begin(), verb.names.end(), [&](const schema::NameHit& hit) {
      return hit.table == thing && hit.column >= 0 && schema::IsNumber(x_.Column(thing, hit.column).type_class);
    });
  }
  bool NamesRows(const Mention& verb, int t) const {
    const std::string stem = schema::Stem(verb.norm), root = VerbStem(verb.norm);
    const auto& words = x_.lexicon.TableWords(t);
    const bool named = std::any_of(verb.names.begin(), verb.names.end(), [&](const schema::NameHit& hit) {
      return hit.table == t && hit.score > 0.55f && (hit.column < 0 || Ideographs(verb));
    });
    return named || std::any_of(words.begin(), words.end(), [&](const std::string& w) {
             return w == stem || w == root || OneRoot(stem, w) || OneRoot(root, w);
           });
  }

  // Rows that refer to the thing and are called after the verb; the only ones that refer to it, where the verb says
  // no more than that it was used.
  Deeds DeedsOf(const Mention& verb, int thing, bool sold) const {
    std::vector<int> referring;
    for (int e : x_.joins.EdgesOf(thing)) {
      const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(e)];
      const bool refers = edge.table2 == thing && edge.table1 != thing && Stored(edge.table1);
      if (refers && std::find(referring.begin(), referring.end(), edge.table1) == referring.end())
        referring.push_back(edge.table1);
    }
    for (int t : referring) {
      if (sold ? SaysTrade(t) && (referring.size() == 1 || Quantity(t) >= 0) : NamesRows(verb, t))
        return {t, sold ? Quantity(t) : -1};
    }
    if (!sold && SaysUse(verb) && referring.size() == 1) return {referring[0], -1};
    return {};
  }

  int ThingOf(const Mention& m) const {
    for (const schema::NameHit& hit : m.names) {
      if (hit.column < 0) return hit.table;
    }
    return -1;
  }

  static Mention Named(const Deeds& deeds, bool quantity, const Mention& verb) {
    Mention m;
    m.from = verb.from;
    m.to = verb.to;
    m.text = m.norm = verb.text;
    m.names = {{deeds.table, quantity ? deeds.quantity : -1, 0.95f, false}};
    m.numeric = quantity;
    return m;
  }

  // "with the most order items", "with the highest total quantity"
  Row With(const Deeds& deeds, const Mention& verb, bool most, const Mention* number) const {
    const bool quantity = deeds.quantity >= 0;
    Row with = {Word(Tag::kWith)};
    if (number != nullptr) with.push_back(*number);
    with.push_back(quantity ? Word(most ? Tag::kSuperMax : Tag::kSuperMin, 4)
                            : Word(most ? Tag::kMostOf : Tag::kLeastOf));
    with.back().norm = most ? "most" : "least";
    if (quantity) with.push_back(Word(Tag::kSum));
    with.push_back(Named(deeds, quantity, verb));
    return with;
  }

  void Replace(std::size_t first, std::size_t last, Row with) {
    row_.erase(row_.begin() + static_cast<long>(first), row_.begin() + static_cast<long>(last));
    row_.insert(row_.begin() + static_cast<long>(first), std::make_move_iterator(with.begin()),
                std::make_move_iterator(with.end()));
  }

  // "most", "least", "best" at `i`, and where the verb follows; 0: it does not.
  std::size_t VerbBehind(std::size_t i, bool* most, bool* sold) const {
    const Mention& m = row_[i];
    const bool common = m.tag == Tag::kCommon && m.norm.ends_with("frequently");
    const bool ranks = m.tag == Tag::kMostOf || m.tag == Tag::kLeastOf || common;
    const bool best = m.norm == "best" || m.norm == "worst" || m.norm == "top";
    if (Ideographs(m) || (!ranks && !best)) return 0;
    *most = common ? m.arg > 0 : m.tag != Tag::kLeastOf && m.norm != "worst";
    std::size_t verb = i + 1;
    while (verb < Size() && Often(row_[verb])) ++verb;
    if (verb >= Size() || row_[verb].quoted || row_[verb].is_number) return 0;
    *sold = Selling(row_[verb]);
    return *sold || (ranks && IsParticiple(row_[verb].norm)) ? verb : 0;
  }

  // "the 3 most requested services"
  bool InFrontOfThing() {
    for (std::size_t i = 0; i + 2 < Size(); ++i) {
      bool most = true, sold = false;
      const std::size_t verb = VerbBehind(i, &most, &sold);
      if (verb == 0 || verb + 1 >= Size() || !IsThing(row_[verb + 1])) continue;
      const int thing = ThingOf(row_[verb + 1]);
      if (thing < 0 || KeptAsNumber(row_[verb], thing)) return false;
      const Deeds deeds = DeedsOf(row_[verb], thing, sold);
      if (!deeds.Valid()) return false;
      const bool so_many = i > 0 && row_[i - 1].is_number && TagAt(i - 2) != Tag::kTop;
      const std::size_t first = i - (so_many ? 1 : 0);
      Row said;
      if (ByMeasure(verb + 2)) {  // "best-selling products by revenue"
        if (TagAt(first - 1) != Tag::kTop && !(first > 0 && row_[first - 1].is_number)) {
          Mention number = Word(Tag::kNone);
          number.is_number = true;
          number.number = so_many ? row_[i - 1].number : 1;
          said = {Word(Tag::kTop), number};
        }
        said.push_back(row_[verb + 1]);
      } else {
        said = {row_[verb + 1]};
        for (Mention& m : With(deeds, row_[verb], most, so_many ? &row_[i - 1] : nullptr)) said.push_back(std::move(m));
      }
      Replace(first, verb + 2, std::move(said));
      return true;
    }
    return false;
  }

  bool ByMeasure(std::size_t from) const {
    for (std::size_t i = from; i + 1 < Size(); ++i) {
      if (row_[i].tag == Tag::kBy && row_[i + 1].numeric) return true;
    }
    return false;
  }

  // "which product is ordered most often", "which guest stayed the most"
  bool BehindThing() {
    for (std::size_t i = 1; i < Size(); ++i) {
      const Mention& m = row_[i];
      const bool common = m.tag == Tag::kCommon && m.norm.ends_with("frequently");
      if ((m.tag != Tag::kMostOf && m.tag != Tag::kLeastOf && !common) || Ideographs(m)) continue;
      std::size_t end = i + 1;
      while (end < Size() && Often(row_[end])) ++end;
      const bool ends = end >= Size() || row_[end].tag == Tag::kStop || row_[end].tag == Tag::kIn ||
                        row_[end].tag == Tag::kFor || row_[end].tag == Tag::kFrom || row_[end].is_date ||
                        row_[end].tag == Tag::kBy;
      std::size_t verb = i - 1;
      while (verb > 0 && row_[verb].tag == Tag::kFiller) --verb;
      std::size_t subject = verb;
      while (subject > 0 && (subject == verb || row_[subject].tag == Tag::kBe || row_[subject].tag == Tag::kThat ||
                             row_[subject].tag == Tag::kHave || row_[subject].tag == Tag::kFiller))
        --subject;
      const bool sold = Selling(row_[verb]);
      if (!ends || verb == 0 || !IsThing(row_[subject]) || (!sold && !IsParticiple(row_[verb].norm))) continue;
      const int thing = ThingOf(row_[subject]);
      const Deeds deeds = thing < 0 || KeptAsNumber(row_[verb], thing) ? Deeds{} : DeedsOf(row_[verb], thing, sold);
      if (!deeds.Valid()) continue;
      const bool most = common ? m.arg > 0 : m.tag == Tag::kMostOf;
      Row said = With(deeds, row_[verb], most, nullptr);
      Replace(subject + 1, end, std::move(said));
      return true;
    }
    return false;
  }

  // Chinese, Japanese: the thing that a clause ending before `i` describes, or that stands in front of it.
  std::size_t DescribedBy(std::size_t i) const {
    for (std::size_t k = i + 1; k < Size() && k <= i + 5; ++k) {
      if (IsThing(row_[k])) return k;
      const bool passed =
          row_[k].tag == Tag::kFiller || row_[k].tag == Tag::kDe || row_[k].tag == Tag::kRelative || row_[k].is_number;
      if (!passed) break;
    }
    for (std::size_t k = i; k-- > 0;) {
      if (IsThing(row_[k])) return k;
    }
    return Size();
  }

  // 最も予約された本, 一番フォローされているユーザー
  void RankedInJapanese() {
    for (std::size_t i = 0; i + 3 < Size(); ++i) {
      const bool often = row_[i].tag == Tag::kMostOf && row_[i].norm.ends_with("く");  // 最も多く
      if (row_[i].tag != Tag::kRank && !often) continue;
      const std::size_t verb = i + 1;
      if (row_[verb].names.empty() || row_[verb].tag != Tag::kNone || row_[verb + 1].tag != Tag::kRelative) continue;
      const std::size_t thing = DescribedBy(verb + 1);
      if (thing <= verb || thing >= Size()) continue;
      const Deeds deeds = DeedsOf(row_[verb], ThingOf(row_[thing]), false);
      if (!deeds.Valid()) continue;
      const int place = row_[i].arg * (often ? 0 : kOrdinalArg);
      Row said = {Named(deeds, false, row_[verb]), Word(Tag::kMostOf, 1 + place), Word(Tag::kDe)};
      Replace(i, verb + 2, std::move(said));
      return;
    }
  }

  // いちばん よく 売れている: the rank as a word of its own, taken into the verb.
  bool RankedBefore(std::size_t& i) {
    std::size_t rank = i;
    while (rank > 0 && row_[rank - 1].tag == Tag::kFiller) --rank;
    if (rank == 0 || (row_[rank - 1].tag != Tag::kRank && row_[rank - 1].tag != Tag::kMostOf)) return false;
    row_[i].arg = 1;
    row_.erase(row_.begin() + static_cast<long>(rank) - 1, row_.begin() + static_cast<long>(i));
    i = rank - 1;
    return true;
  }

  // 卖得最好的商品, 一番売れている商品: the quantity that was sold, else the rows.
  void SoldBest() {
    for (std::size_t i = 0; i < Size(); ++i) {
      if (row_[i].tag != Tag::kSoldBest) continue;
      if (row_[i].arg == 0 && !RankedBefore(i)) continue;
      const std::size_t at = DescribedBy(i);
      const Deeds deeds = at < Size() ? DeedsOf(row_[i], ThingOf(row_[at]), true) : Deeds{};
      if (!deeds.Valid()) return;
      const bool quantity = deeds.quantity >= 0, most = row_[i].arg > 0;
      Row said = {Named(deeds, quantity, row_[i])};
      if (quantity)
        said.push_back(Word(most ? Tag::kSuperMax : Tag::kSuperMin, 4));
      else
        said.push_back(Word(most ? Tag::kMostOf : Tag::kLeastOf, most ? 1 : -1));
      said.push_back(Word(Tag::kDe));
      if (at < i) {  // 哪个商品卖得最好
        said.push_back(row_[at]);
        Replace(i, i + 1, std::move(said));
        row_.erase(row_.begin() + static_cast<long>(at));
        for (std::size_t k = at; k < Size() && row_[k].tag == Tag::kTopic;)
          row_.erase(row_.begin() + static_cast<long>(k));
      } else {
        const bool joined = TagAt(i + 1) == Tag::kDe || TagAt(i + 1) == Tag::kRelative;
        Replace(i, i + (joined ? 2 : 1), std::move(said));
      }
      return;
    }
  }

  const Context& x_;
  Row& row_;
};

}  // namespace

void FindMostDone(const Context& context, std::vector<Mention>* mentions) {
  MostDone(context, mentions).Run();
}

}  // namespace toomai::templates
