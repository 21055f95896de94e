// Features of a reading -> the probability that it is right: a logistic model whose weights were fitted on the
// development questions by tests/bench/nl_calibrate.py and are kept in confidence.inc.
#pragma once

#include <vector>

#include "templates/resolver.h"

namespace toomai::templates {

// The inputs of the model, in the order of confidence.inc.
std::vector<double> FeatureVector(const Features& features);
double Calibrate(const Features& features);

}  // namespace toomai::templates
