#include "templates/grammar.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "templates/change_request.h"
#include "templates/cjk_best_of_each.h"
#include "templates/cjk_contrast.h"
#include "templates/cjk_order.h"
#include "templates/confidence.h"
#include "templates/context.h"
#include "templates/derived_columns.h"
#include "templates/evidence.h"
#include "templates/mention_reader.h"
#include "templates/most_done.h"
#include "templates/own_group.h"
#include "templates/refusal.h"
#include "templates/render.h"
#include "templates/resolver.h"
#include "templates/sketch.h"
#include "templates/span_phrases.h"
#include "templates/verbs.h"
#include "templates/word_readings.h"

namespace toomai::templates {

namespace {

// "left out: "offline"": an answer says what it does not hold.
std::string LeftOut(const std::vector<std::string>& words, const std::string& language) {
  std::string text = language == "zh" ? "未用到：" : language == "ja" ? "使わなかった語：" : "left out: ";
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool wide = language != "en";
    text += (i == 0 ? ""
             : wide ? "、"
                    : ", ") +
            (language == "zh"   ? "“" + words[i] + "”"
             : language == "ja" ? "「" + words[i] + "」"
                                : "\"" + words[i] + "\"");
  }
  return text;
}

Reading ReadingOf(const Resolution& resolution, std::string sql, const std::string& language) {
  Reading reading;
  reading.sql = std::move(sql);
  reading.confidence = Calibrate(resolution.features);
  reading.features = FeatureVector(resolution.features);
  reading.assumptions = resolution.assumptions;
  if (!resolution.left_out.empty()) reading.assumptions.push_back(LeftOut(resolution.left_out, language));
  reading.left_out = resolution.left_out;
  return reading;
}

// The best reading, and the one that comes of the closest choice made the other way.
void AddReadings(const Context& x, const std::vector<Mention>& mentions, const Sketch& sketch, ResolveOptions options,
                 Resolution best, GrammarAnswer* answer) {
  constexpr double kClose = 0.3;  // a lead that leaves no doubt
  std::string sql = RenderSql(*x.schema, *best.query);
  Resolution other;
  std::string other_sql;
  if (best.closest.gap < kClose) {
    options.avoid = best.closest;
    other = Resolve(x, mentions, sketch, options);
    if (other.query) other_sql = RenderSql(*x.schema, *other.query);
  }
  const bool differs = !other_sql.empty() && other_sql != sql;
  if (differs) best.features.rival = 1 - std::max(0.0, best.closest.gap) / kClose;
  answer->readings.push_back(ReadingOf(best, std::move(sql), answer->language));
  if (!differs || x.options.max_readings < 2) return;
  other.features.rival = 1;
  answer->readings.push_back(ReadingOf(other, std::move(other_sql), answer->language));
  Reading &first = answer->readings[0], &second = answer->readings[1];
  second.confidence = std::min(second.confidence, 1 - first.confidence);  // one of them at most is right
}

// What was made of the hint, for whoever gave it.
std::vector<std::string> NotesOn(const Evidence& evidence, const std::string& language) {
  const bool zh = language == "zh", ja = language == "ja";
  std::vector<std::string> notes;
  for (const std::string& taken : evidence.taken)
    notes.push_back((zh ? "按提示：" : ja ? "ヒントより：" : "from the hint: ") + taken);
  for (const std::string& part : evidence.left_out)
    notes.push_back((zh   ? "提示中未用："
                     : ja ? "ヒントのうち使わなかったもの："
                          : "not used of the hint (it explains no word by columns of one table): ") +
                    part);
  return notes;
}

// The words of the glossary, beside those of the schema.
void UseGlossary(Glossary glossary, Context* x) {
  if (!glossary.terms.empty() || !glossary.metrics.empty()) {
    auto extended = std::make_shared<schema::Schema>(*x->schema);
    for (std::string& problem : AddDerivedColumns(glossary, extended.get())) x->problems.push_back(std::move(problem));
    x->schema = std::move(extended);
  }
  for (Synonym& one : glossary.synonyms) x->glossary.synonyms.push_back(std::move(one));
  for (DefaultColumn& one : glossary.defaults) x->glossary.defaults.push_back(std::move(one));
  std::vector<std::pair<std::string, std::string>> synonyms;
  for (const Synonym& one : x->glossary.synonyms) synonyms.emplace_back(one.word, one.target);
  x->lexicon = schema::Lexicon(*x->schema, synonyms);
}

}  // namespace

struct GrammarEngine::Impl {
  Context context;
};

GrammarEngine::GrammarEngine(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
GrammarEngine::~GrammarEngine() = default;

std::shared_ptr<const GrammarEngine> GrammarEngine::Build(schema::SchemaPtr schema,
                                                          std::vector<schema::ColumnValues> values, Glossary glossary,
                                                          GrammarOptions options) {
  auto ground = std::make_shared<Ground>();
  ground->values = schema::ValueIndex(*schema, std::move(values));
  ground->joins = schema::JoinGraph(*schema, ground->values);
  auto impl = std::make_unique<Impl>(Impl{Context(std::move(ground))});
  Context& x = impl->context;
  x.schema = std::move(schema);
  auto extended = std::make_shared<schema::Schema>(*x.schema);
  AddAges(extended.get());
  AddSpans(extended.get());
  x.schema = std::move(extended);
  x.options = options;
  UseGlossary(std::move(glossary), &x);
  x.defaults = FindDefaults(x);
  return std::shared_ptr<const GrammarEngine>(new GrammarEngine(std::move(impl)));
}

const std::vector<std::string>& GrammarEngine::problems() const {
  return impl_->context.problems;
}

GrammarAnswer GrammarEngine::Answer(const GrammarInput& input) const {
  if (Trim(input.evidence).empty()) return AnswerIn(impl_->context, input);
  const std::string_view hint = CutAtCodePoint(input.evidence, kMaxQuestionBytes);
  const std::vector<schema::Token> question = schema::Tokenize(input.question, kMaxTokens);
  Evidence evidence = ReadEvidence(impl_->context, hint, question);
  GrammarAnswer answer;
  if (evidence.glossary.empty()) {
    answer = AnswerIn(impl_->context, input);
  } else {
    Context context = impl_->context;
    UseGlossary(std::move(evidence.glossary), &context);
    answer = AnswerIn(context, input);
  }
  answer.notes = NotesOn(evidence, answer.language);
  return answer;
}

GrammarAnswer GrammarEngine::AnswerIn(const Context& x, const GrammarInput& input) {
  GrammarAnswer answer;
  std::string_view question = CutAtCodePoint(input.question, kMaxQuestionBytes);
  std::vector<schema::Token> tokens = schema::Tokenize(question, kMaxTokens);
  answer.language = DetectLanguage(tokens);
  if (AsksForChange(question, tokens)) {
    answer.refusal = OnlyQuestions(answer.language);
    return answer;
  }
  std::vector<std::string> keys;
  std::vector<Mention> mentions = ReadMentions(x, tokens, {input.today, answer.language, true}, &keys);
  FindSpans(x, answer.language, &mentions);
  FindMostDone(x, &mentions);
  FindOwnGroups(&mentions);
  if (HoldsTentative(mentions)) mentions = ReadMentions(x, tokens, {input.today, answer.language, false}, &keys);
  ReadVerbs(x, tokens, &mentions);
  for (const Mention& m : mentions) {
    if (m.Unknown() && !m.soft) answer.unknown_words.push_back(m.text);
  }
  ResolveOptions options;
  options.today = input.today;
  options.language = answer.language;
  options.asks_which = std::any_of(mentions.begin(), mentions.end(), [](const Mention& m) {
    return m.tag == Tag::kWhich &&
           (m.norm.starts_with("which") || m.norm.starts_with("哪") || m.norm.starts_with("どの"));
  });
  FindRoles(x, mentions, &options);
  std::vector<Mention> in_order_said;
  if (answer.language != "en") {
    NameCounters(&mentions);
    MarkStates(x, &mentions);
    in_order_said = mentions;
    options.said = &in_order_said;
    if (!ContrastTimes(&mentions) && !BestOfEach(&mentions)) mentions = InEnglishOrder(std::move(mentions));
  }
  options.sums_over_many = answer.language != "en";
  Sketch sketch = SketchEnglish(mentions);
  Resolution best = Resolve(x, mentions, sketch, options);
  std::vector<SaidPart> said;
  if (best.query) (void)RenderSql(*x.schema, *best.query, &said);
  answer.words = ReadWords(x, tokens, mentions, said);
  if (best.query) {
    answer.matched_values = best.matched_values;
    AddReadings(x, mentions, sketch, options, std::move(best), &answer);
  }
  if (answer.readings.empty() || answer.readings[0].confidence < x.options.low)
    answer.refusal = NotUnderstood(x, mentions, answer);
  else if (TwoReadings(answer, x.options))
    answer.refusal = WhichIsMeant(answer.language);
  return answer;
}

}  // namespace toomai::templates
