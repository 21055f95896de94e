#include "templates/row_keys.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "schema/stem.h"

namespace toomai::templates {
namespace {

constexpr float kOwnName = 0.8f;

template <std::size_t N>
bool OneOf(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// "order no. 12", 注文番号12: words between a name and the number that say that it is one.
bool SaysNumber(const Mention& m) {
  static constexpr std::array<std::string_view, 11> kWords = {"#",  "no", "no.",  "nr",   "number", "num",
                                                              "id", "号", "番号", "编号", "番"};
  return OneOf(m.norm, kWords);
}

// The name of a column that tells rows apart by numbers: "customer id", "part number", 図書番号, 客户编号.
bool NamesNumber(const Mention& m) {
  static constexpr std::array<std::string_view, 8> kEnds = {" id",  " no",  " number", " code",
                                                            "番号", "编号", "id",      "号"};
  return m.BestColumn() > kOwnName && std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) {
           return m.norm == end || m.norm.ends_with(end);
         });
}

class RowKeys {
 public:
  RowKeys(const Context& x, std::vector<Mention>& mentions, std::vector<std::string>* pool)
      : x_(x), m_(mentions), pool_(*pool) {}

  void Run() {
    pool_.reserve(m_.size());  // the mentions point into it
    for (std::size_t i = 0; i < m_.size(); ++i) {
      if (!IsKey(m_[i])) continue;
      if (!Behind(i)) InFront(i);
    }
    for (Mention& m : m_) {
      const bool numbers = m.norm == "#" && &m != &m_.back() && (&m)[1].is_number;
      if (numbers) m.tag = Tag::kFiller;
    }
    for (std::size_t i = 0; i < m_.size(); ++i) {
      if (m_[i].tag == Tag::kCount && m_[i].norm.ends_with(" of")) NotCounted(i);
    }
  }

 private:
  static bool IsKey(const Mention& m) {
    return m.is_number && !m.times && m.number >= 0 && m.number == std::floor(m.number) &&
           m.digits.find_first_not_of("0123456789") == std::string::npos && m.to == m.from + 1 && m.tag == Tag::kNone;
  }
  static bool Ideographs(const Mention& m) { return !m.norm.empty() && static_cast<unsigned char>(m.norm[0]) >= 0x80; }

  bool NamesRows(const Mention& m) const {
    const bool plural = m.norm.ends_with('s') && !m.norm.ends_with("ss") && !Ideographs(m);
    const bool free = m.tag == Tag::kNone || (m.tag == Tag::kOrder && m.norm == "order");
    return free && !m.is_number && !m.is_date && !m.quoted && m.BestTable() > kOwnName &&
           m.BestTable() >= m.BestColumn() - 0.001f && !plural;
  }

  // "order 12", "order no. 12", "customer id 5", 注文12, 客户编号为12.
  bool Behind(std::size_t i) {
    std::size_t at = i;
    bool said = false;
    while (at > 0 && (SaysNumber(m_[at - 1]) || (at > 1 && m_[at - 1].norm == "." && SaysNumber(m_[at - 2])) ||
                      (m_[at - 1].tag == Tag::kCompare && m_[at - 1].arg == kEqual))) {
      --at;
      said |= SaysNumber(m_[at]);
    }
    if (at == 0) return false;
    Mention& name = m_[at - 1];
    const bool column =
        name.tag == Tag::kNone && NamesNumber(name) && !(m_[at].tag == Tag::kCompare && !said && at == i);
    if (!column && (at < i && !said)) return false;
    if (column ? !Ends(i, true) : !(NamesRows(name) && Ends(i, said))) return false;
    std::vector<schema::ValueHit> hits = column ? HitsOfColumn(name, m_[i]) : HitsOfTable(name, m_[i]);
    if (hits.empty()) return false;
    m_[i].values = std::move(hits);
    Take(&m_[i]);
    name.tag = Tag::kNone;
    const std::size_t first = column ? at - 1 : at;  // the words that only said so
    const bool kind_first = !column && Ideographs(m_[at - 1]);
    m_.erase(m_.begin() + static_cast<long>(first), m_.begin() + static_cast<long>(i));
    if (kind_first) std::swap(m_[first - 1], m_[first]);  // a value, and its kind behind it
    return true;
  }

  // 12号订单, 第12号订单: the number before its noun.
  void InFront(std::size_t i) {
    if (i + 2 >= m_.size() || (m_[i + 1].norm != "号" && m_[i + 1].norm != "番")) return;
    std::size_t noun = i + 2;
    while (noun + 1 < m_.size() && (m_[noun].norm == "的" || m_[noun].norm == "の")) ++noun;
    if (!NamesRows(m_[noun])) return;
    std::vector<schema::ValueHit> hits = HitsOfTable(m_[noun], m_[i]);
    if (hits.empty()) return;
    m_[i].values = std::move(hits);
    Take(&m_[i]);
    m_.erase(m_.begin() + static_cast<long>(i) + 1, m_.begin() + static_cast<long>(noun));
    if (i > 0 && m_[i - 1].norm == "第") m_.erase(m_.begin() + static_cast<long>(i) - 1);
  }

  // Nothing behind the number makes it count, compare or measure something. A year needs a word that says "number".
  bool Ends(std::size_t i, bool said) const {
    const Mention& number = m_[i];
    const bool year = number.number >= 1900 && number.number <= 2100;
    if (year && !said) return false;
    if (i + 1 >= m_.size()) return true;
    const Mention& next = m_[i + 1];
    switch (next.tag) {
      case Tag::kCompare:
      case Tag::kCompareAdjective:
      case Tag::kCompareAfter:
      case Tag::kBetweenTo:
      case Tag::kBetweenEnd:
      case Tag::kSuperMax:
      case Tag::kSuperMin:
      case Tag::kHowManyAfter:
        return false;
      case Tag::kFiller:
        return !Ideographs(next) || next.from > number.to || next.norm == "号" || next.norm == "番";  // a counter
      case Tag::kNone:
        return !next.is_number && !next.is_date && (next.names.empty() || said || next.norm.ends_with('s')) &&
               !(Ideographs(next) && next.Unknown());
      default:
        return true;
    }
  }

  // "phone number of Alice", "amount of invoice 12": part of a name, and a column, rather than a count.
  void NotCounted(std::size_t i) {
    Mention& m = m_[i];
    const bool of_one = i + 2 < m_.size() && m_[i + 1].BestTable() > kOwnName && m_[i + 2].row_key;
    const bool named = i > 0 && m.norm == "number of" && m_[i - 1].tag == Tag::kNone && m_[i - 1].to == m.from &&
                       m_[i - 1].BestColumn() > 0.5f && m_[i - 1].BestColumn() > m_[i - 1].BestTable() &&
                       !m_[i - 1].numeric && !m_[i - 1].norm.ends_with('s');
    if (named) m.tag = Tag::kOf;
    if (named || !of_one) return;
    const auto* column = x_.lexicon.FindKey(schema::Stem(m.norm.substr(0, m.norm.find(' '))));
    if (column == nullptr || column->front().column < 0 || column->front().score < kOwnName) return;
    Mention of;
    of.tag = Tag::kOf;
    of.norm = of.text = "of";
    of.from = of.to = m.to;
    m.tag = Tag::kNone;
    m.names = *column;
    m_.insert(m_.begin() + static_cast<long>(i) + 1, std::move(of));
  }

  // The single column that tells rows of `table` apart, where a number can; -1: none.
  int KeyColumn(int table) const {
    const schema::Table& t = x_.schema->tables[static_cast<std::size_t>(table)];
    const int key = t.primary_key.size() == 1 ? t.primary_key[0] : -1;
    if (key < 0 || !Holds(table, key)) return -1;
    return key;
  }
  bool Holds(int table, int column) const {
    const schema::TypeClass type = x_.Column(table, column).type_class;
    return schema::IsNumber(type) || type == schema::TypeClass::kText;
  }

  std::vector<schema::ValueHit> HitsOfTable(const Mention& name, const Mention& number) {
    std::vector<schema::ValueHit> hits;
    for (const schema::NameHit& hit : name.names) {
      if (hit.column >= 0 || hit.score < name.BestTable() - 0.02f) continue;
      const int key = KeyColumn(hit.table);
      if (key >= 0) hits.push_back({hit.table, key, number.digits, true});
    }
    return hits;
  }

  std::vector<schema::ValueHit> HitsOfColumn(const Mention& name, const Mention& number) {
    std::vector<schema::ValueHit> hits;
    for (const schema::NameHit& hit : name.names) {
      if (hit.column >= 0 && hit.score >= name.BestColumn() - 0.02f && Holds(hit.table, hit.column))
        hits.push_back({hit.table, hit.column, number.digits, true});
    }
    return hits;
  }

  void Take(Mention* m) {
    pool_.push_back(m->digits);
    for (schema::ValueHit& hit : m->values) hit.value = pool_.back();
    m->is_number = false;
    m->names.clear();
    m->row_key = true;
  }

  const Context& x_;
  std::vector<Mention>& m_;
  std::vector<std::string>& pool_;
};

}  // namespace

void FindRowKeys(const Context& context, std::vector<Mention>* mentions, std::vector<std::string>* pool) {
  RowKeys(context, *mentions, pool).Run();
}

}  // namespace toomai::templates
