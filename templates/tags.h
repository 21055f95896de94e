// The jobs that words do in a question. Every language's phrase table maps onto these, so that what follows knows no
// language.
#pragma once

namespace toomai::templates {

enum class Tag {
  kNone,    // a word of the schema, a value, a number, or unknown
  kFiller,  // adds nothing: "the", "please", "all"
  kWhich,   // what, which, who
  kWhen,
  kWhere,
  kList,  // show, list, give: what follows is wanted
  kHowMany,
  kHowMuch,
  kCount,  // how many X; how much; number of X
  kAverage,
  kSum,
  kMax,
  kMin,  // aggregate words
  kSuperMax,
  kSuperMin,  // largest, oldest, …; arg: concept
  kMostOf,
  kLeastOf,  // most, fewest: of a counted thing
  kTop,
  kBottom,            // top 5, bottom 3
  kCommon,            // most/least common: arg 1 most, -1 least
  kCompare,           // arg: operator
  kCompareAdjective,  // older than, heavier than: arg concept, op
  kBetween,
  kNot,
  kWithout,
  kAnd,
  kOr,
  kBut,
  kEach,
  kOrder,
  kAscending,
  kDescending,
  kDistinct,
  kThat,  // that, who, which inside a sentence
  kWhose,
  kWith,
  kOf,
  kIn,
  kFrom,
  kTo,
  kBy,
  kFor,
  kHave,
  kBe,
  kDo,
  kBoth,
  kEither,
  kNeither,
  kExcept,
  kRatio,
  kPercent,
  kDifference,
  kStarts,
  kEnds,
  kContains,
  kNull,
  kNotNull,
  kOnly,
  kAlso,
  kThan,
  kComma,
  kStop,
  kPossessive,
  kOpen,
  kClose,
  kAny,          // any, some, at least one
  kTheir,        // their, its, his or her
  kExist,        // is there, are there
  kAverageThan,  // "the average", standing alone after a comparison
  kDateRange,    // arg: see dates
  kYearOf,
  kMonthOf,
  kBucket,  // "by month", "monthly": arg unit
  // Chinese and Japanese: words that stand after what they are about, put in front by cjk_order.
  kHowManyAfter,
  kHowMuchAfter,
  kCountAfter,
  kSumAfter,
  kCompareAfter,
  kBetweenTo,
  kBetweenEnd,
  kEachAfter,
  kPercentAfter,
  kAdjAfter,
  kYori,
  kNotAfter,
  kHaveAfter,
  kContainsAfter,
  kOrderAfter,
  kRelative,
  kDe,
  kTopic,
  kEverything,  // "every detail of": every column of the thing
  kTotal,       // "in total": sum what would otherwise be compared one by one
  kCumulative,
  kShare,
  kPerTime,
  kRank,        // Japanese 最も, 2番目に, apart from its adjective: arg how many from the top, 0 the first
  kVersus,      // "compared with"
  kTies,        // "including ties", "that share the": all that equal the last one
  kAsksPeriod,  // "in which years": arg unit
  kSoldBest,    // Chinese, Japanese: 卖得最好, 一番売れている: arg 1 best, -1 worst
  kLasting,     // Chinese, Japanese: a word of durations, until two moments explain it: arg, see span_phrases.h
};

// Added to the argument of a superlative once for each place: 第二高 is the second.
inline constexpr int kOrdinalArg = 256;

// Counts only where a rule of its own finds in the schema what it needs; else the word is like any other.
inline bool IsTentative(Tag tag) {
  return tag == Tag::kLasting || tag == Tag::kSoldBest;
}

// Operators as args.
enum Operator { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

}  // namespace toomai::templates
