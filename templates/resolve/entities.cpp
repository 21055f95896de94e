// Which tables the question is about, and which of them is its subject.
#include <algorithm>

#include "base/text.h"
#include "schema/stem.h"
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {

// How much each table is talked about: names of it, of its columns, and its values.
void Resolver::Vote() {
  for (std::size_t i = 0; i < m_.size(); ++i) {
    for (const std::string& part : Split(m_[i].norm, ' ')) {
      for (const std::string& word : Split(part, '-')) {
        stems_.push_back(schema::Stem(word));
        stem_mentions_.push_back(static_cast<int>(i));
      }
    }
  }
  votes_.assign(x_.schema->tables.size(), 0);
  for (const Mention& m : m_) {
    std::vector<std::pair<int, double>> best;
    auto add = [&best](int t, double v) {
      for (auto& [table, vote] : best) {
        if (table == t) {
          vote = std::max(vote, v);
          return;
        }
      }
      best.emplace_back(t, v);
    };
    for (const auto& hit : m.names) add(hit.table, hit.score * (hit.column < 0 ? 1.0 : 0.6));
    for (const auto& hit : m.values) add(hit.table, 0.4);
    for (auto [t, v] : best) votes_[static_cast<std::size_t>(t)] += v;
  }
}

int Resolver::ChooseTable(int mention) const {
  int best = -1;
  double best_score = 0;
  for (const auto& hit : M(mention).names) {
    if (hit.column >= 0) continue;
    double score = hit.score + 0.05 * votes_[static_cast<std::size_t>(hit.table)];
    const schema::Table& table = x_.schema->tables[static_cast<std::size_t>(hit.table)];
    if (!table.on_search_path) score -= 0.08;
    if (hit.synonym && NamedElsewhere(hit.table, mention)) score -= 0.15;
    if (table.kind == schema::TableKind::kView || table.kind == schema::TableKind::kMaterializedView) score -= 0.12;
    for (int t : anchors_) {
      double d = Distance(t, hit.table);
      score += d < 3 ? 0.06 : 0;
    }
    if (score > best_score) best_score = score, best = hit.table;
  }
  if (best >= 0) return best;
  for (const auto& hit : M(mention).names) {
    double score = hit.score + 0.05 * votes_[static_cast<std::size_t>(hit.table)];
    if (score > best_score) best_score = score, best = hit.table;
  }
  return best;
}

// Another word of the question is this table's own name.
bool Resolver::NamedElsewhere(int table, int mention) const {
  constexpr float kOwnName = 0.95f;
  for (std::size_t i = 0; i < m_.size(); ++i) {
    if (static_cast<int>(i) == mention || m_[i].tag != Tag::kNone) continue;
    for (const auto& hit : m_[i].names) {
      if (hit.table == table && hit.column < 0 && hit.score >= kOwnName && !hit.synonym) return true;
    }
  }
  return false;
}

double Resolver::Distance(int a, int b) const {
  if (a == b) return 0;
  if (!Known(a) || !Known(b)) return schema::kUnreachable;
  long long key = static_cast<long long>(std::min(a, b)) << 32 | std::max(a, b);
  for (auto& [k, d] : distances_) {
    if (k == key) return d;
  }
  double d = x_.joins.Distance(a, b);
  distances_.emplace_back(key, d);
  return d;
}

// What a relation between rows of one table relates; what a reference refers to.
int Resolver::RelatedTable(int relation) const {
  for (int e : x_.joins.EdgesOf(relation)) {
    const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(e)];
    if (edge.table1 == relation && edge.cost < 2) return edge.table2;
  }
  return -1;
}

int Resolver::EntityTable(const EntityUse& use) const {
  if (use.via >= 0 && use.via == use.mention) return RelatedTable(M(use.via).relation);
  if (use.reference) {
    const schema::NameHit& hit = M(use.mention).names.front();
    int e = x_.joins.EdgeFromColumn(hit.table, hit.column);
    if (e >= 0) return x_.joins.edges()[static_cast<std::size_t>(e)].table2;
  }
  return ChooseTable(use.mention);
}

void Resolver::ChooseEntities() {
  Vote();
  entity_table_.assign(s_.entities.size(), -1);
  for (std::size_t e = 0; e < s_.entities.size(); ++e) {
    int t = EntityTable(s_.entities[e]);
    entity_table_[e] = t;
    if (t >= 0) {
      anchors_.push_back(t);
      if (s_.entities[e].reference) anchors_.push_back(M(s_.entities[e].mention).names.front().table);
      double score = s_.entities[e].via == s_.entities[e].mention || s_.entities[e].reference ? 1 : 0;
      for (const auto& hit : M(s_.entities[e].mention).names) {
        if (hit.table == t && hit.column < 0) score = std::max<double>(score, hit.score);
      }
      NoteName(score);
    }
  }
}

void Resolver::NoteName(double score) {
  double miss = std::max(0.0, 1.0 - score);
  r_.features.names = std::max(r_.features.names, miss);
  name_misses_ += miss;
  ++name_count_;
}

// "the price of Airbook 15": the table where the value tells rows apart, not those that only refer to it.
int Resolver::NamedByValue() const {
  int best = -1;
  double best_score = 0;
  for (const Condition& c : s_.conditions) {
    if (c.a.kind != OperandKind::kValue || c.a.mention < 0 || c.column >= 0 || c.beside) continue;
    for (const auto& hit : M(c.a.mention).values) {
      bool names = Defaults(hit.table).display == hit.column || Defaults(hit.table).key == hit.column;
      if (!names || !hit.exact || x_.joins.EdgeFromColumn(hit.table, hit.column) >= 0 || !HoldsTargets(hit.table))
        continue;
      double referred = 0;
      for (int e : x_.joins.EdgesOf(hit.table))
        referred += x_.joins.edges()[static_cast<std::size_t>(e)].table2 == hit.table ? 1 : 0;
      double score = 1 + std::min(referred, 5.0) * 0.1 + (x_.joins.IsUnique(hit.table, hit.column) ? 0.3 : 0);
      if (score > best_score) best_score = score, best = hit.table;
    }
  }
  return best;
}

// Every column asked for could be one of `table`.
bool Resolver::HoldsTargets(int table) const {
  bool any = false;
  for (const Target& t : s_.targets) {
    if (t.mention < 0) continue;
    float best = M(t.mention).BestColumn();
    bool here = false;
    for (const auto& hit : M(t.mention).names)
      here |= hit.table == table && hit.column >= 0 && hit.score > best - 0.05f;
    if (!here) return false;
    any = true;
  }
  return any;
}

// "how many women": the rows that a value describes, when it is not what they are called.
int Resolver::CountedByValue(const Target& t) const {
  if (t.kind != Target::kCount || t.value < 0) return -1;
  for (const auto& hit : M(t.value).values) {
    const bool describes = Defaults(hit.table).display != hit.column && Defaults(hit.table).key != hit.column &&
                           x_.joins.EdgeFromColumn(hit.table, hit.column) < 0;
    if (describes && Defaults(hit.table).display >= 0) return hit.table;
  }
  return -1;
}

void Resolver::ChooseHead() {
  // The first wanted entity; the owner of wanted columns; the first plain entity.
  for (const Target& t : s_.targets) {
    if (const int counted = CountedByValue(t); counted >= 0 && s_.targets.size() == 1) {
      head_ = counted;
      AddAnchor(counted);
      break;
    }
    if (t.kind == Target::kCount && t.owner >= 0) {
      head_ = entity_table_[static_cast<std::size_t>(t.owner)];
      head_entity_ = t.owner;
      break;
    }
    if (t.kind == Target::kThing && t.owner >= 0 &&
        s_.entities[static_cast<std::size_t>(t.owner)].mention == t.mention && !t.explicit_list) {
      head_ = entity_table_[static_cast<std::size_t>(t.owner)];
      head_entity_ = t.owner;
      break;
    }
  }
  if (head_ < 0) {
    for (const Target& t : s_.targets) {
      if (t.owner >= 0 && head_ < 0) {
        head_ = entity_table_[static_cast<std::size_t>(t.owner)];
        head_entity_ = t.owner;
      }
    }
  }
  if (head_ < 0) {
    for (std::size_t e = 0; e < s_.entities.size(); ++e) {
      const EntityUse& use = s_.entities[e];
      if (use.negated || use.quantified || use.superlative) continue;
      head_ = entity_table_[e];
      head_entity_ = static_cast<int>(e);
      break;
    }
  }
  if (head_ < 0 && !s_.entities.empty()) {
    // Only counted or excluded things are named: the subject is what the wanted columns belong to.
    for (const Target& t : s_.targets) {
      if (t.mention < 0 || head_ >= 0) continue;
      Choice c = ChooseColumn(t.mention, -1, Need::kAny, t.qualifier);
      if (c.Valid() && c.name_score > 0.5) {
        head_ = c.table;
        head_from_target_ = true;
      }
    }
  }
  if (head_ < 0 && !s_.entities.empty()) {
    head_ = entity_table_[0];
    head_entity_ = 0;
  }
  if (head_ < 0) {
    // No table named: the one whose row a value names, else the one that most of the words speak of.
    double best = 0.25;
    head_ = NamedByValue();
    if (head_ >= 0) best = 1e9;
    for (std::size_t t = 0; t < votes_.size(); ++t) {
      const schema::Table& table = x_.schema->tables[t];
      const bool copy = table.kind == schema::TableKind::kView || table.kind == schema::TableKind::kMaterializedView ||
                        !table.on_search_path;
      double vote =
          votes_[t] * (copy ? 0.6 : 1) - 0.001 * static_cast<double>(x_.lexicon.TableWords(static_cast<int>(t)).size());
      if (vote > best) best = vote, head_ = static_cast<int>(t);
    }
    if (head_ >= 0) {
      anchors_.push_back(head_);
      r_.features.guessed += 0.3;
    }
    head_guessed_ = true;
  }
}

int Resolver::OwnerTable(int entity) const {
  if (entity < 0) return head_;
  return entity_table_[static_cast<std::size_t>(entity)];
}

void Resolver::AddAnchor(int t) {
  if (std::find(anchors_.begin(), anchors_.end(), t) == anchors_.end()) anchors_.push_back(t);
}

}  // namespace toomai::templates
