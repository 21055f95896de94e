#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <exception>
#include <memory>
#include <utility>

#include "base/log.h"
#include "base/mutex.h"

namespace toomai {
namespace {

class PrometheusCounter : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter* counter) : counter_(counter) {}
  void Add(double amount) override { counter_->Increment(amount); }
  double Value() const override { return counter_->Value(); }

 private:
  prometheus::Counter* counter_;
};

class PrometheusGauge : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge* gauge) : gauge_(gauge) {}
  void Set(double value) override { gauge_->Set(value); }
  void Add(double amount) override { gauge_->Increment(amount); }
  double Value() const override { return gauge_->Value(); }

 private:
  prometheus::Gauge* gauge_;
};

class PrometheusHistogram : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram* histogram) : histogram_(histogram) {}
  void Observe(double value) override { histogram_->Observe(value); }

 private:
  prometheus::Histogram* histogram_;
};

prometheus::Histogram::BucketBoundaries LatencyBuckets() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

// The registry refuses a bad name and one name with two kinds. That is our own mistake, so it is logged, and the
// caller gets a metric that works but is not shown: counting must never break a call.
template <typename Wrapper, typename Metric>
class Shelf {
 public:
  template <typename Make>
  Wrapper& Get(const std::string& name, const Labels& labels, Make make) {
    MutexLock lock(mutex_);
    std::unique_ptr<Wrapper>& place = metrics_[{name, labels}];
    if (!place) {
      try {
        place = std::make_unique<Wrapper>(&make());
      } catch (const std::exception& error) {
        Log(Level::kError, "metrics", "metric refused", {{"name", name}, {"why", std::string(error.what())}});
        place = std::make_unique<Wrapper>(Unseen());
      }
    }
    return *place;
  }
  void AddNames(std::map<std::string, bool>* names) {
    MutexLock lock(mutex_);
    for (const auto& [key, metric] : metrics_) (*names)[key.first] = true;
  }

 private:
  Metric* Unseen() TOOMAI_REQUIRES(mutex_);

  Mutex mutex_;
  std::map<std::pair<std::string, Labels>, std::unique_ptr<Wrapper>> metrics_ TOOMAI_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Metric>> unseen_ TOOMAI_GUARDED_BY(mutex_);
};

template <typename Wrapper, typename Metric>
Metric* Shelf<Wrapper, Metric>::Unseen() {
  if constexpr (std::is_same_v<Metric, prometheus::Histogram>) {
    unseen_.push_back(std::make_unique<Metric>(LatencyBuckets()));
  } else {
    unseen_.push_back(std::make_unique<Metric>());
  }
  return unseen_.back().get();
}

struct Metrics {
  prometheus::Registry registry;
  Shelf<PrometheusCounter, prometheus::Counter> counters;
  Shelf<PrometheusGauge, prometheus::Gauge> gauges;
  Shelf<PrometheusHistogram, prometheus::Histogram> histograms;
};

// Made on first use and never destroyed: threads may still count while the process ends.
Metrics& AllMetrics() {
  static Metrics* const metrics = new Metrics;
  return *metrics;
}

}  // namespace

Counter& GetCounter(const std::string& name, const std::string& help, const Labels& labels) {
  Metrics& all = AllMetrics();
  return all.counters.Get(name, labels, [&]() -> prometheus::Counter& {
    return prometheus::BuildCounter().Name(name).Help(help).Register(all.registry).Add(labels);
  });
}

Gauge& GetGauge(const std::string& name, const std::string& help, const Labels& labels) {
  Metrics& all = AllMetrics();
  return all.gauges.Get(name, labels, [&]() -> prometheus::Gauge& {
    return prometheus::BuildGauge().Name(name).Help(help).Register(all.registry).Add(labels);
  });
}

Histogram& GetLatency(const std::string& name, const std::string& help, const Labels& labels) {
  Metrics& all = AllMetrics();
  return all.histograms.Get(name, labels, [&]() -> prometheus::Histogram& {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(all.registry).Add(labels, LatencyBuckets());
  });
}

std::string MetricsText() {
  return prometheus::TextSerializer().Serialize(AllMetrics().registry.Collect());
}

std::vector<std::string> MetricNames() {
  std::map<std::string, bool> seen;
  AllMetrics().counters.AddNames(&seen);
  AllMetrics().gauges.AddNames(&seen);
  AllMetrics().histograms.AddNames(&seen);
  std::vector<std::string> names;
  for (const auto& [name, unused] : seen) names.push_back(name);
  return names;
}

}  // namespace toomai
