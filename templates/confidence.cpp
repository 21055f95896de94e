#include "templates/confidence.h"

#include <algorithm>
#include <cmath>

namespace toomai::templates {
namespace {

constexpr double kWeights[] = {
#define TOOMAI_WEIGHT(name, weight) weight,
#define TOOMAI_KNOT(raw, promised)
#include "templates/confidence.inc"
#undef TOOMAI_WEIGHT
#undef TOOMAI_KNOT
};

struct Knot {
  double raw, promised;
};

// What the regression's number turned out to be worth on databases that it had not seen; rising.
constexpr Knot kKnots[] = {
#define TOOMAI_WEIGHT(name, weight)
#define TOOMAI_KNOT(raw, promised) {raw, promised},
#include "templates/confidence.inc"
#undef TOOMAI_WEIGHT
#undef TOOMAI_KNOT
};

double Promised(double raw) {
  const Knot* above = std::find_if(std::begin(kKnots), std::end(kKnots), [&](const Knot& k) { return k.raw >= raw; });
  if (above == std::begin(kKnots)) return kKnots[0].promised;
  if (above == std::end(kKnots)) return std::end(kKnots)[-1].promised;
  const Knot& below = above[-1];
  return below.promised + (above->promised - below.promised) * (raw - below.raw) / (above->raw - below.raw);
}

double Cap(double value, double limit) {
  return std::min(value, limit);
}

}  // namespace

std::vector<double> FeatureVector(const Features& f) {
  double content = std::max(f.length, 1.0);
  return {1.0,
          Cap(f.unknown, 3),
          Cap(f.unknown / content, 1),
          f.unknown >= 0.9 ? 1.0 : 0.0,
          Cap(f.unused, 3),
          f.names,
          f.mean_name,
          Cap(f.joins, 6),
          Cap(f.doubt, 3),
          f.doubt > 0 ? 1.0 : 0.0,
          Cap(f.guessed, 2),
          Cap(f.ambiguous, 4),
          Cap(f.empty, 2),
          Cap(f.partial_value, 2),
          Cap(f.conditions, 4),
          Cap(f.tables - 1, 5),
          Cap(f.nested, 3),
          f.grouped > 0 ? 1.0 : 0.0,
          f.ordered > 0 ? 1.0 : 0.0,
          f.set_operation > 0 ? 1.0 : 0.0,
          f.aggregates > 0 ? 1.0 : 0.0,
          Cap(f.wanted, 5),
          f.wanted > 1 ? 1.0 : 0.0,
          Cap(f.negations, 2),
          Cap(f.dropped, 3),
          Cap(content, 16),
          f.grouped > 0 && f.wanted > 1 ? 1.0 : 0.0,
          f.tables > 2 ? 1.0 : 0.0,
          Cap(f.soft, 4),
          Cap(f.twice, 1),
          Cap(f.unnamed, 3),
          Cap(f.choices, 4),
          Cap(f.synonyms, 3),
          Cap(f.untyped, 1),
          f.plain,
          f.unknown_wanted,
          f.rival,
          f.unknown + f.unused + f.doubt + f.dropped < 0.2 ? 1.0 : 0.0,
          f.ideographs,
          f.bare};
}

double Calibrate(const Features& features) {
  std::vector<double> x = FeatureVector(features);
  double sum = 0;
  for (std::size_t i = 0; i < x.size() && i < std::size(kWeights); ++i) sum += x[i] * kWeights[i];
  return Promised(1.0 / (1.0 + std::exp(-sum)));
}

}  // namespace toomai::templates
