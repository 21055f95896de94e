// The words of `toomai history`, each with the flags it was given; they answer with the exit status.
#pragma once

#include "app/history_flags.h"
#include "cache/history.h"
#include "engine/engine.h"

namespace toomai::app {

// history_list.cpp
int ListHistory(cache::History& history, const HistoryFlags& flags);
int ShowHistoryEntry(cache::History& history, const HistoryFlags& flags);
int DiffHistory(cache::History& history, const HistoryFlags& flags);

// history_review.cpp
int ReviewHistoryEntry(engine::Engine& engine, const HistoryFlags& flags, cache::ReviewState state);
int WriteHistoryPairs(cache::History& history, const HistoryFlags& flags);
int ImportHistoryPairs(engine::Engine& engine, const HistoryFlags& flags);

// history_export.cpp
int ExportHistory(cache::History& history, const HistoryFlags& flags);

// history_reports.cpp
int VerifyHistory(cache::History& history, const HistoryFlags& flags);
int ShowHistoryStatistics(cache::History& history, const HistoryFlags& flags);

}  // namespace toomai::app
