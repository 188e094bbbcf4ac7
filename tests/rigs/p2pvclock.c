/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pvclock.c: takes the place of libc's gettimeofday() and of the getrandom
 * system call in the program it is linked into.
 *
 * usrsctp's shared library reads the time through gettimeofday() only and
 * randomness through syscall(); a definition in the executable comes before
 * libc's in the search order of the dynamic linker. Everybody else keeps
 * working: other system calls are passed on. Thread: usrsctp's iterator
 * thread may read the time while the owner sets it, hence the atomics.
 */
#define _GNU_SOURCE
#include "p2pvclock.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define EPOCH_S 1700000000      /* any date: usrsctp uses differences only */

static _Atomic int64_t clock_us = -1;   /* -1 = the real clock */
static _Atomic bool seeded;
static uint64_t random_state;

uint64_t
p2p_vclock_random (uint64_t * state)
{
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

void
p2p_vclock_set (int64_t now_us)
{
  clock_us = now_us;
}

void
p2p_vclock_seed (uint64_t seed)
{
  random_state = seed;
  seeded = true;
}

__attribute__((visibility ("default")))
     int gettimeofday (struct timeval *restrict tv, void *restrict tz)
{
  int64_t now = clock_us;
  struct timespec ts;

  if (now >= 0) {
    tv->tv_sec = EPOCH_S + now / 1000000;
    tv->tv_usec = now % 1000000;
    return 0;
  }
  clock_gettime (CLOCK_REALTIME, &ts);
  tv->tv_sec = ts.tv_sec;
  tv->tv_usec = ts.tv_nsec / 1000;
  return 0;
}

static long
fill_random (uint8_t * out, size_t len)
{
  for (size_t i = 0; i < len; i++)
    out[i] = (uint8_t) p2p_vclock_random (&random_state);
  return (long) len;
}

__attribute__((visibility ("default")))
     long syscall (long number, ...)
{
  static long (*real) (long, ...);
  va_list ap;
  long a[6];

  va_start (ap, number);
  for (int i = 0; i < 6; i++)
    a[i] = va_arg (ap, long);
  va_end (ap);
  if (number == SYS_getrandom && seeded)
    return fill_random ((uint8_t *) a[0], (size_t) a[1]);
  if (!real)
    real = (long (*)(long, ...)) dlsym (RTLD_NEXT, "syscall");
  return real (number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
