// What a key stands for: the rows referred to by their name, people where the question says "who".
#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "schema/words.h"
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {
namespace {

// The name of a column without marks between its words.
std::string Glued(const std::string& name) {
  std::string folded = schema::Fold(name);
  std::erase(folded, '_');
  return folded;
}

bool OneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool GivenName(const std::string& name) {
  return OneOf(Glued(name), {"firstname", "fname", "givenname", "forename", "名"});
}

bool FamilyName(const std::string& name) {
  return OneOf(Glued(name), {"lastname", "lname", "familyname", "surname", "姓"});
}

}  // namespace

// "the owner id", "客户编号": the number itself is asked for.
bool Resolver::SaysNumber(const std::string& said) {
  for (const std::string& word : Split(said, ' ')) {
    if (OneOf(word, {"id", "ids", "number", "numbers", "no", "code", "codes", "key", "keys"})) return true;
  }
  for (std::string_view tail : {"编号", "号", "番号", "コード", "代码"}) {
    if (said.ends_with(tail)) return true;
  }
  return false;
}

// The column of `table` with the other half of a person's name; -1: none, or the display is no half of a name.
int Resolver::OtherHalfOfName(int table) const {
  const int display = Defaults(table).display;
  if (display < 0) return -1;
  const auto& columns = x_.schema->tables[static_cast<std::size_t>(table)].columns;
  const std::string& shown = columns[static_cast<std::size_t>(display)].name;
  const bool given = GivenName(shown);
  if (!given && !FamilyName(shown)) return -1;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (columns[c].readable && (given ? FamilyName(columns[c].name) : GivenName(columns[c].name)))
      return static_cast<int>(c);
  }
  return -1;
}

bool Resolver::SaysName(int mention) const {
  return mention >= 0 &&
         OneOf(M(mention).norm, {"name", "names", "full name", "full names", "姓名", "名字", "名前", "氏名"});
}

// "the names of the guests": both halves.
void Resolver::ShowWholeNames() {
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const Wanted w = wanted_[i];
    if (w.kind != Target::kThing || !w.column.Valid() || !SaysName(w.mention)) continue;
    const int other = w.column.column == Defaults(w.column.table).display ? OtherHalfOfName(w.column.table) : -1;
    const bool there = std::any_of(wanted_.begin(), wanted_.end(), [&](const Wanted& o) {
      return o.column.table == w.column.table && o.column.column == other;
    });
    if (other < 0 || there) continue;
    Wanted half = w;
    half.column.column = other;
    wanted_.insert(wanted_.begin() + static_cast<long>(i) + (GivenName(Col(w.column.table, other).name) ? 0 : 1), half);
    ++i;
  }
}

// Rows are people: the table is called so, or they have the name of a person.
bool Resolver::ArePeople(int table) const {
  if (OtherHalfOfName(table) >= 0) return true;
  const auto& words = x_.lexicon.TableWords(table);
  return std::any_of(words.begin(), words.end(), [](const std::string& w) {
    return OneOf(w, {"user",    "custom", "client",  "employe",   "person",     "peopl",   "member",       "student",
                     "teacher", "doctor", "patient", "author",    "staff",      "owner",   "guest",        "player",
                     "singer",  "driver", "worker",  "professor", "instructor", "contact", "accountholder"});
  });
}

// The key of a row that the question names, by a column or by a verb: the owner, "who owns …".
Choice Resolver::Referred(const Choice& c) const {
  Choice shown;
  if (!c.Valid() || c.column < 0 || !schema::IsNumber(Col(c.table, c.column).type_class)) return shown;
  const int e = x_.joins.EdgeFromColumn(c.table, c.column);
  if (e < 0) return shown;
  const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(e)];
  const int display = edge.table2 >= 0 && edge.table2 != c.table ? Defaults(edge.table2).display : -1;
  constexpr double kTelling = 3;  // a display that says who or what it is
  if (!edge.declared || display < 0 || Defaults(edge.table2).display_strength < kTelling) return shown;
  shown = c;
  shown.table = edge.table2;
  shown.column = display;
  return shown;
}

// "groups and their owners": the owners' names, not the numbers that refer to them.
void Resolver::ShowReferences() {
  int of_itself = -1;  // a table whose rows refer to each other, asked for the one referred to
  for (Wanted& w : wanted_) {
    if (w.kind != Target::kThing || w.mention < 0 || !w.column.Valid() || SaysNumber(M(w.mention).norm)) continue;
    const Choice shown = Referred(w.column);
    const int edge = ReferenceEdge(w.column);
    if (edge >= 0 && x_.joins.edges()[static_cast<std::size_t>(edge)].table2 == w.column.table) {
      of_itself = w.column.table;
      continue;
    }
    if (!shown.Valid()) {
      const TypeClass type = Col(w.column.table, w.column.column).type_class;
      const bool bare = s_.asks_who && (schema::IsNumber(type) || (!schema::IsMoment(type) && edge >= 0));
      if (bare) r_.features.doubt += 1;
      continue;
    }
    hints_.edges.push_back(x_.joins.EdgeFromColumn(w.column.table, w.column.column));
    w.column = shown;
    AddAnchor(shown.table);
  }
  if (of_itself >= 0 && OneRowNamed(of_itself)) {  // "the parent category of Phones": not Phones itself
    std::erase_if(wanted_, [&](const Wanted& w) {
      return w.kind == Target::kThing && w.table == of_itself && !w.column.Valid();
    });
  }
}

// "members of Vinyl Club", "items in order 12": rows that only tie two things together, of which one is named, stand
// for the other.
void Resolver::ShowOtherSide() {
  if (wanted_.size() != 1 || wanted_[0].kind != Target::kThing || wanted_[0].column.Valid() || wanted_[0].called >= 0 ||
      wanted_[0].everything || !Known(wanted_[0].table))
    return;
  constexpr double kNamed = 8;  // rows called by a name of their own
  const int bridge = wanted_[0].table;
  const schema::Table& table = x_.schema->tables[static_cast<std::size_t>(bridge)];
  if (table.primary_key.size() < 2 || Defaults(bridge).display_strength >= kNamed) return;
  int named = -1, other = -1, references = 0;
  for (int e : x_.joins.EdgesOf(bridge)) {
    const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(e)];
    if (edge.table1 != bridge || edge.table2 == bridge || edge.columns.size() != 1 || !edge.declared) continue;
    ++references;
    const bool ties =
        std::find(table.primary_key.begin(), table.primary_key.end(), edge.columns[0].first) != table.primary_key.end();
    if (ties && s_.superlatives.empty() && OneRowNamed(edge.table2))
      named = edge.table2;
    else
      other = edge.table2;
  }
  if (references != 2 || named < 0 || other < 0 || other == named || Defaults(other).display < 0) return;
  wanted_[0].table = other;
  AddAnchor(other);
}

// "who owns …", "who hosts the most events": those to whom the key refers that the verb names.
void Resolver::AnswerWho() {
  if (!s_.asks_who || wanted_.size() != 1 || wanted_[0].kind != Target::kThing) return;
  Wanted& w = wanted_[0];
  const int rows = w.column.Valid() ? w.column.table : w.table;
  if (!Known(rows)) return;
  const bool moment = w.column.Valid() && schema::IsMoment(Col(w.column.table, w.column.column).type_class);
  if (ArePeople(rows)) {
    if (moment) w.table = rows, w.column = Choice{};  // "who is still admitted": not when
    return;
  }
  for (int e : x_.joins.EdgesOf(rows)) {
    const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(e)];
    if (edge.table1 != rows || edge.table2 == rows || edge.columns.size() != 1 || !ArePeople(edge.table2)) continue;
    if (!NamesRole(edge) && !(moment && s_.conditions.empty())) continue;
    hints_.edges.push_back(e);
    w.column = Choice{};
    w.table = edge.table2;
    AddAnchor(edge.table2);
    const bool ranked = !s_.superlatives.empty() && s_.superlatives.front().by_count;
    if (ranked) head_ = edge.table2, head_entity_ = -1;
    return;
  }
  r_.features.doubt += 0.8;  // nobody is named by what would be shown
}

}  // namespace toomai::templates
