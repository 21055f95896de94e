// The words that a paraphrase is made of, in English, Chinese and Japanese.
#pragma once

#include <string_view>

namespace toomai::engine {

// $1 and $2 are filled in.
struct ParaphraseWords {
  // what the sentence is made of
  const char *list, *list_distinct, *from, *from_tables, *where, *grouped, *having, *ordered, *descending, *ascending,
      *skipped, *first, *first_one, *with_ties, *joined_where, *also_without, *and_, *or_, *comma, *stop;
  // aggregates
  const char *count, *count_of, *count_distinct, *sum, *avg, *min, *max, *only_where;
  // conditions
  const char *is, *is_not, *more, *less, *at_least, *at_most, *contains, *starts, *ends, *matches, *not_matches,
      *one_of, *none_of, *between, *empty, *not_empty, *exists, *not_exists, *not_;
  // queries among each other, and names
  const char *unite, *intersect, *except, *of, *subquery, *all_columns;
  // times
  const char *part_of_date, *today, *now, *start_of_this, *start_of_last, *before, *after;
  // year, quarter, month, week, day, hour, minute, second
  const char* units[8];
};

// `language`: "zh", "ja"; others mean English.
const ParaphraseWords& ParaphraseWordsOf(std::string_view language);

// The place of a unit of time in `units`; -1 for others. "months" is "month".
int TimeUnit(std::string_view name);

}  // namespace toomai::engine
