#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/budget.h"
#include "base/dtype.h"
#include "base/file.h"
#include "base/result.h"
#include "tensor/shape.h"
#include "tensor/tensor.h"

namespace vernier {

/// The .npy format, versions 1.0 to 3.0 (NumPy Enhancement Proposal 1 and numpy.lib.format).
///
/// Types that numpy has: bool, (u)int8..64, float16..64, complex64/128 in either byte order;
/// unicode
/// ('U') and byte strings ('S') become string tensors. Types that numpy lacks are a structured type
/// with one field, whose name is ONNX's type name and whose type is the unsigned (signed for int4,
/// int2) integer with the element's bits, one element a byte for sub-byte types:
///
///     bfloat16       [('bfloat16', '<u2')]        float8e4m3fn  [('float8e4m3fn', '|u1')]
///     int4           [('int4', '|i1')]            uint4         [('uint4', '|u1')]
///
/// so `numpy.load(f)['bfloat16'].view(ml_dtypes.bfloat16)` gives the values, without pickle.
/// ml_dtypes' own '<V2' is refused because it doesn't say which type it is.
struct NpyHeader {
  enum class Text : std::uint8_t { none, unicode, bytes };
  DType dtype = DType::undefined;
  Shape shape;
  bool fortran_order = false;
  bool byte_swap = false;         ///< the payload's byte order is not this machine's
  Text text = Text::none;         ///< how string elements are stored
  std::size_t item_bytes = 0;     ///< bytes of one element in the payload
  std::size_t header_bytes = 0;   ///< where the payload starts
  std::size_t payload_bytes = 0;  ///< element count * item_bytes, checked
};

/// Longest header that is read (numpy's own limit for untrusted files is 10,000 characters).
inline constexpr std::size_t kNpyMaxHeaderBytes = 64 * 1024;

/// Size of the whole header, known from the first 12 bytes (fewer when the file is shorter).
/// Error: invalid_data E-NPY-FORMAT, or limit E-LIMIT-NPY-HEADER.
Result<std::size_t> npy_header_size(std::span<const std::byte> start, const std::string& what);

/// Parses a header; `start` holds at least npy_header_size bytes. `what` names the file in errors.
/// Errors: invalid_data E-NPY-FORMAT; invalid_data E-NPY-PICKLE for object arrays (never
/// unpickled); unsupported E-NPY-DTYPE for types without an ONNX counterpart; limit E-LIMIT-RANK.
Result<NpyHeader> parse_npy_header(std::span<const std::byte> start, const std::string& what);

/// Makes the tensor of a payload of exactly header.payload_bytes bytes (any alignment).
Result<Tensor> decode_npy_payload(const NpyHeader& header, std::span<const std::byte> payload,
                                  const std::string& what,
                                  const std::shared_ptr<MemoryBudget>& budget = nullptr);
/// True when the payload is the tensor's memory as it stands: it may be read into the tensor
/// directly and passed to check_npy_values.
bool npy_payload_is_memory(const NpyHeader& header) noexcept;
/// Bools other than 0/1 become 1; sub-byte values out of range are invalid_data E-NPY-FORMAT.
Result<void> check_npy_values(Tensor& tensor, const std::string& what);

/// Whole file in memory -> tensor. Bytes after the payload are an error.
Result<Tensor> parse_npy(std::span<const std::byte> file, const std::string& what,
                         const std::shared_ptr<MemoryBudget>& budget = nullptr);
/// Errors: as parse_npy_header, invalid_data E-FILE-OPEN, limit.
Result<Tensor> read_npy(const std::string& path,
                        const std::shared_ptr<MemoryBudget>& budget = nullptr);

/// Header (version 1.0, little endian, C order, padded to 64 bytes) that describes `view`. Strings
/// are stored as 'U' when all are valid UTF-8, else as 'S'; trailing NULs are lost, as in numpy.
struct NpyText {
  NpyHeader::Text text = NpyHeader::Text::none;
  std::size_t width = 0;  ///< characters ('U') or bytes ('S') of an element, at least 1
};
NpyText npy_text_of(const TensorView& view);
std::string make_npy_header(const TensorView& view, const NpyText& text);
/// The payload of a string tensor, as the header says.
std::string encode_npy_text(const TensorView& view, const NpyText& text);

/// Writes header and elements. Error: output E-OUTPUT-WRITE.
Result<void> write_npy(AtomicFile& file, const TensorView& view);
/// Opens, writes and commits.
Result<void> write_npy_file(const std::string& path, const TensorView& view);

}  // namespace vernier
