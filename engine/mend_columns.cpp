// Columns that are not where they are looked for: wrong qualifiers, another spelling, a neighbour's column, a table
// left out of FROM.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "engine/mend_rules.h"
#include "validator/walker.h"

namespace toomai::engine::mend {

using namespace validator;

namespace {

class ColumnMender {
 public:
  ColumnMender(const Statement& statement, Edits* edits)
      : s_(statement), edits_(edits), parents_(ParentsOf(statement.tree)) {}

  void Mend(NodeId node) {
    const RefInfo* ref = s_.scopes.Ref(node);
    if (!ref || ref->home < 0) return;
    ref_ = ref;
    node_ = node;
    name_ = std::string(s_.tree.LastName(node));
    opposite_ = Opposite();
    switch (ref->status) {
      case RefInfo::Status::kUnknownColumn:
        Unknown();
        return;
      case RefInfo::Status::kUnknownQualifier:
        Qualifier();
        return;
      case RefInfo::Status::kAmbiguous:
        Ambiguous();
        return;
      default:
        return;
    }
  }

 private:
  const ScopeInfo& home() const { return s_.scopes.scopes()[ref_->home]; }

  void Replace(const std::string& text, const char* rule, bool risky = false) {
    const ByteRange range = s_.tree.NameRange(node_);
    edits_->Replace(range.begin, range.end, text, rule, risky);
  }

  static std::string Qualified(const SourceInfo& source, const OutputInfo& column) {
    return schema::QuoteIdentifier(source.name) + "." + schema::QuoteIdentifier(column.name);
  }

  const SourceInfo* Written() const {
    if (s_.tree.NameCount(node_) < 2) return nullptr;
    const std::string_view qualifier = s_.tree.Name(node_, s_.tree.NameCount(node_) - 2);
    for (int at = ref_->home; at >= 0; at = s_.scopes.scopes()[at].parent) {
      for (const SourceInfo& source : s_.scopes.scopes()[at].sources) {
        if (source.name == qualifier) return &source;
      }
    }
    return nullptr;
  }

  // What it is compared with: it cannot be the same column.
  const OutputInfo* Opposite() const {
    const NodeId parent = parents_[node_];
    if (parent == kNoNode || s_.tree[parent].kind != NodeKind::kBinary || s_.tree.LastName(parent) != "=")
      return nullptr;
    const auto sides = s_.tree.Children(parent);
    const RefInfo* other = s_.scopes.Ref(sides[0] == node_ ? sides[1] : sides[0]);
    return other ? s_.scopes.ColumnOf(*other) : nullptr;
  }

  // The single column of these sources that `accept` takes.
  template <typename Accept>
  bool TakeOnly(const std::vector<const SourceInfo*>& sources, Accept accept, const char* rule, bool risky) {
    const SourceInfo* found = nullptr;
    const OutputInfo* column = nullptr;
    for (const SourceInfo* source : sources) {
      for (const OutputInfo& candidate : source->columns) {
        if (!accept(candidate.name) || &candidate == opposite_) continue;
        if (found) return false;
        found = source;
        column = &candidate;
      }
    }
    if (!found) return false;
    Replace(Qualified(*found, *column), rule, risky);
    return true;
  }

  std::vector<const SourceInfo*> Visible() const {
    std::vector<const SourceInfo*> sources;
    for (const SourceInfo& source : home().sources) sources.push_back(&source);
    return sources;
  }

  void Unknown() {
    if (Alias()) return;
    const SourceInfo* written = Written();
    const std::string plain = PlainName(name_);
    std::vector<const SourceInfo*> first = written ? std::vector<const SourceInfo*>{written} : Visible();
    if (TakeOnly(
            first, [&](const std::string& name) { return PlainName(name) == plain; }, "column-spelling", false))
      return;
    if (written) {
      if (TakeOnly(
              Visible(), [&](const std::string& name) { return name == name_; }, "requalify", false))
        return;
      if (KeyOfNeighbour(*written)) return;
      if (TakeOnly(
              Visible(), [&](const std::string& name) { return PlainName(name) == plain; }, "requalify", false))
        return;
      if (FirstOfEquals()) return;
    }
    if (AddJoin(written)) return;
    const auto stripped = [&](const std::string& name) {
      const std::string other = PlainName(name);
      return other.size() >= 3 && (plain == other + "id" || other == plain + "id" || plain == other + "name" ||
                                   other == plain + "name" || Singular(other) == Singular(plain));
    };
    if (TakeOnly(first, stripped, "column-name", true)) return;
    if (OwnKey(first)) return;
    Nearest(first);
  }

  // WHERE total > 5, HAVING n > 2 where total and n are labels of the select list.
  bool Alias() {
    if (s_.tree.NameCount(node_) != 1) return false;
    const ScopeInfo& scope = home();
    const NodeId targets = s_.tree.Child(scope.select, SelectSlots::kTargets);
    if (targets == kNoNode) return false;
    for (NodeId target : s_.tree.Children(targets)) {
      if (s_.tree.NameCount(target) == 0 || s_.tree.Name(target, 0) != name_) continue;
      const NodeId expression = s_.tree.Children(target)[0];
      const ByteRange range = s_.Range(target), mine = s_.tree.NameRange(node_);
      if (mine.begin >= range.begin && mine.end <= range.end) return false;  // its own definition
      Replace(Parenthesized(s_.tree, expression), "select-label");
      return true;
    }
    return false;
  }

  // T1.makeid = T2.makeid where T2 calls it id: the other table's name for a joined column.
  bool KeyOfNeighbour(const SourceInfo& written) {
    if (written.table < 0 || !s_.context.joins) return false;
    const auto& graph = *s_.context.joins;
    int column = -1;
    for (int index : graph.EdgesOf(written.table)) {
      const schema::JoinEdge& edge = graph.edges()[index];
      if (edge.columns.size() != 1) continue;
      const bool first = edge.table1 == written.table;
      const int other = first ? edge.table2 : edge.table1;
      const auto [mine, theirs] = first ? edge.columns[0] : std::pair(edge.columns[0].second, edge.columns[0].first);
      if (s_.context.schema->column(other, theirs).name != name_) continue;
      const auto visible = Visible();
      const bool in_scope =
          std::any_of(visible.begin(), visible.end(), [&](const SourceInfo* source) { return source->table == other; });
      if (!in_scope) continue;
      if (column >= 0 && column != mine) return false;
      column = mine;
    }
    if (column < 0) return false;
    Replace(Qualified(written, written.columns[column]), "join-key");
    return true;
  }

  // Several tables have the column and it is equal in them: any will do.
  bool FirstOfEquals() {
    std::vector<std::pair<const SourceInfo*, const OutputInfo*>> holders;
    for (const SourceInfo* source : Visible()) {
      if (const int at = source->Find(name_); at >= 0) holders.emplace_back(source, &source->columns[at]);
    }
    if (holders.size() < 2) return false;
    Replace(Qualified(*holders[0].first, *holders[0].second), "requalify", !Equal(holders));
    return true;
  }

  bool Equal(const std::vector<std::pair<const SourceInfo*, const OutputInfo*>>& holders) const {
    std::set<std::string> linked;
    bool all = true;
    for (std::size_t i = 1; i < holders.size() && all; ++i) {
      all = false;
      Walk(s_.tree, home().select, [&](NodeId id) {
        if (s_.tree[id].kind == NodeKind::kBinary && s_.tree.LastName(id) == "=") {
          const auto sides = s_.tree.Children(id);
          const RefInfo* a = s_.scopes.Ref(sides[0]);
          const RefInfo* b = s_.scopes.Ref(sides[1]);
          const OutputInfo* left = a ? s_.scopes.ColumnOf(*a) : nullptr;
          const OutputInfo* right = b ? s_.scopes.ColumnOf(*b) : nullptr;
          if ((left == holders[0].second && right == holders[i].second) ||
              (right == holders[0].second && left == holders[i].second))
            all = true;
        }
        return true;
      });
    }
    return all;
  }

  // patient.patient_id where the table calls its key id.
  bool OwnKey(const std::vector<const SourceInfo*>& sources) {
    for (const SourceInfo* source : sources) {
      if (source->table < 0) continue;
      const schema::Table& table = s_.context.schema->tables[source->table];
      const std::string own = Singular(PlainName(table.name));
      if (table.primary_key.size() != 1 ||
          (PlainName(name_) != own + "id" && PlainName(name_) != own + "no" && PlainName(name_) != own + "code"))
        continue;
      Replace(Qualified(*source, source->columns[table.primary_key[0]]), "own-key", true);
      return true;
    }
    return false;
  }

  void Nearest(const std::vector<const SourceInfo*>& sources) {
    if (name_.size() < 4) return;
    std::vector<std::string> names;
    for (const SourceInfo* source : sources) {
      for (const OutputInfo& column : source->columns) names.push_back(column.name);
    }
    const std::string nearest = NearestName(AsciiLower(name_), names);
    if (nearest.empty()) return;
    TakeOnly(
        sources, [&](const std::string& name) { return name == nearest; }, "nearest-name", true);
  }

  // The column stands in exactly one table next to those of FROM (or in the one that the qualifier names).
  bool AddJoin(const SourceInfo* written) {
    if (!s_.context.joins) return false;
    const std::string plain = PlainName(name_);
    std::vector<int> have;
    for (const SourceInfo& source : home().sources) {
      if (source.table >= 0) have.push_back(source.table);
    }
    if (have.empty() || have.size() != home().sources.size()) return false;
    int table = -1, column = -1;
    std::vector<int> from = written && written->table >= 0 ? std::vector<int>{written->table} : have;
    for (int pass = 0; pass < 2 && table < 0; ++pass) {
      for (int start : pass == 0 ? from : have) {
        for (int index : s_.context.joins->EdgesOf(start)) {
          const schema::JoinEdge& edge = s_.context.joins->edges()[index];
          const int other = edge.table1 == start ? edge.table2 : edge.table1;
          if (std::find(have.begin(), have.end(), other) != have.end()) continue;
          for (std::size_t i = 0; i < s_.context.schema->tables[other].columns.size(); ++i) {
            if (PlainName(s_.context.schema->tables[other].columns[i].name) != plain) continue;
            if (table >= 0 && table != other) return false;
            table = other;
            column = static_cast<int>(i);
          }
        }
      }
    }
    if (table < 0) return JoinOfSameName(plain, have);
    return JoinTable(table, column, have);
  }

  // No key leads to the column, but one table has it, and shares one column's name and type with one of ours.
  bool JoinOfSameName(const std::string& plain, const std::vector<int>& have) {
    int table = -1, column = -1;
    for (std::size_t t = 0; t < s_.context.schema->tables.size(); ++t) {
      const auto& columns = s_.context.schema->tables[t].columns;
      for (std::size_t c = 0; c < columns.size(); ++c) {
        if (PlainName(columns[c].name) != plain) continue;
        if (table >= 0) return false;
        table = static_cast<int>(t);
        column = static_cast<int>(c);
      }
    }
    const NodeId from = s_.tree.Child(home().select, SelectSlots::kFrom);
    if (table < 0 || from == kNoNode || std::find(have.begin(), have.end(), table) != have.end()) return false;
    const schema::Table& added = s_.context.schema->tables[static_cast<std::size_t>(table)];
    std::string condition;
    for (const SourceInfo& source : home().sources) {
      if (source.name == added.name) return false;
      for (const OutputInfo& mine : source.columns) {
        const int theirs = added.FindColumn(mine.name);
        if (theirs < 0 || mine.type != Type(added.columns[static_cast<std::size_t>(theirs)].type_class)) continue;
        if (!condition.empty()) return false;
        condition = schema::QuoteIdentifier(added.name) + "." + schema::QuoteIdentifier(mine.name) + " = " +
                    Qualified(source, mine);
      }
    }
    if (condition.empty()) return false;
    edits_->Insert(s_.Range(from).end, " JOIN " + schema::QualifiedName(*s_.context.schema, table) + " ON " + condition,
                   "add-join", true);
    Replace(schema::QuoteIdentifier(added.name) + "." +
                schema::QuoteIdentifier(added.columns[static_cast<std::size_t>(column)].name),
            "add-join", true);
    return true;
  }

  bool JoinTable(int table, int column, const std::vector<int>& have) {
    const std::vector<int> path = s_.context.joins->Path(have, table);
    if (path.empty()) return false;
    const NodeId from = s_.tree.Child(home().select, SelectSlots::kFrom);
    if (from == kNoNode) return false;
    std::string text;
    std::vector<std::pair<int, std::string>> names;  // table -> how it is called here
    for (const SourceInfo& source : home().sources) names.emplace_back(source.table, source.name);
    const auto name_of = [&](int wanted) -> std::string {
      for (const auto& [known, name] : names) {
        if (known == wanted) return schema::QuoteIdentifier(name);
      }
      return {};
    };
    for (int index : path) {
      const schema::JoinEdge& edge = s_.context.joins->edges()[index];
      const bool have_first = !name_of(edge.table1).empty(), have_second = !name_of(edge.table2).empty();
      if (have_first && have_second) continue;
      if (!have_first && !have_second) return false;
      const int added = have_first ? edge.table2 : edge.table1;
      const std::string& own = s_.context.schema->tables[added].name;
      for (const auto& [known, name] : names) {
        if (name == own) return false;  // the name is taken by an alias
      }
      names.emplace_back(added, own);
      text += " JOIN " + schema::QualifiedName(*s_.context.schema, added) + " ON ";
      for (std::size_t i = 0; i < edge.columns.size(); ++i) {
        if (i) text += " AND ";
        text += name_of(edge.table1) + "." +
                schema::QuoteIdentifier(s_.context.schema->column(edge.table1, edge.columns[i].first).name) + " = " +
                name_of(edge.table2) + "." +
                schema::QuoteIdentifier(s_.context.schema->column(edge.table2, edge.columns[i].second).name);
      }
    }
    edits_->Insert(s_.Range(from).end, text, "add-join", true);
    Replace(name_of(table) + "." + schema::QuoteIdentifier(s_.context.schema->column(table, column).name), "add-join",
            true);
    return true;
  }

  // country.name where FROM calls it T1, or does not have it at all.
  void Qualifier() {
    const std::string qualifier(s_.tree.Name(node_, s_.tree.NameCount(node_) - 2));
    const SourceInfo* same = nullptr;
    for (int at = ref_->home; at >= 0 && !same; at = s_.scopes.scopes()[at].parent) {
      for (const SourceInfo& source : s_.scopes.scopes()[at].sources) {
        const bool is_table =
            source.table >= 0 && PlainName(s_.context.schema->tables[source.table].name) == PlainName(qualifier);
        if (!is_table && PlainName(source.name) != PlainName(qualifier)) continue;
        if (same) return;
        same = &source;
      }
    }
    if (same) {
      const int column = same->Find(name_);
      Replace(schema::QuoteIdentifier(same->name) + "." +
                  schema::QuoteIdentifier(column >= 0 ? same->columns[column].name : name_),
              "qualifier");
      return;
    }
    const int table = s_.context.schema->FindTable("", CatalogSpelling(*s_.context.schema, qualifier));
    if (table >= 0 && s_.context.joins) {
      std::vector<int> have;
      for (const SourceInfo& source : home().sources) {
        if (source.table >= 0) have.push_back(source.table);
      }
      const int column = s_.context.schema->tables[table].FindColumn(name_);
      if (column >= 0 && !have.empty() && JoinTable(table, column, have)) return;
    }
    if (TakeOnly(
            Visible(), [&](const std::string& name) { return name == name_; }, "requalify", true))
      return;
    if (TakeOnly(
            Visible(), [&](const std::string& name) { return PlainName(name) == PlainName(name_); }, "requalify", true))
      return;
  }

  void Ambiguous() {
    std::vector<std::pair<const SourceInfo*, const OutputInfo*>> holders;
    for (const SourceInfo& source : s_.scopes.scopes()[ref_->scope].sources) {
      if (const int at = source.Find(name_); at >= 0) holders.emplace_back(&source, &source.columns[at]);
    }
    if (holders.size() < 2) return;
    Replace(Qualified(*holders[0].first, *holders[0].second), "ambiguous-column", !Equal(holders));
  }

  const Statement& s_;
  Edits* edits_;
  const std::vector<NodeId> parents_;
  const RefInfo* ref_ = nullptr;
  const OutputInfo* opposite_ = nullptr;
  NodeId node_ = kNoNode;
  std::string name_;
};

}  // namespace

void Columns(const Statement& s, Edits* edits) {
  ColumnMender mender(s, edits);
  // Inner queries first: a table that is joined outside would catch the names that are missing inside.
  std::vector<std::pair<int, NodeId>> order;
  for (NodeId id = 0; id < s.tree.size(); ++id) {
    const RefInfo* ref = s.scopes.Ref(id);
    if (!ref) continue;
    int depth = 0;
    for (int at = ref->home; at >= 0; at = s.scopes.scopes()[static_cast<std::size_t>(at)].parent) --depth;
    order.emplace_back(depth, id);
  }
  std::sort(order.begin(), order.end());
  for (const auto& [depth, id] : order) {
    mender.Mend(id);
    if (!edits->empty()) return;  // one a round: two added joins might add the same table twice
  }
}

}  // namespace toomai::engine::mend
