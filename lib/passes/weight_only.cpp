#include "passes/weight_only.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <tuple>

#include "graph/edit.h"
#include "graph/infer.h"
#include "graph/verify.h"
#include "ops/registry.h"
#include "passes/pattern.h"
#include "passes/quant_pattern.h"

namespace vernier {
namespace {

constexpr const char* kIntegersAlready = "its weight is integers already";
/// Magnitudes whose scales, and the sums that fit them, surely are normal floats.
constexpr float kLeastMagnitude = 1e-30F;
constexpr float kMostMagnitude = 1e20F;

bool is_small_integer(DType dtype) {
  return dtype == DType::int8 || dtype == DType::uint8 || dtype == DType::int4 ||
         dtype == DType::uint4;
}

/// Integers that the readers make floats of.
bool is_integer_table(const Graph& graph, const Node& node) {
  if (!is_small_integer(graph.value(node.inputs[0]).constant->dtype())) return false;
  const auto& users = graph.uses(node.outputs[0]);
  return !users.empty() && std::all_of(users.begin(), users.end(), [&](NodeId id) {
    return graph.node(id).is("Cast") || graph.node(id).is("DequantizeLinear");
  });
}

/// Gather that looks rows up in a constant of real numbers, or of integers that stand for them.
/// Rows of one element are the scales of such integers, or not worth one.
bool is_lookup(const Graph& graph, const Node& node) {
  if (!node.is("Gather") || !graph.is_constant(node.inputs[0])) return false;
  const Tensor& table = *graph.value(node.inputs[0]).constant;
  if (table.shape().size() < 2 || table.shape().back() < 2) return false;
  return is_real_float(table.dtype()) || is_integer_table(graph, node);
}

bool is_weighted(const Graph& graph, const Node& node) {
  return is_weighted(node) || is_lookup(graph, node) || node.is("com.microsoft", "MatMulNBits");
}

/// Whether a value is constant integers behind DequantizeLinear.
bool is_dequantized_constant(const Graph& graph, ValueId id) {
  const NodeId producer = graph.value(id).producer;
  if (producer == NodeId::none) return false;
  const Node& node = graph.node(producer);
  return node.is("DequantizeLinear") && graph.is_constant(node.inputs[0]);
}

/// Which input is the weight.
std::size_t weight_slot(const Node& node) { return node.is("Gather") ? 0 : 1; }

/// What no scale can stand for among a float weight's elements; empty: nothing.
std::string magnitude_problem(const Tensor& tensor) {
  const std::byte* from = tensor.data();  // perhaps misaligned
  float most = 0.0F;
  for (std::int64_t i = 0; i < tensor.element_count(); ++i, from += sizeof(float)) {
    float x = 0.0F;
    std::memcpy(&x, from, sizeof x);
    if (!std::isfinite(x)) return "its weight has values that are not finite";
    most = std::max(most, std::fabs(x));
  }
  if (most > kMostMagnitude) return "its weight has magnitudes above 1e20";
  if (most > 0.0F && most < kLeastMagnitude) return "its weight has no magnitude above 1e-30";
  return {};
}

/// Gemm as MatMulNBits: nothing but a product and a row of biases.
std::string gemm_problem(const Graph& graph, const Node& node, std::int64_t columns) {
  if (!is_plain_gemm(node)) return "MatMulNBits has no alpha, beta or transA";
  const ValueId c = input_of(node, 2);
  if (c == ValueId::none) return {};
  const bool row = graph.is_constant(c) && graph.value(c).constant->element_count() == columns &&
                   graph.value(c).constant->shape().size() >= 1 &&
                   graph.value(c).constant->shape().back() == columns;
  return row ? "" : "what it adds is no row of biases";
}

std::string matrix_problem(const Graph& graph, const Node& node, const WeightOnlyOptions& options) {
  const Shape& shape = graph.value(node.inputs[1]).constant->shape();
  if (shape.size() != 2) return "its weight is not a matrix";
  const bool transposed = node.is("Gemm") && int_attribute(node, "transB", 0) != 0;
  const std::int64_t k = shape[transposed ? 1 : 0];
  if (k < options.format.block) return "its weight has fewer rows than a block";
  if (options.whole_blocks && options.format.block != 0 && k % options.format.block != 0) {
    return "the target needs whole blocks";
  }
  if (options.form == WeightForm::matmulnbits && node.is("Gemm")) {
    return gemm_problem(graph, node, shape[transposed ? 0 : 1]);
  }
  return {};
}

/// Why the weight of a weighted node stays float; empty: it does not.
std::string problem(const Graph& graph, const Node& node, const WeightOnlyOptions& options) {
  const std::vector<std::string>& out = options.exclude;
  if (std::find(out.begin(), out.end(), node.name) != out.end()) return "excluded";
  const ValueId weight = node.inputs[weight_slot(node)];
  if (node.is("com.microsoft", "MatMulNBits") || is_dequantized_constant(graph, weight))
    return kIntegersAlready;
  if (!graph.is_constant(weight)) {
    return graph.is_constant(node.inputs[0]) ? "its constant stands on the left"
                                             : "both operands are activations";
  }
  if (graph.is_constant(node.inputs[1 - weight_slot(node)])) return "its input is constant";
  const Tensor& tensor = *graph.value(weight).constant;
  if (is_small_integer(tensor.dtype())) return kIntegersAlready;
  if (tensor.dtype() != DType::float32) return "its weight is not float";
  if (tensor.element_count() < kLeastPackedElements) return "its weight is small";
  std::string why;
  if (is_matrix_product(node)) why = matrix_problem(graph, node, options);
  if (node.is("Gather") && (tensor.shape().size() != 2 || int_attribute(node, "axis", 0) != 0)) {
    return "it does not look up rows of a matrix";
  }
  return why.empty() ? magnitude_problem(tensor) : why;
}

std::uint64_t file_bytes(const Tensor& tensor) {
  const auto bits = static_cast<std::uint64_t>(dtype_bits(tensor.dtype()));
  return (static_cast<std::uint64_t>(tensor.element_count()) * bits + 7) / 8;
}

/// The integers of one weight, as nodes read them.
struct Integers {
  ValueId codes = ValueId::none;
  ValueId scales = ValueId::none;
  ValueId zeros = ValueId::none;
  ValueId real = ValueId::none;  ///< behind DequantizeLinear
  std::size_t report = 0;
};

/// What the integers of a weight are for: each asks for other codes or another shape of scales.
enum class IntegerUse : std::uint8_t {
  table,    ///< int8 rows, scales [rows, 1]
  channel,  ///< DequantizeLinear, a scale a channel
  blocks,   ///< DequantizeLinear with blocks
  nbits,    ///< MatMulNBits
};

/// How a weight's elements become rows under their own scales: [outer, rows, inner] in memory.
struct Rows {
  std::int64_t outer = 1;
  std::int64_t rows = 1;
  std::int64_t inner = 1;
  [[nodiscard]] std::int64_t columns() const { return outer * inner; }
  /// Position of element (row, column).
  [[nodiscard]] std::int64_t at(std::int64_t row, std::int64_t column) const {
    return (column / inner * rows + row) * inner + column % inner;
  }
  Rows(const Shape& shape, std::size_t axis) : rows(shape[axis]) {
    for (std::size_t i = 0; i < axis; ++i) outer *= shape[i];
    for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
  }
};

class WeightPacker {
 public:
  WeightPacker(Graph& graph, const WeightOnlyOptions& options)
      : graph_(graph), options_(options), adder_(graph) {}

  Result<WeightOnlyReport> run() {
    VERNIER_ASSIGN(const auto order, graph_.topological_order());
    VERNIER_TRY(check_excluded(order));
    for (const NodeId id : order) {
      const Node node = graph_.node(id);
      if (!is_weighted(graph_, node)) continue;
      ++report_.candidates;
      std::string why = problem(graph_, node, options_);
      if (!why.empty()) {
        report_.floats.push_back({node.name, std::string(node.op->name), std::move(why)});
        continue;
      }
      VERNIER_TRY(quantize(id, node));
      ++report_.quantized;
    }
    name_bodies();
    remove_dead(graph_);
    VERNIER_TRY(infer_types(graph_));
    VERNIER_TRY(verify(graph_));
    return std::move(report_);
  }

 private:
  Result<void> check_excluded(const std::vector<NodeId>& order) const {
    for (const std::string& name : options_.exclude) {
      const bool known = std::any_of(order.begin(), order.end(),
                                     [&](NodeId id) { return graph_.node(id).name == name; });
      if (!known) {
        return usage_error("the model has no node '" + name + "' (--exclude)", "E-QUANT-EXCLUDE");
      }
    }
    return {};
  }

  void name_bodies() {
    for (const Graph* body : all_graphs(graph_)) {
      if (body == &graph_) continue;
      for (std::size_t i = 0; i < body->node_capacity(); ++i) {
        const auto id = static_cast<NodeId>(i);
        if (!body->alive(id) || !is_weighted(*body, body->node(id))) continue;
        const Node& node = body->node(id);
        ++report_.candidates;
        report_.floats.push_back(
            {node.name, std::string(node.op->name), "it is inside If, Loop or Scan"});
      }
    }
  }

  Result<ValueId> add(std::string_view op, const std::string& name, std::vector<ValueId> inputs,
                      std::vector<Attribute> attributes = {}) {
    return adder_.node(find_op("", op), name, name + "_output", std::move(inputs),
                       std::move(attributes));
  }

  Result<void> quantize(NodeId id, const Node& node) {
    if (node.is("Gather")) return quantize_table(id, node);
    if (is_matrix_product(node) && options_.form == WeightForm::matmulnbits) {
      return make_nbits(id, node);
    }
    return dequantize_in_front(id, node);
  }

  /// Quantizes a weight, its rows being `rows`, and enters it in the report.
  Result<BlockWeights> rows_of(const Node& node, const Rows& rows, const BlockFormat& format) {
    const ValueId weight = node.inputs[weight_slot(node)];
    VERNIER_ASSIGN(const Tensor source, graph_.value(weight).constant->to_aligned(options_.budget));
    VERNIER_ASSIGN(Tensor sorted, Tensor::allocate(DType::float32, Shape{rows.rows, rows.columns()},
                                                   options_.budget));
    const float* from = source.as<float>();
    float* to = sorted.mutable_as<float>();
    for (std::int64_t row = 0; row < rows.rows; ++row) {
      for (std::int64_t column = 0; column < rows.columns(); ++column) {
        *to++ = from[rows.at(row, column)];
      }
    }
    std::vector<double> importance;
    if (is_matrix_product(node) && options_.importance) {
      importance = options_.importance(node.inputs[0]);
      if (static_cast<std::int64_t>(importance.size()) != rows.columns()) importance.clear();
    }
    VERNIER_ASSIGN(BlockWeights packed,
                   block_weights(rows.rows, rows.columns(), format, options_.budget));
    const auto all = sorted.span<float>();
    // Everything is allocated here, because nothing catches what a worker throws.
    const std::vector<float> shares = column_shares(importance);
    const auto threads = static_cast<std::size_t>(std::max(options_.threads, 1));
    VERNIER_ASSIGN(const Reservation scratch_memory,
                   Reservation::make(threads * BlockScratch::bytes(packed), options_.budget,
                                     "scratch memory for packed weights"));
    std::vector<BlockScratch> scratch(threads, BlockScratch(packed));
    const auto work = [&](std::int64_t begin, std::int64_t end, int thread) {
      quantize_rows(all, shares, format, begin, end, scratch[static_cast<std::size_t>(thread)],
                    packed);
    };
    if (options_.split) {
      options_.split(rows.rows, work);
    } else {
      work(0, rows.rows, 0);
    }
    graph_.value(weight).constant->drop_pages();
    enter(weight, all, packed, format);
    return packed;
  }

  void enter(ValueId weight, std::span<const float> real, const BlockWeights& packed,
             const BlockFormat& format) {
    constexpr double kMost = 200.0;
    double signal = 0.0;
    double noise = 0.0;
    for (std::int64_t row = 0; row < packed.rows; ++row) {
      for (std::int64_t column = 0; column < packed.columns; ++column) {
        const auto w =
            static_cast<double>(real[static_cast<std::size_t>(row * packed.columns + column)]);
        const double d = w - static_cast<double>(packed.real(row, column));
        signal += w * w;
        noise += d * d;
      }
    }
    PackedWeightReport entry;
    entry.name = graph_.value(weight).name;
    entry.block = format.block;
    entry.sqnr_db = noise <= 0.0 ? kMost : std::min(kMost, 10.0 * std::log10(signal / noise));
    entry.bytes_before = graph_.value(weight).constant->byte_count();
    report_.weights.push_back(std::move(entry));
  }

  /// A constant of one byte an element: value(row, column) where the rows say.
  template <class F>
  Result<Tensor> bytes(DType dtype, const Shape& shape, const Rows& rows, F&& value) {
    VERNIER_ASSIGN(Tensor tensor, Tensor::allocate(dtype, shape, options_.budget));
    auto* to = tensor.mutable_as<std::int8_t>();
    for (std::int64_t row = 0; row < rows.rows; ++row) {
      for (std::int64_t column = 0; column < rows.columns(); ++column) {
        to[rows.at(row, column)] = static_cast<std::int8_t>(value(row, column));
      }
    }
    return tensor;
  }

  ValueId constant(const std::string& name, Tensor tensor) {
    report_.weights.back().bytes_after += file_bytes(tensor);
    return adder_.constant(name, std::move(tensor));
  }

  /// Codes, scales and zero points as DequantizeLinear reads them. `scale_shape` has the order of
  /// the weight where there are blocks.
  Result<Integers> linear_constants(const Node& node, const Rows& rows, const BlockFormat& format,
                                    const Shape& scale_shape, std::size_t axis) {
    const ValueId weight = node.inputs[weight_slot(node)];
    VERNIER_ASSIGN(const BlockWeights packed, rows_of(node, rows, format));
    const std::string name = graph_.value(weight).name;
    const bool has_zeros = !packed.zeros.empty();
    const DType dtype = format.bits == 4 ? (has_zeros ? DType::uint4 : DType::int4)
                                         : (has_zeros ? DType::uint8 : DType::int8);
    const int middle = has_zeros ? 1 << (format.bits - 1) : 0;
    Integers result;
    result.report = report_.weights.size() - 1;
    report_.weights.back().dtype = dtype_name(dtype);
    const Shape shape = graph_.value(weight).constant->shape();
    VERNIER_ASSIGN(
        Tensor codes, bytes(dtype, shape, rows, [&](std::int64_t row, std::int64_t column) {
          return packed.codes[static_cast<std::size_t>(row * packed.columns + column)] + middle;
        }));
    result.codes = constant(name + "_quantized", std::move(codes));
    // With blocks the scales lie as the weight does, one for each row and block.
    const Rows order = scale_shape.size() == 2 ? Rows(scale_shape, axis) : Rows(scale_shape, 0);
    VERNIER_ASSIGN(Tensor scales, Tensor::allocate(DType::float32, scale_shape, options_.budget));
    for (std::int64_t row = 0; row < packed.rows; ++row) {
      for (std::int64_t b = 0; b < packed.blocks; ++b) {
        scales.mutable_as<float>()[order.at(row, b)] =
            packed.scales[static_cast<std::size_t>(row * packed.blocks + b)];
      }
    }
    result.scales = constant(name + "_scale", std::move(scales));
    if (has_zeros) {
      VERNIER_ASSIGN(
          Tensor zeros, bytes(dtype, scale_shape, order, [&](std::int64_t row, std::int64_t b) {
            return packed.zeros[static_cast<std::size_t>(row * packed.blocks + b)] + middle;
          }));
      result.zeros = constant(name + "_zero_point", std::move(zeros));
    }
    return result;
  }

  /// DequantizeLinear between the integers and the node.
  Result<void> dequantize_in_front(NodeId id, const Node& node) {
    const ValueId weight = node.inputs[1];
    const Shape shape = graph_.value(weight).constant->shape();
    const bool matrix = is_matrix_product(node);
    const bool transposed = node.is("Gemm") && int_attribute(node, "transB", 0) != 0;
    std::size_t axis = node.is("ConvTranspose") || (matrix && !transposed) ? 1 : 0;
    BlockFormat format = options_.format;
    if (!matrix) format = {8, 0, BlockGrid::positive_scale};
    Integers& made =
        made_[{weight, axis, format.block == 0 ? IntegerUse::channel : IntegerUse::blocks}];
    if (made.real == ValueId::none) {
      const Rows rows(shape, axis);
      Shape scale_shape{rows.rows};
      std::vector<Attribute> attributes;
      if (format.block != 0) {
        scale_shape = shape;
        scale_shape[1 - axis] = (shape[1 - axis] + format.block - 1) / format.block;
        attributes.push_back(int_attr("block_size", format.block));
      }
      VERNIER_ASSIGN(made, linear_constants(node, rows, format, scale_shape, axis));
      const auto along = static_cast<std::int64_t>(format.block != 0 ? 1 - axis : axis);
      attributes.push_back(int_attr("axis", along));
      std::vector<ValueId> inputs = {made.codes, made.scales};
      if (made.zeros != ValueId::none) inputs.push_back(made.zeros);
      VERNIER_ASSIGN(made.real,
                     add("DequantizeLinear", graph_.value(weight).name + "_DequantizeLinear",
                         std::move(inputs), std::move(attributes)));
    }
    report_.weights[made.report].nodes.push_back(node.name);
    graph_.set_input(id, 1, made.real);
    return {};
  }

  /// Rows of int8 are picked, and multiplied by their scales.
  Result<void> quantize_table(NodeId id, const Node& node) {
    const ValueId table = node.inputs[0];
    Integers& made = made_[{table, 0, IntegerUse::table}];
    const BlockFormat format{8, 0, BlockGrid::positive_scale};
    if (made.codes == ValueId::none) {
      const Shape& shape = graph_.value(table).constant->shape();
      VERNIER_ASSIGN(made, linear_constants(node, Rows(shape, 0), format, Shape{shape[0], 1}, 0));
    }
    report_.weights[made.report].nodes.push_back(node.name);
    graph_.remove_node(id);
    const std::vector<Attribute> along = {int_attr("axis", 0)};
    VERNIER_ASSIGN(const ValueId codes,
                   add("Gather", node.name + "_codes", {made.codes, node.inputs[1]}, along));
    VERNIER_ASSIGN(const ValueId scales,
                   add("Gather", node.name + "_scales", {made.scales, node.inputs[1]}, along));
    VERNIER_ASSIGN(const ValueId real,
                   add("Cast", node.name + "_float", {codes},
                       {int_attr("to", static_cast<std::int64_t>(DType::float32))}));
    VERNIER_ASSIGN(Node product,
                   make_node(find_op("", "Mul"), node.name, adder_.opset(), {real, scales}));
    product.outputs = node.outputs;
    return infer_node(graph_, graph_.add_node(std::move(product)));
  }

  Result<void> make_nbits(NodeId id, const Node& node) {
    const ValueId weight = node.inputs[1];
    const Shape shape = graph_.value(weight).constant->shape();
    const bool transposed = node.is("Gemm") && int_attribute(node, "transB", 0) != 0;
    const Rows rows(shape, transposed ? 0 : 1);
    Integers& made = made_[{weight, transposed ? 0 : 1, IntegerUse::nbits}];
    if (made.codes == ValueId::none) VERNIER_TRY(nbits_constants(node, rows, made));
    report_.weights[made.report].nodes.push_back(node.name);
    std::vector<ValueId> inputs = {node.inputs[0], made.codes, made.scales};
    if (made.zeros != ValueId::none) inputs.push_back(made.zeros);
    if (const ValueId c = input_of(node, 2); c != ValueId::none) {
      inputs.resize(5, ValueId::none);
      const Tensor& bias = *graph_.value(c).constant;
      const ValueId flat =
          bias.shape().size() == 1
              ? c
              : adder_.constant(graph_.value(c).name + "_row", bias.reshaped(Shape{rows.rows}));
      inputs.push_back(flat);
    }
    VERNIER_ASSIGN(Node product, make_node(find_op("com.microsoft", "MatMulNBits"), node.name, 1,
                                           std::move(inputs),
                                           {int_attr("K", rows.columns()), int_attr("N", rows.rows),
                                            int_attr("bits", options_.format.bits),
                                            int_attr("block_size", options_.format.block)}));
    product.outputs = node.outputs;
    graph_.remove_node(id);
    return infer_node(graph_, graph_.add_node(std::move(product)));
  }

  /// B [N, blocks, bytes of a block], scales [N, blocks], zero points [N, bytes].
  Result<void> nbits_constants(const Node& node, const Rows& rows, Integers& made) {
    const BlockFormat& format = options_.format;
    const std::string name = graph_.value(node.inputs[1]).name;
    VERNIER_ASSIGN(const BlockWeights packed, rows_of(node, rows, format));
    const std::int64_t blob = format.block * format.bits / 8;
    const int middle = 1 << (format.bits - 1);
    made.report = report_.weights.size() - 1;
    report_.weights.back().dtype = "uint" + std::to_string(format.bits);
    VERNIER_ASSIGN(Tensor codes,
                   nbits_rows({packed.rows, packed.blocks, blob}, packed.blocks * blob,
                              packed.codes.data(), packed.columns, middle));
    made.codes = constant(name + "_quantized", std::move(codes));
    VERNIER_ASSIGN(
        Tensor scales,
        Tensor::allocate(DType::float32, Shape{packed.rows, packed.blocks}, options_.budget));
    std::copy(packed.scales.begin(), packed.scales.end(), scales.mutable_as<float>());
    made.scales = constant(name + "_scale", std::move(scales));
    if (packed.zeros.empty()) return {};
    const std::int64_t row = (packed.blocks * format.bits + 7) / 8;
    VERNIER_ASSIGN(Tensor zeros,
                   nbits_rows({packed.rows, row}, row, packed.zeros.data(), packed.blocks, middle));
    made.zeros = constant(name + "_zero_point", std::move(zeros));
    return {};
  }

  /// Rows of `columns` integers, low bits first, each from a new byte; what is left is `middle`.
  Result<Tensor> nbits_rows(const Shape& shape, std::int64_t row_bytes, const std::int8_t* from,
                            std::int64_t columns, int middle) {
    VERNIER_ASSIGN(Tensor tensor, Tensor::allocate(DType::uint8, shape, options_.budget));
    auto* to = tensor.mutable_as<std::uint8_t>();
    const bool nibbles = options_.format.bits == 4;
    const std::int64_t per_byte = nibbles ? 2 : 1;
    for (std::int64_t row = 0; row < shape[0]; ++row, from += columns) {
      for (std::int64_t byte = 0; byte < row_bytes; ++byte) {
        unsigned value = 0;
        for (std::int64_t half = 0; half < per_byte; ++half) {
          const std::int64_t i = byte * per_byte + half;
          const int code = i < columns ? from[i] + middle : middle;
          value |= static_cast<unsigned>(code) << (4U * static_cast<unsigned>(half));
        }
        *to++ = static_cast<std::uint8_t>(value);
      }
    }
    return tensor;
  }

  Graph& graph_;
  const WeightOnlyOptions& options_;
  NodeAdder adder_;
  std::map<std::tuple<ValueId, std::size_t, IntegerUse>, Integers> made_;  // by weight, axis, use
  WeightOnlyReport report_;
};

}  // namespace

std::vector<ValueId> weight_only_inputs(const Graph& graph, const WeightOnlyOptions& options) {
  std::set<ValueId> values;
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (!graph.alive(id) || !is_matrix_product(graph.node(id))) continue;
    const Node& node = graph.node(id);
    if (problem(graph, node, options).empty()) values.insert(node.inputs[0]);
  }
  return {values.begin(), values.end()};
}

Result<WeightOnlyReport> quantize_weights(Graph& graph, const WeightOnlyOptions& options) {
  return WeightPacker(graph, options).run();
}

}  // namespace vernier
