// What may be written of a call: bounded, valid UTF-8, without secrets, and without values where the operator wants
// none.
#pragma once

#include <string>

#include "cache/history.h"

namespace toomai::cache {

// As a store keeps it: new, unreviewed, with its time.
HistoryEntry CleanEntry(const HistoryEntry& entry, bool redact_literals);
// The same for the texts of a review.
Review CleanReview(const Review& review);
// Values in every text of the entry become ?.
void HideValues(HistoryEntry* entry);

}  // namespace toomai::cache
