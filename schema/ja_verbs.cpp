#include "schema/ja_verbs.h"

#include <unordered_map>

namespace toomai::schema {
namespace {

std::vector<std::string> FormsOf(const std::string& te, const std::string& nai, const std::string& masu,
                                 const std::string& joined, const std::string& passive, bool done) {
  const std::string past = joined == "で" ? "だ" : "た", casual = joined == "で" ? "でる" : "てる";
  std::vector<std::string> forms;
  auto add = [&](const std::string& stem, std::initializer_list<std::string> endings) {
    for (const std::string& ending : endings) forms.push_back(stem + ending);
  };
  if (done) {
    add(te, {past, joined + "いる", joined + "います", joined + "いますか", joined + "いた", casual,
             past + "ことがある", past + "ことのある"});
    add(masu, {"ました", "ましたか"});
    add(nai + passive, {"た", "ている", "ています", "ました", "ましたか", "ていた"});
  } else {
    add(te,
        {past + "ことがない", past + "ことのない", past + "ことがありません", joined + "いない", joined + "いません"});
    add(nai, {"なかった"});
    add(nai + passive, {"ていない", "たことがない", "たことのない", "ていません", "なかった"});
  }
  return forms;
}

}  // namespace

const std::vector<VerbForms>& JapaneseVerbs() {
  static const std::vector<VerbForms> verbs = [] {
    std::vector<VerbForms> all;
    auto add = [&](const char* te, const char* nai, const char* masu, const char* joined, const char* passive,
                   std::vector<std::string_view> nouns) {
      VerbForms verb{FormsOf(te, nai, masu, joined, passive, true), std::move(nouns)};
      for (std::string& form : FormsOf(te, nai, masu, joined, passive, false)) verb.forms.push_back(std::move(form));
      all.push_back(std::move(verb));
    };
#define TOOMAI_VERB(te, nai, masu, joined, passive, ...) add(te, nai, masu, joined, passive, {__VA_ARGS__});
#include "schema/ja_verbs.inc"
#undef TOOMAI_VERB
    return all;
  }();
  return verbs;
}

VerbForm JapaneseVerbForm(const std::string& word) {
  static const std::unordered_map<std::string_view, VerbForm> forms = [] {
    std::unordered_map<std::string_view, VerbForm> map;
    for (const VerbForms& verb : JapaneseVerbs()) {
      for (const std::string& form : verb.forms) {
        const std::string_view f = form;
        const bool denied = f.ends_with("ない") || f.ends_with("ません") || f.ends_with("なかった");
        map.emplace(f, denied ? VerbForm::kNotDone : VerbForm::kDone);
      }
    }
    return map;
  }();
  const auto it = forms.find(word);
  return it == forms.end() ? VerbForm::kNone : it->second;
}

}  // namespace toomai::schema
