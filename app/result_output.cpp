#include "app/result_output.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "app/chart.h"
#include "app/context.h"
#include "app/terminal.h"

namespace toomai::app {
namespace {

int WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file)
    return Report(Error(ErrorCode::kInvalidArgument, "cannot write " + path, "check the folder and its rights"));
  return kDone;
}

// A table says so itself; whoever reads another format must hear it beside the rows.
void SayThatRowsAreMissing(const engine::QueryResult& result) {
  std::fprintf(stderr, "toomai: there are more rows: cut at the limit of %s; execute --all writes every row\n",
               result.truncated_by.empty() ? "rows" : result.truncated_by.c_str());
}

}  // namespace

void AddOutputOptions(CLI::App& command, OutputOptions* options) {
  command.add_option("-f,--format", options->format, "table, json, ndjson, csv, tsv or markdown")
      ->check(CLI::IsMember({"table", "json", "ndjson", "jsonl", "csv", "tsv", "markdown", "md"}));
  command.add_option("-o,--output", options->output,
                     "write to this file; .csv .tsv .json .ndjson .md and .svg choose the format");
  command.add_flag("--chart", options->chart, "draw bars or a line from the result");
}

void AddBudgetOptions(CLI::App& command, engine::Budget* budget) {
  command.add_option("--max-rows", budget->rows, "at most this many rows (settings are the ceiling)")
      ->check(CLI::PositiveNumber);
  command.add_option("--max-bytes", budget->bytes, "at most this many bytes of values")->check(CLI::PositiveNumber);
}

Format ChooseFormat(const OutputOptions& options) {
  if (const auto format = ParseFormat(options.format)) return *format;
  const std::size_t dot = options.output.rfind('.');
  if (dot != std::string::npos) {
    if (const auto format = ParseFormat(options.output.substr(dot + 1))) return *format;
  }
  return Format::kTable;
}

int ShowResult(const engine::QueryResult& result, const OutputOptions& options) {
  const bool svg = options.output.ends_with(".svg");
  if (options.chart || svg) {
    std::string why;
    const auto chart = ChooseChart(result, &why);
    if (chart && svg) return WriteFile(options.output, DrawSvg(*chart));
    if (svg) return Report(Error(ErrorCode::kInvalidArgument, "no chart was drawn: " + why, "use --format instead"));
    if (chart) {
      std::fputs(DrawInTerminal(*chart, TerminalWidth()).c_str(), stdout);
    } else {
      std::fprintf(stderr, "toomai: no chart: %s\n", why.c_str());
    }
  }
  const Format format = ChooseFormat(options);
  if (result.truncated && format != Format::kTable) SayThatRowsAreMissing(result);
  if (!options.output.empty()) return WriteFile(options.output, FormatResult(format, result));
  const std::string text = FormatResult(format, result, UseColour(), format == Format::kTable ? TerminalWidth() : 0);
  if (format == Format::kTable) {
    Page(text);
  } else {
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  return kDone;
}

std::string DescribePlan(const engine::PlanReport& plan) {
  std::string text = plan.text + "\n";
  for (const std::string& advice : plan.advice) text += "advice: " + advice + "\n";
  return text;
}

bool Agreed(const Error& error) {
  if (error.code != ErrorCode::kNotConfirmed || isatty(STDIN_FILENO) != 1 || !StderrIsTerminal()) return false;
  std::fputs(("toomai: " + TerminalSafe(error.message) + "\nRun it all the same? [y/N] ").c_str(), stderr);
  std::string reply;
  return std::getline(std::cin, reply) && (reply == "y" || reply == "Y" || reply == "yes");
}

}  // namespace toomai::app
