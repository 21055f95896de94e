#include "cache/chain_writer.h"

namespace toomai::cache {

Expected<void> ChainWriter::Append(HistoryEntry* entry) {
  entry->id = head_.id + 1;
  const std::string hash = Link(head_.hash, DigestOf(*entry));
  if (auto done = Insert(*entry, hash); !done) return done;
  head_ = {entry->id, hash, head_.entries + 1};
  return {};
}

Expected<void> ChainWriter::Append(Event* event) {
  event->id = head_.id + 1;
  const std::string hash = Link(head_.hash, DigestOf(*event));
  if (auto done = Insert(*event, hash); !done) return done;
  head_ = {event->id, hash, head_.entries};
  return {};
}

}  // namespace toomai::cache
