/*
 * Starts sandboxes for the server, and is in each of them what bwrap, an init and a shell would be together. Forking the
 * server itself would cost more the more memory it has; this is small, and starts nothing anew.
 *
 * cell <socket>: descriptor 3 is the server's. For a sandbox to be it sends words, each with a NUL after it, and an empty
 * one after the last: the user id in decimal, and files of control groups. Five connections to its socket are made, in
 * this order, and "started <pid>" is said: the program's three streams, the order's and the agent's. Later
 * "ended <pid> <code>" is said. When the server is gone, so is everything here.
 *
 * Each sandbox joins its control groups and becomes its user before anything else, and refuses to be root. That it joins
 * by itself costs microseconds; to be put there would be to wait until all processors have passed a quiescent state, 10 or
 * 20 ms when there is little else to do (`cgroup_procs_write_start` of the kernel). It takes bwrap's own words
 * (bwrap-arguments.ts) for a subset of what that can do, and everything that they call for is always done: user, mount,
 * pid, net, ipc, uts and cgroup namespaces, no capabilities, no new privileges, the filter of system calls. The order
 * comes up to its end: four bytes of the filter's length, the filter, and words, each with a NUL after it: `--files count`
 * for each place with a size, bwrap's, `--rlimit name soft hard`, `--`, and the agent's command, which gets its own
 * connection as 6 and 7. On the order's is
 * said: "started", then "exited <code>" or "killed <signal>", and two lines of processor time, as a shell's `times` gives
 * them: its own, and its children's. Anything before "started" is why it could not be.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { control = 3, agent = 4, job = 6, report = 7, orderMaxBytes = 1 << 18 };

static void say(const char *text) {
  for (size_t length = strlen(text); length > 0;) {
    ssize_t written = write(control, text, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text += written;
    length -= written;
  }
}

static _Noreturn void fail(const char *what, const char *which) {
  char text[512];
  snprintf(text, sizeof text, "%s %s: %s\n", what, which, strerror(errno));
  say(text);
  _exit(1);
}

static void must(int result, const char *what, const char *which) {
  if (result < 0) fail(what, which);
}

/* The order, read once; words are kept where they came. */
static char order[orderMaxBytes + 1];
static char *orderEnd;
static struct sock_fprog filter;

static char *readOrder(void) {
  size_t length = 0;
  for (;;) {
    ssize_t got = read(control, order + length, orderMaxBytes - length);
    if (got < 0 && errno == EINTR) continue;
    must(got, "read", "the order");
    if (got == 0) break;
    length += got;
    if (length == orderMaxBytes) errno = E2BIG, fail("read", "the order");
  }
  uint32_t filterBytes = 0;
  errno = EBADMSG;
  /* Without its words there is nobody to speak to: who started this has gone. */
  if (length < sizeof filterBytes) _exit(1);
  memcpy(&filterBytes, order, sizeof filterBytes);
  if (filterBytes == 0 || filterBytes % sizeof(struct sock_filter) != 0 || filterBytes > length - sizeof filterBytes ||
      order[length - 1] != 0)
    fail("read", "the order");
  filter.len = filterBytes / sizeof(struct sock_filter);
  filter.filter = malloc(filterBytes);
  if (filter.filter == NULL) fail("read", "the order");
  memcpy(filter.filter, order + sizeof filterBytes, filterBytes);
  orderEnd = order + length;
  return order + sizeof filterBytes + filterBytes;
}

static char *next(char **words) {
  char *word = *words;
  errno = EBADMSG;
  if (word >= orderEnd) fail("read", "the order");
  *words += strlen(word) + 1;
  return word;
}

static void writeFile(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  must(file, "open", path);
  must(write(file, text, strlen(text)), "write", path);
  close(file);
}

/* Every path of the sandbox is made here, by us, below a root that is ours: nobody else can put a link there. */
static void makeFolders(const char *path) {
  char part[4096];
  snprintf(part, sizeof part, "%s", path);
  for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    if (mkdir(part, 0755) < 0 && errno != EEXIST) fail("mkdir", part);
    *slash = '/';
  }
}

static void makeFolder(const char *path) {
  makeFolders(path);
  if (mkdir(path, 0755) < 0 && errno != EEXIST) fail("mkdir", path);
}

static const char oldRoot[] = "/.host";
/* What was the root before; every path of the host is looked up below it, links included. */
static int host = -1;

static void show(const char *from, const char *to, uint64_t attributes) {
  struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
  int source = syscall(SYS_openat2, host, from, &how, sizeof how);
  must(source, "find", from);
  struct stat found;
  must(fstat(source, &found), "find", from);
  if (S_ISDIR(found.st_mode)) {
    makeFolder(to);
  } else {
    makeFolders(to);
    int file = open(to, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0444);
    must(file, "make", to);
    close(file);
  }
  int tree = open_tree(source, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  must(tree, "bind", from);
  /* All that is mounted below as well, and before anything of it can be seen. */
  struct mount_attr change = {.attr_set = attributes};
  must(mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &change, sizeof change), "seal", from);
  must(move_mount(tree, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH), "bind", to);
  close(tree);
  close(source);
}

static void seal(const char *path) {
  must(mount("none", path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL), "seal", path);
}

/* An empty file takes nothing of the size, but a kilobyte of the kernel's memory. */
static const char *filesMax = "0";

static void makeTmpfs(const char *path, const char *size, const char *mode) {
  char settings[96];
  if (size == NULL) snprintf(settings, sizeof settings, "mode=%s", mode);
  else snprintf(settings, sizeof settings, "mode=%s,size=%s,nr_inodes=%s", mode, size, filesMax);
  makeFolder(path);
  must(mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, settings), "mount", path);
}

static void makeDevices(const char *path) {
  char name[64];
  makeTmpfs(path, NULL, "0755");
  const char *const nodes[] = {"null", "zero", "full", "random", "urandom", "tty"};
  for (size_t index = 0; index < sizeof nodes / sizeof *nodes; index += 1) {
    char node[32];
    snprintf(name, sizeof name, "%s/%s", path, nodes[index]);
    snprintf(node, sizeof node, "/dev/%s", nodes[index]);
    show(node, name, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
  }
  const char *const links[][2] = {{"/proc/self/fd", "fd"},   {"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"},
                                  {"/proc/self/fd/2", "stderr"}, {"/proc/kcore", "core"},  {"pts/ptmx", "ptmx"}};
  for (size_t index = 0; index < sizeof links / sizeof *links; index += 1) {
    snprintf(name, sizeof name, "%s/%s", path, links[index][1]);
    must(symlink(links[index][0], name), "link", name);
  }
  snprintf(name, sizeof name, "%s/pts", path);
  makeFolder(name);
  must(mount("devpts", name, "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620"), "mount", name);
}

/* Programs talk to themselves over it; there is nothing else in a new network namespace. */
static void bringUpLoopback(void) {
  int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq request = {.ifr_name = "lo"};
  must(any, "socket", "lo");
  must(ioctl(any, SIOCGIFFLAGS, &request), "look at", "lo");
  request.ifr_flags |= IFF_UP;
  must(ioctl(any, SIOCSIFFLAGS, &request), "bring up", "lo");
  close(any);
}

static void enterEmptyRoot(void) {
  must(mount("none", "/", NULL, MS_SLAVE | MS_REC, NULL), "detach", "/");
  /* Any folder will do, and this one is everywhere; it is not looked into. */
  must(mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755"), "mount", "the root");
  must(chdir("/tmp"), "enter", "the root");
  must(mkdir(oldRoot + 1, 0755), "mkdir", oldRoot);
  must(syscall(SYS_pivot_root, ".", oldRoot + 1), "pivot to", "the root");
  must(chdir("/"), "enter", "the root");
  host = open(oldRoot, O_PATH | O_DIRECTORY | O_CLOEXEC);
  must(host, "open", oldRoot);
}

/* The host's files are gone from here on, and what is left of ours cannot grow. */
static void leaveHost(void) {
  close(host);
  must(umount2(oldRoot, MNT_DETACH), "leave", oldRoot);
  must(rmdir(oldRoot), "leave", oldRoot);
  seal("/");
}

static const struct {
  const char *name;
  int resource;
} resources[] = {{"core", RLIMIT_CORE},   {"nofile", RLIMIT_NOFILE}, {"fsize", RLIMIT_FSIZE}, {"cpu", RLIMIT_CPU},
                 {"as", RLIMIT_AS},       {"data", RLIMIT_DATA},     {"nproc", RLIMIT_NPROC}};
enum { resourceCount = sizeof resources / sizeof *resources, wordsMax = 256 };

static struct {
  struct rlimit limits[resourceCount];
  int isLimited[resourceCount];
  char *environment[wordsMax];
  char *command[wordsMax];
} program;

static void limitProgram(const char *name, const char *soft, const char *hard) {
  for (int index = 0; index < resourceCount; index += 1) {
    if (strcmp(resources[index].name, name) != 0) continue;
    program.limits[index] = (struct rlimit){.rlim_cur = strtoull(soft, NULL, 10), .rlim_max = strtoull(hard, NULL, 10)};
    program.isLimited[index] = 1;
    return;
  }
  errno = EINVAL;
  fail("limit", name);
}

/* "NAME=value" of two words that lie one behind the other, without copying them. */
static char *joinWords(char *name, char *value) {
  value[-1] = '=';
  return name;
}

/* What these ask for is always done. */
static const char *const implied[] = {"--unshare-user", "--unshare-pid", "--unshare-net",     "--unshare-ipc",
                                      "--unshare-uts",  "--new-session", "--unshare-cgroup-try", "--die-with-parent",
                                      "--as-pid-1",     "--clearenv"};

static int isImplied(const char *word) {
  for (size_t index = 0; index < sizeof implied / sizeof *implied; index += 1)
    if (strcmp(word, implied[index]) == 0) return 1;
  return 0;
}

static void carryOut(char *words) {
  const char *size = NULL;
  size_t environment = 0, command = 0;
  for (;;) {
    char *word = next(&words);
    if (isImplied(word)) continue;
    if (strcmp(word, "--") == 0) break;
    if (strcmp(word, "--disable-userns") == 0) {
      char path[64];
      snprintf(path, sizeof path, "%s/proc/sys/user/max_user_namespaces", oldRoot);
      /* Of this user namespace; who could raise it again would need a capability in it, which nobody here gets. */
      writeFile(path, "0");
      continue;
    }
    char *first = next(&words);
    if (strcmp(word, "--uid") == 0 || strcmp(word, "--gid") == 0 || strcmp(word, "--cap-drop") == 0) continue;
    if (strcmp(word, "--hostname") == 0) {
      must(sethostname(first, strlen(first)), "name", first);
    } else if (strcmp(word, "--files") == 0) {
      filesMax = first;
    } else if (strcmp(word, "--size") == 0) {
      size = first;
    } else if (strcmp(word, "--tmpfs") == 0) {
      makeTmpfs(first, size, "0755");
      size = NULL;
    } else if (strcmp(word, "--remount-ro") == 0) {
      /* The root is sealed last, whenever it is asked for. */
      if (strcmp(first, "/") != 0) seal(first);
    } else if (strcmp(word, "--proc") == 0) {
      makeFolder(first);
      must(mount("proc", first, "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL), "mount", first);
    } else if (strcmp(word, "--dev") == 0) {
      makeDevices(first);
    } else if (strcmp(word, "--dir") == 0) {
      makeFolder(first);
    } else if (strcmp(word, "--chdir") == 0) {
      static char folder[4096];
      must(chdir(first), "enter", first);
      snprintf(folder, sizeof folder, "PWD=%s", first);
      if (environment < wordsMax - 1) program.environment[environment++] = folder;
    } else {
      char *second = next(&words);
      if (strcmp(word, "--ro-bind") == 0) {
        show(first, second, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
      } else if (strcmp(word, "--symlink") == 0) {
        makeFolders(second);
        must(symlink(first, second), "link", second);
      } else if (strcmp(word, "--setenv") == 0 && environment < wordsMax - 1) {
        program.environment[environment++] = joinWords(first, second);
      } else if (strcmp(word, "--rlimit") == 0) {
        limitProgram(first, second, next(&words));
      } else {
        errno = EINVAL;
        fail("understand", word);
      }
    }
  }
  while (words < orderEnd && command < wordsMax - 1) program.command[command++] = next(&words);
  errno = EINVAL;
  if (command == 0 || words < orderEnd) fail("understand", "the command");
  leaveHost();
}

/* Nothing that this process does from here on, or its children, has a privilege in any namespace. */
static void dropPrivileges(void) {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability += 1)
    must(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "drop", "a capability");
  must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "drop", "ambient capabilities");
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
  must(syscall(SYS_capset, &header, none), "drop", "capabilities");
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "refuse", "new privileges");
  /* The program runs as the same user: nobody reads or writes this memory, or opens its descriptors. */
  must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "close", "memory");
  must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0), "filter", "system calls");
}

static _Noreturn void become(int input, const sigset_t *mask) {
  for (int index = 0; index < resourceCount; index += 1)
    if (program.isLimited[index]) must(setrlimit(resources[index].resource, &program.limits[index]), "limit", resources[index].name);
  must(dup2(input, 0), "connect", "input");
  must(dup2(agent, job), "connect", "the job");
  must(dup2(agent, report), "connect", "the report");
  must(close_range(control, job - 1, CLOSE_RANGE_CLOEXEC), "close", "descriptors");
  must(close_range(report + 1, ~0U, 0), "close", "descriptors");
  must(sigprocmask(SIG_SETMASK, mask, NULL), "restore", "signals");
  execve(program.command[0], program.command, program.environment);
  dprintf(2, "%s: %s\n", program.command[0], strerror(errno));
  _exit(errno == ENOENT ? 127 : 126);
}

static void sayEnd(const siginfo_t *end) {
  struct rusage own, others;
  getrusage(RUSAGE_SELF, &own);
  getrusage(RUSAGE_CHILDREN, &others);
  char text[256];
  const struct rusage *const uses[] = {&own, &others};
  int length = snprintf(text, sizeof text, "%s %d\n", end->si_code == CLD_EXITED ? "exited" : "killed", end->si_status);
  for (int index = 0; index < 2; index += 1) {
    const struct timeval user = uses[index]->ru_utime, system = uses[index]->ru_stime;
    length += snprintf(text + length, sizeof text - length, "%ldm%ld.%06lds %ldm%ld.%06lds\n", (long)user.tv_sec / 60,
                       (long)user.tv_sec % 60, (long)user.tv_usec, (long)system.tv_sec / 60, (long)system.tv_sec % 60,
                       (long)system.tv_usec);
  }
  say(text);
}

/* Reaps whatever has ended; true when the program has. */
static int reap(pid_t child, siginfo_t *end) {
  siginfo_t found;
  for (;;) {
    found.si_pid = 0;
    if (waitid(P_ALL, 0, &found, WEXITED | WNOHANG) < 0 || found.si_pid == 0) return 0;
    if (found.si_pid == child) {
      *end = found;
      return 1;
    }
  }
}

/*
 * Passes input on until the program ends. The program gets a pipe, because it cannot open a socket again as /dev/stdin;
 * nothing is read ahead of what the pipe holds.
 */
static void watch(pid_t child, int signals, int pipeIn, siginfo_t *end) {
  int isFull = 0;
  for (;;) {
    struct pollfd waits[] = {
        {.fd = signals, .events = POLLIN},
        {.fd = pipeIn < 0 || isFull ? -1 : 0, .events = POLLIN},
        {.fd = pipeIn, .events = isFull ? POLLOUT : 0},
    };
    if (poll(waits, 3, -1) < 0 && errno != EINTR) fail("wait for", "the program");
    if (waits[0].revents != 0) {
      struct signalfd_siginfo told;
      while (read(signals, &told, sizeof told) > 0) {
      }
      if (reap(child, end)) return;
    }
    if (waits[2].revents & POLLERR) {
      /* Nobody can read it any more; whoever writes is told so. */
      close(pipeIn);
      shutdown(0, SHUT_RD);
      close(0);
      pipeIn = -1;
    }
    if (pipeIn < 0) continue;
    if (waits[2].revents & POLLOUT) isFull = 0;
    if (waits[1].revents == 0 && !(waits[2].revents & POLLOUT)) continue;
    ssize_t moved = splice(0, NULL, pipeIn, NULL, 1 << 16, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (moved > 0 || (moved < 0 && errno == EINTR)) continue;
    if (moved < 0 && errno == EAGAIN) {
      struct pollfd room = {.fd = pipeIn, .events = POLLOUT};
      isFull = poll(&room, 1, 0) == 0;
      continue;
    }
    close(pipeIn);
    pipeIn = -1;
  }
}

static _Noreturn void beInit(char *words, int outer) {
  must(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "follow", "the outer process");
  must(prctl(PR_SET_NAME, "init", 0, 0, 0), "name", "itself");
  struct pollfd gone = {.fd = outer, .events = POLLIN};
  /* It may have ended before it was followed. */
  if (poll(&gone, 1, 0) != 0) _exit(1);
  close(outer);
  mode_t mask = umask(0);
  enterEmptyRoot();
  bringUpLoopback();
  carryOut(words);
  umask(mask);
  must(setsid(), "begin", "a session");
  dropPrivileges();

  sigset_t all, before;
  sigfillset(&all);
  must(sigprocmask(SIG_BLOCK, &all, &before), "hold", "signals");
  int signals = signalfd(-1, &all, SFD_NONBLOCK | SFD_CLOEXEC);
  int input[2];
  must(signals, "hold", "signals");
  must(pipe2(input, O_CLOEXEC), "make", "a pipe");
  say("started\n");
  pid_t child = fork();
  must(child, "start", "the program");
  if (child == 0) become(input[0], &before);
  close(input[0]);
  close(1);
  close(2);
  close(agent);
  siginfo_t end;
  watch(child, signals, input[1], &end);
  sayEnd(&end);
  _exit(end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status);
}

static void mapUser(const char *path, unsigned id) {
  char line[64];
  snprintf(line, sizeof line, "1000 %u 1", id);
  writeFile(path, line);
}

/* One sandbox, from its outermost process, which is an ordinary one of the host, of that user. */
static _Noreturn void beSandbox(const char *request, pid_t server) {
  const unsigned user = strtoul(request, NULL, 10);
  for (const char *group = request + strlen(request) + 1; *group != 0; group += strlen(group) + 1) writeFile(group, "0");
  if (geteuid() == 0) {
    must(setgroups(0, NULL), "leave", "groups");
    must(setresgid(user, user, user), "become", "the group");
    must(setresuid(user, user, user), "become", "the user");
  }
  errno = EPERM;
  /* With the host's root behind it this would be no wall. */
  if (getuid() == 0 || geteuid() == 0 || getegid() == 0) fail("refuse to be", "root");
  must(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "follow", "the server");
  if (getppid() != server) _exit(1);
  must(prctl(PR_SET_NAME, "sandbox", 0, 0, 0), "name", "itself");
  /* Whoever changes its user may not write its own maps otherwise; there is nothing in this memory to be read. */
  must(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "open", "memory");
  char *words = readOrder();
  int self = syscall(SYS_pidfd_open, getpid(), 0);
  must(self, "look at", "itself");
  unsigned uid = getuid(), gid = getgid();
  const int namespaces =
      CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  pid_t child = syscall(SYS_clone, namespaces | SIGCHLD, NULL, NULL, NULL, NULL);
  must(child, "make", "namespaces");
  if (child == 0) {
    writeFile("/proc/self/setgroups", "deny");
    mapUser("/proc/self/uid_map", uid);
    mapUser("/proc/self/gid_map", gid);
    beInit(words, self);
  }
  /* It only waits, and holds nothing that others wait for the end of. */
  close_range(0, ~0U, 0);
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

enum { connections = 5 };

/* The server takes connections in the order in which they are made, so nothing needs to be said on them. */
static void startSandbox(const char *request, const char *path, const sigset_t *mask) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int ends[connections];
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  for (int index = 0; index < connections; index += 1) {
    ends[index] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* What is half connected would be taken for another's; the server starts another of us. */
    if (ends[index] <= agent || connect(ends[index], (struct sockaddr *)&address, sizeof address) < 0) _exit(1);
  }
  pid_t self = getpid(), child = fork();
  if (child == 0) {
    for (int index = 0; index < connections; index += 1) dup2(ends[index], index);
    close_range(connections, ~0U, 0);
    sigprocmask(SIG_SETMASK, mask, NULL);
    beSandbox(request, self);
  }
  dprintf(control, "started %d\n", child < 0 ? 0 : child);
  for (int index = 0; index < connections; index += 1) close(ends[index]);
}

int main(int count, char **arguments) {
  static char path[sizeof ((struct sockaddr_un *)0)->sun_path];
  errno = EINVAL;
  if (count != 2 || strlen(arguments[1]) >= sizeof path) fail("understand", "arguments");
  strcpy(path, arguments[1]);
  /* Everybody in a sandbox can read what its init was started with; the host's paths are not theirs to know. */
  memset(arguments[0], 0, arguments[1] + strlen(arguments[1]) - arguments[0]);
  must(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "follow", "the server");
  close_range(control + 1, ~0U, 0);
  sigset_t children, before;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  must(sigprocmask(SIG_BLOCK, &children, &before), "hold", "signals");
  int signals = signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC);
  must(signals, "hold", "signals");
  static char asked[1 << 13];
  static const char requestEnd[2];
  size_t length = 0;
  for (;;) {
    struct pollfd waits[] = {{.fd = control, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    if (poll(waits, 2, -1) < 0 && errno != EINTR) return 1;
    if (waits[1].revents != 0) {
      struct signalfd_siginfo told;
      while (read(signals, &told, sizeof told) > 0) {
      }
      int status;
      for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;)
        dprintf(control, "ended %d %d\n", ended, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
    if (waits[0].revents == 0) continue;
    ssize_t got = read(control, asked + length, sizeof asked - length);
    if (got <= 0) return 0;
    length += got;
    for (char *end; (end = memmem(asked, length, requestEnd, sizeof requestEnd)) != NULL;) {
      startSandbox(asked, path, &before);
      end += sizeof requestEnd;
      length -= end - asked;
      memmove(asked, end, length);
    }
  }
}
