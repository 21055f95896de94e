// The parser's state, shared by the files of this folder. English word order: what is wanted first, then what must
// hold; a second sentence may name the columns.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "templates/sketch.h"
#include "templates/verbs.h"

namespace toomai::templates {

enum class Zone { kWanted, kModifier };

class SketchParser {
 public:
  explicit SketchParser(const std::vector<Mention>& mentions) : m_(mentions), n_(static_cast<int>(mentions.size())) {
    used_.assign(mentions.size(), false);
  }

  Sketch Run();

 private:
  Tag T(int i) const { return i >= 0 && i < n_ ? m_[static_cast<std::size_t>(i)].tag : Tag::kStop; }
  const Mention& M(int i) const { return m_[static_cast<std::size_t>(i)]; }
  bool In(int i) const { return i >= 0 && i < n_; }
  bool Noun(int i) const { return In(i) && M(i).Names() && !Functional(i); }
  bool Value(int i) const { return In(i) && !M(i).is_number && (!M(i).values.empty() || M(i).quoted); }
  bool Number(int i) const { return In(i) && M(i).is_number; }
  bool ColumnLike(int i) const { return Noun(i) && !TableLike(i); }
  static bool IsAggregate(Tag t) { return t == Tag::kAverage || t == Tag::kSum || t == Tag::kMax || t == Tag::kMin; }
  static bool IsSuper(Tag t) { return t == Tag::kSuperMax || t == Tag::kSuperMin; }
  bool PreferValueNoun(int) const { return true; }

  // ---- words.cpp ----
  bool TableLike(int i) const;
  // A word that has a grammatical job as well as a name counts as a name only where the job makes no sense.
  bool Functional(int i) const;
  bool AtStart(int i) const;
  int Skip(int i) const;
  int SkipMore(int i) const;
  int BeforeFillers(int i) const;  // the mention before i, over words that add nothing
  static std::string AggregateOf(Tag tag);
  // "volvo" names a value, "country" names a column though some row says 'country'.
  bool PreferValue(int i) const;
  bool ValueOfSubject(int i) const;
  bool SameTable(int a, int b) const;
  bool SameColumn(int a, int b) const;
  // "car models": two tables side by side; the first only describes the second.
  bool Compound(int i) const;
  bool SentenceBreak(int a, int b) const;
  // The same table was named earlier.
  bool SaidBefore(int i) const;

  // ---- walk.cpp ----
  void Use(int i);
  int AddEntity(int mention);
  void AddCondition(Condition c);
  void AddTarget(Target t);
  bool GroupsBy(int i) const;
  int PeriodUnit(int i) const;
  int AskPeriod(int i, int unit);
  int Step(int i);
  bool EndsPhrase(int i) const;
  int MeasureOf(int i);
  void Finish();

  // ---- nouns.cpp ----
  // A noun: wanted, or part of a condition.
  int Name(int i);
  void AddLoose(int i, int kind);
  bool VerbAfter(int i, int k) const;
  bool Participle(int i) const { return IsParticiple(M(i).norm); }
  bool SaidOfRows(int i) const;
  bool TotalOfAll(int i) const;
  int Wanted(int i);
  int Modifier(int i);
  int Possessive(int i);

  // ---- counts.cpp ----
  bool CountsLast(int i);
  int Count(int i);
  int Aggregate(int i);
  // aggregates_ wait for their column at `i`.
  int FinishAggregate(int i);
  bool SharesAggregate(int i) const;

  // ---- superlatives.cpp ----
  // "top 10 customers by sales", "… by number of orders"
  int TopBy(int i);
  void AddExtreme(int i, int owner);
  // "second" before a superlative: 2; 1: none is said.
  long OrdinalBefore(int i);
  int Ranked() const;
  int Super(int i);
  int SkipProperties(int k);
  int CountSuperlative(int i, int noun, bool descending, long n);
  int Most(int i);
  int Common(int i);
  int Top(int i);

  // ---- comparisons.cpp ----
  // A comparison at i: finds its column and its operand.
  int Compare(int i);
  int Factor(int k, double* factor) const;
  int ThingOf(int i, int k, Condition* c);
  int SameAs(int i);
  int FinishCompare(Condition c, int next);
  // "more than 2 orders", "at least one invoice"
  int Quantify(int noun, const Condition& c);
  int Between(int i);
  int Pattern(int i);
  int Null(int i);
  int Only(int i);

  // ---- connectives.cpp ----
  int And(int i);
  int Comma(int i);
  int Each(int i);
  int Order(int i);

  // ---- values.cpp ----
  // A value: eq-condition on the pending column, on a neighbour that names it, or on wherever it occurs.
  int ValueAt(int i);
  // "last month", alone: when the thing happened.
  int DateAt(int i);
  int NumberAt(int i);

  const std::vector<Mention>& m_;
  int n_;
  std::vector<bool> used_;
  Sketch s_;
  Zone zone_ = Zone::kWanted;
  Tag preposition_ = Tag::kNone, wants_ = Tag::kNone;
  int sentence_ = 0;
  int last_entity_ = -1, owner_ = -1, pending_ = -1, last_target_ = -1, last_column_ = -1;
  int last_value_ = -1, last_value_column_ = -1, hint_ = -1, hint_after_ = -1, count_pending_ = -1, how_much_ = -1;
  int whose_ = -1, part_ = 0, via_ = -1;
  int last_concept_ = 0;
  int both_or_ = 0, top_at_ = -1;
  bool order_pending_ = false, question_ = false, everything_ = false;
  long top_n_ = 0, offset_ = 0;
  bool top_descending_ = true;
  bool negated_ = false, negated_keep_ = false, or_ = false, and_ = false, both_ = false, distinct_ = false,
       of_ = false, which_ = false;
  bool how_much_done_ = false;
  bool after_and_ = false, after_and_target_ = false, owner_targets_open_ = false, aggregate_is_super_ = false;
  std::vector<std::string> aggregates_;
  std::string having_aggregate_;
  std::vector<int> loose_;
  Condition comparing_;
};

}  // namespace toomai::templates
