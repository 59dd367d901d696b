#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "graph/attribute.h"
#include "graph/graph.h"
#include "tensor/tensor.h"

namespace vernier::test {

/// Tensors from literals; the number of values must match the shape.
Tensor floats(const Shape& shape, const std::vector<float>& values);
Tensor ints(const Shape& shape, const std::vector<std::int64_t>& values);  ///< int64
Tensor bools(const Shape& shape, const std::vector<bool>& values);
Tensor strings(const Shape& shape, const std::vector<std::string>& values);
/// Any numeric dtype; each value is rounded to it (infinities and NaN allowed).
Tensor numbers(DType dtype, const Shape& shape, const std::vector<double>& values);

inline constexpr double kInf = __builtin_inf();
inline constexpr double kNan = __builtin_nan("");

/// One application of an operator. An undefined Tensor is an omitted input.
struct OpCase {
  std::string name;
  std::vector<Attribute> attributes{};
  std::vector<Tensor> inputs{};
  std::size_t outputs = 1;
  std::string domain{};
  int opset = 25;
  double rtol = 1e-6;  ///< relative tolerance for reals; integers and strings must be equal
  double atol = 1e-7;
  std::vector<GraphPtr> subgraphs{};
  std::size_t captured = 0;  ///< how many of the last inputs are captured by the bodies
};

/// What differs between two tensors (dtype, shape, the first element), "" when nothing does. NaN
/// equals NaN.
std::string mismatch(const Tensor& actual, const Tensor& expected, double rtol, double atol);

/// Runs the case and says what is wrong, "" when nothing is. Checked are: every attribute is read;
/// the outputs against `expected`; the same bits for strided inputs and outputs, with the gaps left
/// alone; and that inference agrees with the outputs for inputs that are constants, of known shape,
/// of unknown dims and of unknown rank. An undefined expected Tensor is not compared.
std::string check_op(const OpCase& op_case, const std::vector<Tensor>& expected);

/// The outputs alone (REQUIREs success by returning an empty list otherwise).
std::vector<Tensor> run_op(const OpCase& op_case);

/// The id of the error that loading and inferring the case gives ("" when none): unread attributes
/// are "E-UNSUPPORTED-ATTR".
std::string load_error(const OpCase& op_case);
/// The id of the error that running the case without inference gives.
std::string run_error(const OpCase& op_case);

/// Type inference of one node with inputs of these types: output types as text, or the error id.
std::string inferred(const OpCase& op_case, const std::vector<ValueType>& inputs);

}  // namespace vernier::test
