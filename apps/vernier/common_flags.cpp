#include "common_flags.h"

#include <algorithm>
#include <map>
#include <utility>

#include <CLI/CLI.hpp>

#include "console.h"
#include "parse.h"
#include "signals.h"

namespace vernier::cli {

void OutputFlags::declare(CLI::App& app) {
  app.add_flag("--json", json, "result (or error) as JSON on stdout");
  app.add_flag("-q,--quiet", quiet, "say nothing on stderr but errors");
}

void OutputFlags::apply(Console& console) const {
  console.set_json(json);
  console.set_quiet(quiet);
}

void ModelFlags::declare(CLI::App& app) {
  app.add_option("--precision", precision, "fp32 (others are not available yet)")
      ->type_name("NAME");
  app.add_option("--threads", threads, "threads of one inference (0: all that may be used)")
      ->type_name("N")
      ->check(CLI::Range(0, 1024));
  app.add_option("--shape", shapes, "shape of an input; repeatable")
      ->type_name("NAME=1x3x224x224")
      ->allow_extra_args(false);
  declare_common(app);
}

void ModelFlags::declare_common(CLI::App& app) {
  app.add_option("--backend", backend, "cpu, reference, cuda, or a list in order of preference")
      ->type_name("NAME");
  app.add_option("--dim", dims, "size of a named dimension; repeatable")
      ->type_name("NAME=N")
      ->allow_extra_args(false);
  app.add_option("--max-memory", max_memory,
                 "refuse what needs more (512M, 2GiB; default: 80 % of the machine)")
      ->type_name("BYTES");
  app.add_option("--timeout", timeout, "give up after this time (2, 0.5s, 500ms)")->type_name("S");
  app.add_flag("--no-optimize", no_optimize, "do not rewrite the graph");
  app.add_option("--disable-pass", disabled_passes, "leave one rewrite out; repeatable")
      ->type_name("NAME")
      ->allow_extra_args(false);
}

void ModelFlags::sizes_go_into_file(CLI::App& app) {
  app.get_option("--shape")->description("shape of an input, fixed in OUT; repeatable");
  app.get_option("--dim")->description("size of a named dimension, fixed in OUT; repeatable");
}

Result<ModelOptions> ModelFlags::options() const {
  ModelOptions options;
  options.backend = backend;
  options.precision = precision;
  options.threads = threads;
  if (!max_memory.empty()) {
    VERNIER_ASSIGN(options.max_memory_bytes, parse_bytes("--max-memory", max_memory));
  }
  if (!timeout.empty()) {
    VERNIER_ASSIGN(options.timeout_s, parse_seconds("--timeout", timeout));
    if (options.timeout_s <= 0.0) return usage_error("--timeout must be above 0");
  }
  for (const std::string& text : dims) {
    VERNIER_ASSIGN(auto dim, parse_dim(text));
    for (const auto& [name, size] : options.dims) {
      if (name == dim.first) return usage_error("--dim " + name + " is given twice");
    }
    options.dims.push_back(std::move(dim));
  }
  for (const std::string& text : shapes) {
    VERNIER_ASSIGN(auto shape, parse_shape(text));
    options.shapes.push_back(std::move(shape));
  }
  options.optimize = !no_optimize;
  options.disabled_passes = disabled_passes;
  options.interrupt = interrupt_flag();
  return options;
}

void MeasureFlags::declare(CLI::App& app) {
  app.add_option("--min-time", min_time_, "measured time of each engine, at least")->type_name("S");
  app.add_option("--max-time", max_time_, "measured time of each engine, at most")->type_name("S");
  app.add_option("--processes", processes_,
                 "processes of each engine, one after the other, which share these times; with "
                 "more than one they are what is compared (a verdict takes 6)")
      ->type_name("N")
      ->check(CLI::Range(1, 1000));
  app.add_flag("--no-noise-floor", no_noise_floor_,
               "do not measure the first engine against a second process of itself");
}

Result<void> MeasureFlags::apply(BenchOptions& options) const {
  if (!min_time_.empty()) {
    VERNIER_ASSIGN(options.min_time_s, parse_seconds("--min-time", min_time_));
    if (max_time_.empty()) options.max_time_s = std::max(options.max_time_s, options.min_time_s);
  }
  if (!max_time_.empty()) {
    VERNIER_ASSIGN(options.max_time_s, parse_seconds("--max-time", max_time_));
    if (min_time_.empty()) options.min_time_s = std::min(options.min_time_s, options.max_time_s);
  }
  if (options.max_time_s < options.min_time_s) {
    return usage_error("--max-time is below --min-time");
  }
  if (processes_ > 0) options.processes = processes_;
  options.noise_floor = !no_noise_floor_;
  return {};
}

Result<void> MeasureFlags::check_unused(const std::string& why) const {
  if (processes_ > 0) return usage_error("--processes: " + why);
  if (no_noise_floor_) return usage_error("--no-noise-floor: " + why);
  return {};
}

void SweepFlags::declare(CLI::App& app) {
  app.add_option("--precision", precisions, "fp32 (others are not available yet); a list: A,B")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("--threads", thread_counts,
                 "threads of one inference (0: all that may be used); a list: 1,2,4")
      ->type_name("N")
      ->allow_extra_args(false);
  app.add_option("--shape", shapes,
                 "shape of an input; repeatable, again for the same input: one case each")
      ->type_name("NAME=1x3x224x224")
      ->allow_extra_args(false);
  declare_common(app);
}

Result<void> SweepFlags::apply(BenchOptions& options) const {
  VERNIER_ASSIGN(options.model, ModelFlags::options());
  VERNIER_ASSIGN(const auto names, parse_list("--precision", precisions));
  if (names.size() == 1) options.model.precision = names.front();
  if (names.size() > 1) options.precisions = names;
  VERNIER_ASSIGN(const auto counts, parse_integers("--threads", thread_counts, 0, 1024));
  if (counts.size() == 1) options.model.threads = static_cast<int>(counts.front());
  if (counts.size() > 1) {
    for (const std::int64_t count : counts) {
      if (count < 1) return usage_error("--threads: in a list, every number must be 1 or more");
      options.thread_counts.push_back(static_cast<int>(count));
    }
  }
  // The k-th shape that is given for an input belongs to case k.
  std::map<std::string, std::size_t> given;
  std::vector<std::vector<std::pair<std::string, std::vector<std::int64_t>>>> sets;
  for (const auto& shape : options.model.shapes) {
    const std::size_t at = given[shape.first]++;
    if (sets.size() <= at) sets.resize(at + 1);
    sets[at].push_back(shape);
  }
  if (sets.size() > 1) {
    options.model.shapes = sets.front();  // holds for inputs that have one shape only
    options.shape_sets = std::move(sets);
  }
  return {};
}

}  // namespace vernier::cli
