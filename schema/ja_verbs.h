// Everyday Japanese verbs that a noun of the schema means as well: 借りた and 貸出, 買った and 注文. Pure functions,
// any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace toomai::schema {

enum class VerbForm { kNone, kDone, kNotDone };

struct VerbForms {
  std::vector<std::string> forms;       // 借りた, 借りられている, 借りたことがない, …
  std::vector<std::string_view> nouns;  // what tables and columns are called that keep it
};

const std::vector<VerbForms>& JapaneseVerbs();
// Of a word as the verbs' forms list it.
VerbForm JapaneseVerbForm(const std::string& word);

}  // namespace toomai::schema
