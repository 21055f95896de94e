#include "templates/resolver.h"

#include "templates/resolve/resolver_state.h"

namespace toomai::templates {

const char* OperatorText(int op) {
  switch (op) {
    case kNotEqual:
      return "<>";
    case kLess:
      return "<";
    case kLessEqual:
      return "<=";
    case kGreater:
      return ">";
    case kGreaterEqual:
      return ">=";
    default:
      return "=";
  }
}
int Flip(int op) {
  switch (op) {
    case kLess:
      return kGreater;
    case kLessEqual:
      return kGreaterEqual;
    case kGreater:
      return kLess;
    case kGreaterEqual:
      return kLessEqual;
    default:
      return op;
  }
}

Resolution Resolver::Run() {
  ChooseEntities();
  ChooseHead();
  FindHints();
  ResolveTargets();
  if (head_ < 0) return std::move(r_);
  FindMeasured();
  ResolveConditions();
  ResolveSuperlatives();
  ResolveGroups();
  FindPeriods();
  QueryPtr query = s_.ratio || s_.percent || s_.difference ? ComposeRatio() : nullptr;
  if (!query) query = ComposeWithSets();
  if (query && !nonsense_ && !Nonsense(*query)) r_.query = query;
  r_.closest = closest_;
  Score();
  return std::move(r_);
}

Resolution Resolve(const Context& context, const std::vector<Mention>& mentions, const Sketch& sketch,
                   const ResolveOptions& options) {
  return Resolver(context, mentions, sketch, options).Run();
}

}  // namespace toomai::templates
