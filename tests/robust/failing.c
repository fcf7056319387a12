/* Preloaded: the write to a regular file that FAILING_FIRST counts, and all after it if
   FAILING_ALL is set, fails with the error number FAILING_ERRNO. Counts in one process. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int count;

static int fails(int fd) {
    const char *first = getenv("FAILING_FIRST"), *number = getenv("FAILING_ERRNO");
    struct stat found;
    if (!first || !number || fstat(fd, &found) || !S_ISREG(found.st_mode)) return 0;
    int at = __sync_add_and_fetch(&count, 1);
    if (at != atoi(first) && !(getenv("FAILING_ALL") && at > atoi(first))) return 0;
    errno = atoi(number);
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t size) {
    return fails(fd) ? -1 : REAL(write)(fd, data, size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    return fails(fd) ? -1 : REAL(pwrite)(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    return fails(fd) ? -1 : REAL(pwrite64)(fd, data, size, at);
}
ssize_t writev(int fd, const struct iovec *parts, int number) {
    return fails(fd) ? -1 : REAL(writev)(fd, parts, number);
}
int ftruncate64(int fd, off64_t size) {
    return fails(fd) ? -1 : REAL(ftruncate64)(fd, size);
}
int fsync(int fd) { return fails(fd) ? -1 : REAL(fsync)(fd); }
