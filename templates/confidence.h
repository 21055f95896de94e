// Features of a reading -> the probability that it is right. Logistic, with weights fitted on the development questions
// by tests/bench/nl_calibrate.py and stored in confidence.inc.
#pragma once

#include "templates/resolver.h"

namespace toomai::templates {

double Calibrate(const Features& features);

}  // namespace toomai::templates
