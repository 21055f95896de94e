#include "templates/confidence.h"

#include <cmath>

namespace toomai::templates {

double Calibrate(const Features& f) {
  double cost = 1.1 * f.unknown + 0.9 * f.unused + 1.2 * f.names + 0.5 * f.mean_name + 0.12 * f.joins + 0.8 * f.doubt +
                0.5 * f.guessed + 0.25 * f.ambiguous + 0.6 * f.empty + 0.5 * f.partial_value;
  return 1.0 / (1.0 + std::exp(-(2.2 - 2.2 * cost)));
}

}  // namespace toomai::templates
