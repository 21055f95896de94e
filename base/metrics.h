// Counters, gauges and histograms with Prometheus text output. Names start with "toomai_". Thread-safe; a metric once
// made lives as long as the process.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace toomai {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Add(double amount = 1) = 0;
  virtual double Value() const = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
  virtual void Add(double amount) = 0;
  virtual double Value() const = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double value) = 0;
};

// The same name and labels give the same metric. Label values come from closed lists (never from user text).
Counter& GetCounter(const std::string& name, const std::string& help, const Labels& labels = {});
Gauge& GetGauge(const std::string& name, const std::string& help, const Labels& labels = {});
// Seconds, with buckets from 0.5 ms to 60 s.
Histogram& GetLatency(const std::string& name, const std::string& help, const Labels& labels = {});

// Exposition format 0.0.4.
std::string MetricsText();
// Names of every metric made so far, for the check of dashboards and docs.
std::vector<std::string> MetricNames();

}  // namespace toomai
