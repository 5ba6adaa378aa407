// Which mutex guards what, for clang to check (-Wthread-safety); nothing to other compilers.
// https://clang.llvm.org/docs/ThreadSafetyAnalysis.html
#pragma once

#ifdef __clang__
#define PLIMSOLL_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define PLIMSOLL_THREAD_ATTRIBUTE(x)
#endif

/// A type that is a lock, and one that holds a lock from its construction to its destruction.
#define CAPABILITY(x) PLIMSOLL_THREAD_ATTRIBUTE(capability(x))
#define SCOPED_CAPABILITY PLIMSOLL_THREAD_ATTRIBUTE(scoped_lockable)
/// A member that is read and written only while the mutex is held.
#define GUARDED_BY(x) PLIMSOLL_THREAD_ATTRIBUTE(guarded_by(x))
/// A function that is called with the mutex held, and returns with it held.
#define REQUIRES(...) PLIMSOLL_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
/// A function that takes the mutex, and one that lets go of it.
#define ACQUIRE(...) PLIMSOLL_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define RELEASE(...) PLIMSOLL_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
/// A function that the analysis cannot follow; say why.
#define NO_THREAD_SAFETY_ANALYSIS PLIMSOLL_THREAD_ATTRIBUTE(no_thread_safety_analysis)
