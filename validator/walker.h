// Walks a tree without recursion, so that no input can exhaust the stack.
#pragma once

#include <utility>
#include <vector>

#include "validator/ast.h"

namespace toomai::validator {

// Calls enter(id) before the children of id; the children are skipped when it returns false. Then leave(id), also for
// nodes whose children were skipped.
template <typename Enter, typename Leave>
void Walk(const Tree& tree, NodeId root, Enter enter, Leave leave) {
  if (root == kNoNode) return;
  std::vector<std::pair<NodeId, std::uint32_t>> stack;  // node, next child
  const auto push = [&](NodeId id) { stack.emplace_back(id, enter(id) ? 0u : tree[id].child_count); };
  push(root);
  while (!stack.empty()) {
    auto& [id, next] = stack.back();
    if (next == tree[id].child_count) {
      leave(id);
      stack.pop_back();
      continue;
    }
    const NodeId child = tree.Child(id, next++);
    if (child != kNoNode) push(child);
  }
}

template <typename Enter>
void Walk(const Tree& tree, NodeId root, Enter enter) {
  Walk(tree, root, std::move(enter), [](NodeId) {});
}

}  // namespace toomai::validator
