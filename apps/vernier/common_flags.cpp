#include "common_flags.h"

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

void SweepFlags::declare(CLI::App& app) {
  app.add_option("--precision", precisions, "fp32 (others are not available yet); a list: A,B")
      ->type_name("NAME")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--threads", thread_counts,
                 "threads of one inference (0: all that may be used); a list: 1,2,4")
      ->type_name("N")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(0, 1024));
  app.add_option("--shape", shapes,
                 "shape of an input; repeatable, again for the same input: one case each")
      ->type_name("NAME=1x3x224x224")
      ->allow_extra_args(false);
  declare_common(app);
}

Result<void> SweepFlags::apply(BenchOptions& options) const {
  VERNIER_ASSIGN(options.model, ModelFlags::options());
  if (precisions.size() == 1) options.model.precision = precisions.front();
  if (precisions.size() > 1) options.precisions = precisions;
  if (thread_counts.size() == 1) options.model.threads = thread_counts.front();
  if (thread_counts.size() > 1) {
    options.thread_counts = thread_counts;
    for (const int count : thread_counts) {
      if (count < 1) return usage_error("--threads: in a list, every number must be 1 or more");
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
