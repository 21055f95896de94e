// The resolver's state, shared by the files of this folder. Each file holds one step: sketch + schema -> Query.
#pragma once

#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "templates/builder.h"
#include "templates/resolver.h"

namespace toomai::templates {

using schema::TypeClass;

struct Choice {
  int table = -1, column = -1;
  double score = 0;       // with context
  double name_score = 0;  // of the name alone
  std::string value;
  bool value_found = false;
  bool Valid() const { return table >= 0; }
};

// A condition ready to be put into whatever query holds its tables.
struct Fact {
  int part = 0;  // of a ratio
  std::vector<int> tables;
  std::function<ExprPtr(QueryBuilder&)> make;      // null: only existence
  std::function<ExprPtr(QueryBuilder&)> undenied;  // of "is not the main …": that it is
  bool negated = false;
  bool both = false;
  bool or_previous = false;
  bool quantified = false;
  int op = kGreaterEqual;
  double n = 1;      // of a quantity, or what a number is compared with
  int entity = -1;   // entity it was said about
  int subject = -1;  // for entities: index
  int column_table = -1, column = -1;
  bool equality = false;
  bool numeric = false;   // op and n compare the column with a number
  bool period = false;    // one stretch of time
  bool relative = false;  // counted from today
  int at_mention = -1;    // of the period
  bool listed = false;    // several values, any of which will do
  std::string having;     // aggregate
  int at = 0;
};

enum class Need { kAny, kNumber, kMoment, kText, kComparable };

struct Wanted {
  int part = 0;
  int mention = -1;
  Target::Kind kind = Target::kThing;
  std::vector<std::string> aggregates;
  Choice column;
  int table = -1;  // an entity shown by its display column, or counted
  bool distinct = false;
  std::string outer;
  bool maybe_superlative = false, super_max = true;
  bool explicit_list = false, everything = false;
  int called = -1;  // column of the entity that the words name, instead of what its rows are called by default
};

struct Sup {
  bool by_count = false;
  Choice column;     // measure, or counted column
  int counted = -1;  // counted table
  bool descending = true;
  long n = 1, offset = 0;
  int owner = -1;  // table whose row it picks
  int owner_entity = -1;
  std::string aggregate;
  Choice common;  // "the most common X"
  bool is_common = false;
  bool sums = false;  // of all that belongs to what is ordered
  int mention = -1;   // of the word that ranks
};

struct Group {
  int mention = -1;
  int table = -1;  // an entity
  Choice column;
  bool bucket = false;
  int unit = 0;
};

struct ConceptSup {
  int concept_id;
  bool descending;
  int table;
};

const char* OperatorText(int op);
int Flip(int op);

struct Draft;  // draft.h

class Resolver {
 public:
  Resolver(const Context& x, const std::vector<Mention>& m, const Sketch& s, const ResolveOptions& o)
      : x_(x), m_(m), s_(s), o_(o) {}

  Resolution Run();

 private:
  friend struct Draft;
  const Mention& M(int i) const { return m_[static_cast<std::size_t>(i)]; }
  const schema::Column& Col(int t, int c) const { return x_.Column(t, c); }
  const TableDefaults& Defaults(int t) const { return x_.defaults[static_cast<std::size_t>(t)]; }
  bool Known(int t) const { return t >= 0 && t < static_cast<int>(x_.schema->tables.size()); }
  static bool YearLike(double v) { return v == std::floor(v) && v >= 1500 && v <= 2100; }

  // ---- entities.cpp ----
  // How much each table is talked about: names of it, of its columns, and its values.
  void Vote();
  int ChooseTable(int mention) const;
  bool NamedElsewhere(int table, int mention) const;
  double Distance(int a, int b) const;
  // What a relation between rows of one table relates; what a reference refers to.
  int RelatedTable(int relation) const;
  int EntityTable(const EntityUse& use) const;
  void ChooseEntities();
  void NoteName(double score);
  int NamedByValue() const;
  bool HoldsTargets(int table) const;
  int CountedByValue(const Target& t) const;
  void ChooseHead();
  int OwnerTable(int entity) const;
  void AddAnchor(int t);

  // ---- columns.cpp ----
  double Fits(int t, int c, Need need) const;
  // How near a table is to what the question is about.
  double Near(int t, int owner_table) const;
  // How much of the rest of a column's name the question says elsewhere: "cost of express shipments" and
  // round_trip_cost.
  double Echo(int t, int c, int mention) const;
  // "release year" said of "song": a column called by both.
  std::vector<schema::NameHit> QualifiedNames(int mention, int qualifier) const;
  bool Measures(int t, int c) const;
  Choice ChooseColumn(int mention, int owner_table, Need need, int qualifier = -1) const;
  // `said`: words of the comparison, which may name the measure: "cost more than".
  Choice ConceptColumn(int concept_id, int owner_table, bool* flip, bool ordering = false,
                       std::string_view said = {}) const;
  // The question asks for exactly this column and nothing else: a condition on it would say nothing.
  bool ShownByItself(int t, int c) const;
  // The column named plays one of several roles for the table of the value: "referred by Alice", "home team Ajax".
  int RoleEdge(int mention, int table) const;
  // "depart from X", "arriving at X": which of several keys to X's table is meant; -1 when the words do not say.
  int RoleByWords(int value, int table) const;
  // Which keys and tables on the way the question names.
  void FindHints();
  bool NamesRole(const schema::JoinEdge& edge) const;
  int RoleSaid(int mention) const;
  int RoleOfColumn(int table, int column) const;
  // A numeric column beside `column` that shares its superlative: "highest_elevation" for "highest_point".
  Choice MeasureBeside(const Choice& column) const;
  // The text column that a literal unknown to the data is most likely about.
  Choice TextColumn(const Condition& c);

  // ---- times.cpp ----
  int HeaderOf(int table) const;
  bool Measured(int table, int owner) const;
  std::vector<int> Timed(int owner) const;
  void Measure(int mention);
  void MeasureTable(int table);
  void FindMeasured();
  bool Refers(int table) const;
  Choice TimeColumn(int owner) const;
  // The moment that the verb beside a date keeps: 下单, 付款.
  Choice DoneColumn(const Mention& date, int owner) const;
  bool SaysBorn(const Condition& c) const;
  Choice BirthColumn(int owner) const;
  Choice YearColumn(int owner) const;

  // ---- targets.cpp ----
  // Where a row of `t` is: its most telling place column.
  Choice PlaceColumn(int t) const;
  // The table that a named value most likely belongs to.
  int ValueTable() const;
  // "how many people work in …", "how many pages does … have": the number is stored.
  bool IsMeasure(const Choice& c) const;
  bool CountsPeople(const Choice& c) const;
  bool OneRowNamed(int table) const;
  bool Identifies(const Choice& c) const;
  bool IsTerm(const Choice& c) const;
  void WantTerm(const Choice& term, int mention);
  Choice MeasureOfValue(int mention) const;
  void ResolveTargets();

  // ---- conditions.cpp ----
  Choice ChooseValue(const Condition& c, int operand);
  void ResolveConditions();
  void DenyTogether();
  void DropImplied();
  bool EntityBetween(int a, int b) const;
  bool FarWord(const Condition& c);
  static bool Contradict(const Fact& a, const Fact& b);
  int ReferenceTo(int table, int column) const;
  int ReferenceEdge(const Choice& c) const { return x_.joins.EdgeFromColumn(c.table, c.column); }
  void AssumeTime(const Choice& time, const std::string& said);

  // ---- operands.cpp ----
  bool MakeCondition(const Condition& c, Fact* f);
  void SetColumn(Fact* f, const Choice& column);
  bool OfValue(const Condition& c, Fact* f);
  bool OfPattern(const Condition& c, Fact* f);
  bool OfNull(const Condition& c, Fact* f);
  bool OfDate(const Condition& c, Fact* f);
  int SharedColumnOf(int table, const std::vector<schema::NameHit>& group) const;
  bool OfAggregate(const Condition& c, Fact* f);
  bool OfThing(const Condition& c, Fact* f);
  bool OfColumn(const Condition& c, Fact* f);
  bool Comparable(const Choice& a, const Choice& b) const;
  Choice BesideColumn(int mention, const Choice& left) const;
  bool OfReferredRow(const Choice& left, const Choice& reference, int op, Fact* f);

  // ---- number_conditions.cpp ----
  // A number of a year against a date or timestamp column, or a plain comparison.
  static ExprPtr CompareNumber(TypeClass type, ExprPtr column, int op, const std::string& digits, double v);
  bool SoManyTimes(const Condition& c, Fact* f);
  Choice NamedNumber(const Condition& c, int owner, bool* flip);
  Choice NumberOfConcept(const Condition& c, int owner, bool* flip);
  Choice NumberByDefault(const Condition& c, int owner);
  bool SoManyRefer(const Condition& c, const Choice& col, int op, Fact* f, bool* made);
  void CompareSpan(const Condition& c, const Choice& span, Fact* f);
  bool Ranges(const Condition& c, const Choice& col, Fact* f);
  bool OfNumber(const Condition& c, Fact* f);
  std::string HavingAggregate(const Condition& c, const Choice& column) const;

  // ---- properties.cpp ----
  // "cancelled orders", "main categories": a yes-or-no column named as a property.
  void LooseColumns();
  bool NeverHappened(const Choice& c) const;
  std::function<ExprPtr(QueryBuilder&)> SaysYes(const Choice& c, bool no) const;
  std::function<ExprPtr(QueryBuilder&)> Holds(const Choice& c, int kind) const;
  std::string YesValue(int table, int column) const;

  // ---- superlatives.cpp ----
  void ResolveSuperlatives();

  // ---- groups.cpp ----
  void ResolveGroups();
  bool Additive(const Choice& c) const;
  bool NamesAmount(const Choice& c) const;
  bool AddsUp(const Choice& c) const;
  bool ManyToEach(const Choice& measure, const Group& g) const;
  void SumMeasures();
  void MeanMeasures();
  void CountThings();
  void CompareValues();
  void DropOwners();
  bool SumsAlone() const;
  int CountedBy(int table) const;

  // ---- compose.cpp ----
  static ExprPtr MakeYear(ExprPtr moment);
  ExprPtr Shown(QueryBuilder& b, const Wanted& w);
  ExprPtr KeyOf(QueryBuilder& b, int table);
  static bool SameColumn(const ExprPtr& a, const ExprPtr& b);
  static void AddGroup(Query& q, const ExprPtr& e);
  bool IsWantedTable(int t) const;
  // Where a fact lives relative to the root: joined in, or in a subquery behind the first hop.
  bool Behind(int root, const Fact& f) const;
  QueryPtr ComposeWithSets();
  // "states that have both owners and professionals": what two tables share.
  QueryPtr SharedColumn();
  int PickRoot();
  static const char* UnitName(int unit);
  ExprPtr Bucket(QueryBuilder& b, const Group& g);
  QueryPtr ComposePeriod();
  bool RankPeriods();
  QueryPtr Compose();

  // ---- compose_shown.cpp ----
  void FindKinds(Draft* d) const;
  void DropIdleGroups(Draft* d);
  bool RanksWithinGroups(const Draft& d) const;
  bool ShowThings(Draft* d);
  void ShowEverything(Draft* d, int table) const;
  bool ShowNumbers(Draft* d);
  ExprPtr InUnit(ExprPtr length, const Wanted& w) const;
  ExprPtr CountOf(Draft* d, const Wanted& w, bool fans_out);
  void ShowGroups(Draft* d);
  void ShowBucket(Draft* d, const Group& g);
  void ShowGroupOf(Draft* d, const Group& g);
  void ShowGroupColumn(Draft* d, const Group& g);
  void GroupByShown(Draft* d);
  static void GroupTheRest(Query& q);

  // ---- compose_ranks.cpp ----
  bool PlaceRanks(Draft* d);
  bool RankWithinGroups(Draft* d);
  bool RankByFrequency(Draft* d, const Sup& s);
  bool RankByCount(Draft* d, const Sup& s);
  const Wanted* SummedBy(const Sup& s) const;
  bool RankByMeasure(Draft* d, const Sup& s);
  void PlaceOrders(Draft* d);
  ExprPtr OrderByCount(Draft* d, const OrderKey& key);
  ExprPtr OrderByNamed(Draft* d, const OrderKey& key);
  static ExprPtr OrderByShown(const Query& q);
  void Limit(Draft* d);
  void Differ(const Draft& d) const;

  // "the average number of orders per customer": an aggregate of counts.
  QueryPtr OuterAggregate(QueryPtr query);
  QueryPtr NameReferred(QueryPtr query);
  bool SaidOfWhom(int mention) const;
  bool OwnColumnsShown(int root) const;
  ExprPtr GroupKeyOf(QueryBuilder& b, int table);
  bool CountDistinctByDefault(const Wanted& w) const;

  // ---- subqueries.cpp ----
  // owner.key IN (SELECT key FROM owner [WHERE its conditions] ORDER BY column LIMIT n)
  bool RowSubquery(QueryBuilder& b, const Sup& s);
  bool CountSubquery(QueryBuilder& b, const Sup& s);
  bool Within(int entity, int ancestor) const;
  // Must this thing be found first, by a query of its own? "rivers in the largest state", "states that border states
  // that …"
  bool Nested(int e, int root) const;
  bool NestedOwner(int entity, int root) const;
  // SELECT column FROM the table of entity e WHERE all that is said of it.
  QueryPtr SetOf(int e, int column, int depth);
  // The condition on `table` in b that its row belongs with a row of entity e.
  ExprPtr Link(QueryBuilder& b, int table, int e, bool negated, int depth);
  // "the salary of the head of the largest department": the rows that a column of other rows refers to.
  bool PlaceReference(QueryBuilder& b, int root);

  // ---- periods.cpp ----
  void FindPeriods();
  bool SumWanted();
  void ComparePeriods(QueryBuilder& b);
  void RunUp(Query& q);
  void Subtract(Query& q);

  // ---- facts.cpp ----
  static void Place(Query& q, ExprPtr e, bool or_previous);
  bool PlaceFacts(QueryBuilder& b, int root);
  std::vector<std::size_t> HavingFirst() const;
  bool DeniesAnother(const Fact& denied) const;
  bool RefersTo(int table, int to) const;
  bool Touches(int root, int counted, const Fact& f) const;
  static ExprPtr Negate(const ExprPtr& e);

  // ---- ratios.cpp ----
  // One number from what is said of one part: a count unless a column is named.
  QueryPtr ScalarPart(int part, const std::vector<Wanted>& wanted, const std::vector<Fact>& facts);
  static ExprPtr Quotient(ExprPtr above, ExprPtr below, bool percent);
  QueryPtr ComposeRatio();
  QueryPtr GroupedRatio(const Wanted& above, const Wanted& below, const std::vector<Wanted>& wanted,
                        const std::vector<Fact>& facts, bool row_wise, bool of_all);

  // ---- references.cpp ----
  int OtherHalfOfName(int table) const;
  bool SaysName(int mention) const;
  static bool SaysNumber(const std::string& said);
  void ShowWholeNames();
  bool ArePeople(int table) const;
  Choice Referred(const Choice& c) const;
  void ShowReferences();
  void ShowOtherSide();
  void AnswerWho();

  // ---- sanity.cpp ----
  Choice ColumnOf(const Query& q, const Expr& e) const;
  bool TellsRowsApart(const Choice& c) const;
  bool CountsEachByItself(const Query& q) const;
  bool AddsKeys(const Query& q) const;
  bool Nonsense(const Query& q) const;
  bool ShowsWhatIsGiven(const Query& q) const;
  bool JoinsOverStrangers() const;
  bool ShowsBareReference(const Query& q) const;
  bool RanksText(const Query& q) const;
  double LostPatterns() const;
  double LostNegations() const;
  bool UnknownPredicate() const;

  // ---- left_out.cpp ----
  bool RefersFrom(const std::set<std::pair<int, int>>& columns, int table) const;
  bool Unbound(const Mention& m) const;
  bool ShowsNumber(const Query& q) const;
  void FindLeftOut();

  // ---- score.cpp ----
  void Shape(const Query& q, int depth);
  void ShapeOf(const Expr& e, int depth);
  void Suspect(const Query& q);
  void Weigh();
  bool UnknownWanted() const;
  bool NothingSaid() const;
  void Score();

  const Context& x_;
  const std::vector<Mention>& m_;
  const Sketch& s_;
  const ResolveOptions& o_;
  Resolution r_;
  std::vector<double> votes_;
  std::vector<int> entity_table_, anchors_, measured_;
  schema::JoinHints hints_;
  mutable std::vector<std::pair<long long, double>> distances_;
  std::vector<std::string> stems_;  // of the question's words, mention by mention
  std::vector<int> stem_mentions_;
  int head_ = -1, head_entity_ = -1;
  bool head_guessed_ = false, head_from_target_ = false;
  std::vector<Wanted> wanted_;
  std::vector<Fact> facts_;
  std::vector<Sup> sups_;
  std::vector<Group> groups_;
  std::vector<ConceptSup> concept_sups_;
  int reference_root_ = -1;
  bool nonsense_ = false;  // of two numbers that must be the same
  bool ratio_done_ = false, difference_done_ = false, run_up_done_ = false, previous_row_ = false;
  std::vector<Fact> compared_;  // two periods whose numbers stand side by side
  int groups_hint_ = 0;
  mutable double close_calls_ = 0;
  mutable Choosing closest_;
  bool Avoided(int mention, int table, int column) const {
    return o_.avoid.mention == mention && o_.avoid.table == table && o_.avoid.column == column;
  }
  void NoteChoice(int mention, const Choice& chosen, double second) const {
    const double gap = chosen.score - second;
    if (chosen.Valid() && gap < closest_.gap) closest_ = {mention, chosen.table, chosen.column, gap};
  }
  double name_misses_ = 0;
  int name_count_ = 0;
};

}  // namespace toomai::templates
