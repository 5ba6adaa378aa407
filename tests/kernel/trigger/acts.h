/* What the trigger can do; each returns 0 when it went as it must. */
#ifndef PLIMSOLL_ACTS_H
#define PLIMSOLL_ACTS_H

/* trigger.c */
/* Threads that all wait in one call, until the process ends. */
int crowd(void* (*wait_in_a_call)(void*), void* argument);
int do_capset(unsigned long long effective, unsigned long long permitted);
unsigned long long permitted_now(void);

/* sockets.c */
int loopback_up(void);
int connect4(int type, const char* address, int port);
int connect6(int type, const char* address, int port);
int send4(const char* address, int port);
int send6(const char* address, int port);
int fast_open(void);
int ask_resolver(const char* address, int port, int times);
int ask_unconnected(void);
int ask_for_much(void);
int uring_connect(void);
int uring_unix(void);
int uring_sendmsg(void);
int connect_unix(const char* listen_as, const char* reach_as);
int connect_abstract(void);
int crowd_in_connect(void);
int repeat_connect(int times);
int flood(int first, int last);
int spread(int times);

/* mounts.c */
int crowd_in_mount(void);
int new_mount_api(void);
int do_pivot_root(void);
int setns_own(void);
int seccomp_mount(void);

/* execs.c */
extern char* const kNothing[];
extern char* const kNoEnv[];
int exec_memfd(void);
int exec_dropped(void);
int exec_deleted(void);
int exec_modified(const char* path);
int exec_chowned(const char* path);
int exec_volume(void);
int exec_with_stdin(int fd);
int exec_pair_stdin(void);
int exec_crowded_stdin(void);
int exec_forked_stdin(void);
int exec_called(const char* name);
int exec_called_long(void);
int exec_relative_script(void);
int exec_preload(void);
int exec_setuid_file(void);
int exec_long_argv(void);
int fork_then_setuid(void);
int raw_thread_setresuid(void);
int exec_by_a_thread(void);
int exec_moved(void);

/* calls32.c: on x86 and on arm only, socketcall on x86-64 only */
long call32(long number, long a, long b, long c);
int mount32(void);
int connect32(void);
int socketcall_connect(void);

#endif
