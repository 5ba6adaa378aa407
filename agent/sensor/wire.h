// The event ABI, with the integer types it expects.
#pragma once

#include <linux/types.h>

#include "bpf/include/wire.h"
