/*
 * Preloaded into a server, this makes its wall clock one that can be set: what the server reads of it is off by as many
 * milliseconds as an int at the start of the file says whose path is in ORMUTEX_WALL_CLOCK. The file stays mapped, so
 * that a clock costs nothing to read and jumps at once. The monotonic clock stays right, as it does when an operator sets
 * the time.
 *
 * libfaketime would not do: with the monotonic clock left alone, it ends every timed wait by that clock at once, and
 * InnoDB in MySQL, which waits so, then never rests.
 *
 * No header is included, since there may be none: the types are those of Linux with 64 bits.
 */

typedef char only_where_a_long_has_64_bits[sizeof(long) == 8 ? 1 : -1];

struct timespec { long tv_sec; long tv_nsec; };
struct timeval { long tv_sec; long tv_usec; };

extern void *dlsym(void *handle, const char *name);
extern char *getenv(const char *name);
extern int open(const char *path, int flags, ...);
extern void *mmap(void *address, unsigned long length, int protection, int flags, int file, long offset);
extern void abort(void);

#define RTLD_NEXT ((void *) -1L)
#define O_RDONLY 0
#define PROT_READ 1
#define MAP_SHARED 1
#define MAP_FAILED ((void *) -1L)

#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_REALTIME_COARSE 5

/* September 2001: by the wall clock every deadline is later, by the monotonic clock, which starts with the system, none. */
#define FIRST_WALL_SECOND 1000000000L

static int (*real_gettime)(int clock, struct timespec *now);
static int (*real_clockwait)(void *condition, void *mutex, int clock, const struct timespec *deadline);
static volatile int *offset_ms;

static void *found(const char *name)
{
  void *function = dlsym(RTLD_NEXT, name);
  if (!function) abort();
  return function;
}

/* Two threads that come here at once do the same, and what the first has done goes on to hold. */
static void prepare(void)
{
  const char *path = getenv("ORMUTEX_WALL_CLOCK");
  void *mapped = MAP_FAILED;
  if (path) mapped = mmap(0, sizeof(int), PROT_READ, MAP_SHARED, open(path, O_RDONLY), 0);
  if (mapped == MAP_FAILED) abort();
  real_gettime = found("clock_gettime");
  real_clockwait = found("pthread_cond_clockwait");
  offset_ms = mapped;
}

static void shift(struct timespec *time, long ms)
{
  time->tv_sec += ms / 1000;
  time->tv_nsec += ms % 1000 * 1000000;
  if (time->tv_nsec < 0) {
    time->tv_sec -= 1;
    time->tv_nsec += 1000000000;
  } else if (time->tv_nsec >= 1000000000) {
    time->tv_sec += 1;
    time->tv_nsec -= 1000000000;
  }
}

int clock_gettime(int clock, struct timespec *now)
{
  int result;
  if (!offset_ms) prepare();
  result = real_gettime(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) shift(now, *offset_ms);
  return result;
}

int gettimeofday(struct timeval *now, void *zone)
{
  struct timespec precise;
  (void) zone;
  clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

long time(long *seconds)
{
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME_COARSE, &precise);
  if (seconds) *seconds = precise.tv_sec;
  return precise.tv_sec;
}

int pthread_cond_clockwait(void *condition, void *mutex, int clock, const struct timespec *deadline)
{
  struct timespec real = *deadline;
  if (!offset_ms) prepare();
  if (clock == CLOCK_REALTIME) shift(&real, -(long) *offset_ms);
  return real_clockwait(condition, mutex, clock, &real);
}

/* The clock is the condition's, which cannot be asked for. */
int pthread_cond_timedwait(void *condition, void *mutex, const struct timespec *deadline)
{
  int clock = deadline->tv_sec < FIRST_WALL_SECOND ? CLOCK_MONOTONIC : CLOCK_REALTIME;
  return pthread_cond_clockwait(condition, mutex, clock, deadline);
}
