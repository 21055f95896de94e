#include "schema/stem.h"

#include <libstemmer.h>

#include <memory>
#include <unordered_map>

namespace toomai::schema {
namespace {

const std::unordered_map<std::string_view, std::string_view>& Irregular() {
  static const std::unordered_map<std::string_view, std::string_view> table = {
#define TOOMAI_IRREGULAR(form, base) {form, base},
#include "schema/irregular.inc"
#undef TOOMAI_IRREGULAR
  };
  return table;
}

struct StemmerDeleter {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};

}  // namespace

std::string Stem(std::string_view word) {
  if (word.size() < 3 || word.size() > 40) return std::string(word);
  for (char c : word) {
    if (c < 'a' || c > 'z') return std::string(word);
  }
  auto irregular = Irregular().find(word);
  if (irregular != Irregular().end()) word = irregular->second;
  // A stemmer keeps a buffer, so each thread has its own.
  thread_local std::unique_ptr<sb_stemmer, StemmerDeleter> stemmer(sb_stemmer_new("english", nullptr));
  if (!stemmer) return std::string(word);
  const sb_symbol* stem =
      sb_stemmer_stem(stemmer.get(), reinterpret_cast<const sb_symbol*>(word.data()), static_cast<int>(word.size()));
  if (stem == nullptr) return std::string(word);
  return std::string(reinterpret_cast<const char*>(stem), static_cast<std::size_t>(sb_stemmer_length(stemmer.get())));
}

}  // namespace toomai::schema
