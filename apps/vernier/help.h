#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <vernier/error.h>

#include "command.h"

namespace vernier::cli {

/// Help of the program: what it does, examples, the subcommands.
std::string program_help(const std::vector<std::unique_ptr<Command>>& commands);

/// An option parser for one subcommand whose help shows examples before options.
std::unique_ptr<CLI::App> make_parser(Command& command);

/// Parses the arguments after the subcommand's name. True: parsed; false: help was asked for.
/// Errors: usage, with the option that was probably meant.
Result<bool> parse_arguments(CLI::App& app, const std::vector<std::string>& arguments);

/// "there is no command 'rnu'", with the one that was probably meant.
Error unknown_command(const std::string& word,
                      const std::vector<std::unique_ptr<Command>>& commands);

}  // namespace vernier::cli
