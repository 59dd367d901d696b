#include "api/workshop.h"

#include <stdlib.h>

#include <cerrno>
#include <system_error>

namespace vernier {

namespace fs = std::filesystem;

void ScratchList::add(const fs::path& folder) {
  const std::lock_guard lock(mutex_);
  folders_.push_back(folder);
}

void ScratchList::remove_all() {
  const std::lock_guard lock(mutex_);
  std::error_code ignored;
  for (const fs::path& folder : folders_) fs::remove_all(folder, ignored);
}

Result<ScratchFolder> ScratchFolder::make(const fs::path& parent, const std::string& prefix,
                                          ScratchList* list) {
  std::string pattern = (parent / (prefix + "XXXXXX")).string();
  if (mkdtemp(pattern.data()) == nullptr) {
    return make_error(
        Errc::output, "E-OUTPUT-OPEN",
        "cannot write into " + parent.string() + ": " + std::generic_category().message(errno));
  }
  ScratchFolder folder;
  folder.path_ = pattern;
  if (list != nullptr) list->add(folder.path_);
  return folder;
}

Result<ScratchFolder> ScratchFolder::make_temporary(const std::string& prefix, ScratchList* list) {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  if (error) return make_error(Errc::output, "E-OUTPUT-OPEN", "there is no temporary folder");
  return make(parent, prefix, list);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Result<Workshop> Workshop::open(const std::string& output, ScratchList* list) {
  Workshop shop;
  shop.target_ = output;
  const fs::path parent = shop.target_.parent_path();
  VERNIER_ASSIGN(shop.folder_,
                 ScratchFolder::make(parent.empty() ? fs::path(".") : parent, ".vernier-", list));
  return shop;
}

Result<void> Workshop::deliver(bool with_data) const {
  std::error_code error;
  if (with_data) fs::rename(file() + ".data", target_.string() + ".data", error);
  if (!error) fs::rename(file(), target_, error);
  if (!error) return {};
  return make_error(Errc::output, "E-OUTPUT-WRITE",
                    "cannot write " + target_.string() + ": " + error.message());
}

}  // namespace vernier
