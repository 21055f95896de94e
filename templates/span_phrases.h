// Questions about how long something took: "average time between ordering and shipping", "orders that took more than 3
// days to ship", "how long is a stay". The words become one mention of the column that holds it, with the numbers they
// are compared with. Words that no two moments explain stay as they are.
#pragma once

#include <string>
#include <vector>

#include "templates/context.h"
#include "templates/mentions.h"

namespace toomai::templates {

void FindSpans(const Context& context, const std::string& language, std::vector<Mention>* mentions);
// Of a Chinese or Japanese question; true: the row was changed.
bool FindSpansInIdeographs(const Context& context, std::vector<Mention>* mentions);

// Of Tag::kLasting: what a Chinese or Japanese word says of a duration.
enum LastingWord { kAsksHowLong = 1, kTimeHead, kTakesTime, kJoinsMoments, kWithinTime };

// "day" for "days", "nights", 天, 日間; empty: no unit of time.
std::string UnitOfTime(const std::string& word);

}  // namespace toomai::templates
