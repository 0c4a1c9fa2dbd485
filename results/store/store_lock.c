/* Open file description locks (fcntl(2), F_OFD_SETLK): unlike POSIX record locks, which SQLite has on the
 * same file, they are not lost when another opening of the file is closed. The byte of a lock is a hash of
 * its name; two units on one byte would wait for each other, no more. */
#include "results/store/store_lock.h"

#include "sim/base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int store_lock_open(const char *path)
{
    return open(path, O_RDWR | O_CLOEXEC);
}

/* In the upper half of what a file can have, where SQLite has neither pages nor locks. */
static off_t byte_of(const LockName *name)
{
    const StreamKey unit = {
        .setting = name->setting, .world = (uint32_t)name->world, .replicate = (uint32_t)name->replicate};
    const StreamKey experiment = {.seed = stream_hash(&unit, name->estimator), .setting = name->experiment};
    return (off_t)((uint64_t)1 << 62 | stream_hash(&experiment, "lock") >> 2);
}

/* Whether the kernel grants it, or has no such locks. */
static bool request(int file, const LockName *name, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte_of(name), .l_len = 1};
    return file < 0 || fcntl(file, F_OFD_SETLK, &lock) == 0 || (errno != EAGAIN && errno != EACCES);
}

bool store_lock_alone(int file, const LockName *name)
{
    return request(file, name, F_WRLCK);
}

void store_lock_shared(int file, const LockName *name)
{
    (void)request(file, name, F_RDLCK);
}

bool store_lock_elsewhere(int file, const LockName *name)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte_of(name), .l_len = 1};
    return file >= 0 && fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

void store_lock_release(int file, const LockName *name)
{
    (void)request(file, name, F_UNLCK);
}
