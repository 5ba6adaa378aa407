// What detectors share: what is new, and how names are put into messages.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "detectors/detector.h"

namespace plimsoll::detectors {

/// The object of the input's behaviour when it is of that type, else nullptr.
template <typename T>
const T* object(const Input& input) {
  return std::get_if<T>(&input.activity.behaviour.object);
}

/// Hard rules apply everywhere but in setup: what a runtime does to create a container is no attack.
bool in_container(const Input&);

/// Rules against the profile apply where the behaviour is not known, in the container, and those who learned
/// the profile could see that class of action. An exec is known too when it was learned with another harmless
/// origin: a file that a chown copied up, or whose origin is unknown, is still the same program.
bool is_new(const Input&);

/// The act took place, or may have: its outcome is not `failed`.
bool took_effect(const Input&);

/// The acting program for the start of a sentence, escaped: "nginx", "the container runtime".
std::string subject(const Input&);

/// A name for the middle of a sentence: escaped, the middle of a long one left out.
std::string shown(std::string_view);

/// "a private address"; the destination itself where it is no class of address.
std::string class_of(const ConnectObject&);

/// Where a connection went, for the middle of a sentence: "10.0.0.7:5432/tcp", "db.example:5432/tcp",
/// "the Unix socket /run/x", and "a private address, port 5432/tcp," where the address is not known.
std::string destination(const Input&, const ConnectObject&);

/// "became", or "may have become" when the outcome is not known; `participle` where it is not the past form.
std::string verb(const Input&, std::string_view past, std::string_view participle = {});

/// "; until now this was seen only during startup" when the profile knows the very same behaviour of another
/// phase; else empty.
std::string other_phase(const Input&);

using Facts = std::initializer_list<std::pair<const char*, std::string_view>>;

/// One finding with the facts that support it; empty values are left out, the others escaped. Facts that
/// concern any act (the system call, a 32-bit call, an actor that is not the image's) are added.
std::vector<Finding> found(const Input&, std::string_view rule, std::string message, Facts facts = {},
                           std::optional<Severity> severity = {});

}  // namespace plimsoll::detectors
