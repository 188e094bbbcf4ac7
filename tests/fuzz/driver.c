/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* driver.c: runs a libFuzzer-style target without libFuzzer.
 *
 *   fuzz-x [--runs N] [--seconds S] [--seed N] [--max-len N] FILE ...
 *   fuzz-x --replay FILE
 *
 * FILE is a seed: the "hex" strings of a .json (tests/vectors), or raw bytes.
 * First every seed and every truncation of it, then N mutations of the corpus
 * drawn from a seeded generator: the same arguments give the same inputs. The
 * seconds are only an upper bound for slow machines. Each input ends at a page
 * that can't be read, so that reading past the end dies without a sanitizer.
 * What kills the target is written to crash-NAME.bin for --replay.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../../gst/p2p/core/base/p2prandom.h"

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);
/* Optional in a target. */
__attribute__((weak))
     int
     LLVMFuzzerInitialize (int *argc, char ***argv);

#define MAX_SEEDS 4096
#define MAX_FILE (8 * 1024 * 1024)

     typedef struct
     {
       uint8_t *
           data;
       size_t
           len;
     } Seed;

     static
         Seed
         seeds[MAX_SEEDS];
     static unsigned
         n_seeds;
     static size_t
         max_len = 20 * 1024;
     static
         uint64_t
         n_inputs;

     static const char *
         program;
     static uint8_t *
         guarded;               /* max_len bytes, then a page without access */
     static const uint8_t *
         current;
     static size_t
         current_len;

     static void
     die (const char *what, const char *which)
{
  fprintf (stderr, "%s: %s %s\n", program, what, which);
  exit (2);
}

/* ---- corpus ---- */

static void
add_seed (const uint8_t * data, size_t len)
{
  Seed *seed = &seeds[n_seeds];

  if (n_seeds == MAX_SEEDS || len > max_len)
    return;
  seed->data = malloc (len + 1);
  if (seed->data == NULL)
    die ("no memory for", "a seed");
  memcpy (seed->data, data, len);
  seed->len = len;
  n_seeds++;
}

static int
nibble (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return -1;
}

/* Every "hex": "..." of the text; no more of JSON is understood or needed. */
static void
add_hex_strings (const char *text)
{
  static const char mark[] = "\"hex\"";
  uint8_t *out = malloc (strlen (text) / 2 + 1);

  if (out == NULL)
    die ("no memory for", "a corpus file");
  while ((text = strstr (text, mark)) != NULL) {
    size_t n = 0;

    text += strlen (mark);
    text += strspn (text, ": \t\n\"");
    for (; nibble (text[0]) >= 0 && nibble (text[1]) >= 0; text += 2)
      out[n++] = (uint8_t) (nibble (text[0]) << 4 | nibble (text[1]));
    add_seed (out, n);
  }
  free (out);
}

static char *
read_file (const char *path, size_t *len)
{
  FILE *f = fopen (path, "rb");
  char *data = malloc (MAX_FILE + 1);

  if (f == NULL || data == NULL)
    die ("can't read", path);
  *len = fread (data, 1, MAX_FILE, f);
  data[*len] = '\0';
  fclose (f);
  return data;
}

static void
add_file (const char *path)
{
  size_t len, name_len = strlen (path);
  char *data = read_file (path, &len);

  if (name_len > 5 && strcmp (path + name_len - 5, ".json") == 0)
    add_hex_strings (data);
  else
    add_seed ((const uint8_t *) data, len);
  free (data);
}

/* ---- running ---- */

static void
on_crash (int sig)
{
  static const char what[] = "\nthis input is in ";
  char path[256] = "crash-";
  const char *base = strrchr (program, '/');
  int fd;

  strncat (path, base ? base + 1 : program, sizeof (path) - 16);
  strcat (path, ".bin");
  fd = open (path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd >= 0 && write (fd, current, current_len) >= 0
      && write (2, what, sizeof (what) - 1) > 0
      && write (2, path, strlen (path)) > 0 && write (2, "\n", 1) > 0)
    close (fd);
  signal (sig, SIG_DFL);
  raise (sig);
}

static void
make_guarded (void)
{
  size_t page = (size_t) sysconf (_SC_PAGESIZE);
  size_t room = (max_len + page - 1) / page * page;
  uint8_t *map = mmap (NULL, room + page, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (map == MAP_FAILED || mprotect (map + room, page, PROT_NONE) != 0)
    die ("can't map", "a guard page");
  guarded = map + room;
}

static void
run (const uint8_t * data, size_t len)
{
  uint8_t *place = guarded - len;

  memcpy (place, data, len);
  current = place;
  current_len = len;
  n_inputs++;
  LLVMFuzzerTestOneInput (place, len);
}

static void
run_truncations (void)
{
  unsigned i;
  size_t len;

  for (i = 0; i < n_seeds; i++) {
    /* every length of what is small, the first and last 600 of the others */
    for (len = 0; len <= seeds[i].len; len++) {
      if (len == 600 && seeds[i].len > 1200)
        len = seeds[i].len - 600;
      run (seeds[i].data, len);
    }
  }
}

/* ---- mutations ---- */

static size_t
insert (uint8_t * buf, size_t len, size_t at, const uint8_t * what, size_t n)
{
  if (n > max_len - len)
    n = max_len - len;
  memmove (buf + at + n, buf + at, len - at);
  memmove (buf + at, what, n);
  return len + n;
}

static size_t
remove_some (uint8_t * buf, size_t len, size_t at, size_t n)
{
  if (n > len - at)
    n = len - at;
  memmove (buf + at, buf + at + n, len - at - n);
  return len - n;
}

static void
put_number (uint8_t * buf, size_t len, size_t at, P2pRandom * random)
{
  static const uint64_t interesting[] = {
    0, 1, 2, 7, 8, 15, 16, 17, 63, 64, 127, 128, 255, 256, 1024, 4095, 16383,
    16384, 32767, 32768, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff,
    UINT64_C (0x7fffffffffffffff), UINT64_C (0x8000000000000000),
    UINT64_MAX
  };
  uint64_t v = interesting[p2p_random_range (random,
          sizeof (interesting) / sizeof (interesting[0]))];
  unsigned size = 1u << p2p_random_range (random, 4), i;

  v += (uint64_t) p2p_random_between (random, -1, 1);
  for (i = 0; i < size && at + i < len; i++)
    buf[at + i] = (uint8_t) (v >> (8 * (size - 1 - i)));
}

static size_t
mutate_once (uint8_t * buf, size_t len, P2pRandom * random)
{
  uint8_t fresh[16];
  const Seed *other;
  size_t at = p2p_random_range (random, (uint32_t) len), from, n;
  unsigned i;

  switch (p2p_random_range (random, 8)) {
    case 0:                    /* one bit */
      if (len > 0)
        buf[at] ^= (uint8_t) (1u << p2p_random_range (random, 8));
      return len;
    case 1:                    /* one byte */
      if (len > 0)
        buf[at] = (uint8_t) p2p_random_u32 (random);
      return len;
    case 2:
    case 3:                    /* a number at the edge of something */
      put_number (buf, len, at, random);
      return len;
    case 4:                    /* random bytes put in */
      for (i = 0; i < sizeof (fresh); i++)
        fresh[i] = (uint8_t) p2p_random_u32 (random);
      return insert (buf, len, at, fresh,
          1 + p2p_random_range (random, sizeof (fresh)));
    case 5:                    /* some taken out */
      return remove_some (buf, len, at, 1 + p2p_random_range (random, 64));
    case 6:                    /* cut */
      return at;
    default:                   /* a piece of another seed put in */
      other = &seeds[p2p_random_range (random, n_seeds)];
      from = p2p_random_range (random, (uint32_t) other->len);
      n = p2p_random_range (random, (uint32_t) (other->len - from) + 1);
      return insert (buf, len, at, other->data + from, n);
  }
}

static void
run_mutations (uint64_t runs, unsigned seconds, uint64_t random_seed)
{
  uint8_t *buf = malloc (max_len + 1);
  time_t end = time (NULL) + (time_t) seconds;
  P2pRandom random;
  uint64_t i;

  if (buf == NULL)
    die ("no memory for", "an input");
  p2p_random_init (&random, random_seed);
  for (i = 0; i < runs; i++) {
    const Seed *seed = &seeds[p2p_random_range (&random, n_seeds)];
    size_t len = seed->len;
    unsigned n = 1u << p2p_random_range (&random, 4);

    if (i % 256 == 0 && seconds > 0 && time (NULL) >= end) {
      printf ("stopped by the clock after %llu mutations\n",
          (unsigned long long) i);
      break;
    }
    memcpy (buf, seed->data, len);
    while (n-- > 0)
      len = mutate_once (buf, len, &random);
    run (buf, len);
  }
  free (buf);
}

static void
watch_for_crashes (void)
{
  static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };
  unsigned i;

  for (i = 0; i < sizeof (signals) / sizeof (signals[0]); i++)
    signal (signals[i], on_crash);
}

int
main (int argc, char **argv)
{
  uint64_t runs = 100000, random_seed = 1;
  unsigned seconds = 0;
  int i, replay = 0;

  program = argv[0];
  if (LLVMFuzzerInitialize)
    LLVMFuzzerInitialize (&argc, &argv);
  for (i = 1; i < argc && strncmp (argv[i], "--", 2) == 0; i++) {
    if (strcmp (argv[i], "--replay") == 0) {
      replay = 1;
      continue;
    }
    if (i + 1 == argc)
      die ("no value after", argv[i]);
    if (strcmp (argv[i], "--runs") == 0)
      runs = strtoull (argv[++i], NULL, 10);
    else if (strcmp (argv[i], "--seconds") == 0)
      seconds = (unsigned) strtoul (argv[++i], NULL, 10);
    else if (strcmp (argv[i], "--seed") == 0)
      random_seed = strtoull (argv[++i], NULL, 10);
    else if (strcmp (argv[i], "--max-len") == 0)
      max_len = (size_t) strtoull (argv[++i], NULL, 10);
    else
      die ("unknown option", argv[i]);
  }
  make_guarded ();
  for (; i < argc; i++)
    add_file (argv[i]);
  if (n_seeds == 0)
    die ("no seeds:", "name files of the corpus");
  watch_for_crashes ();
  run_truncations ();
  if (!replay)
    run_mutations (runs, seconds, random_seed);
  printf ("%u seeds, %llu inputs, none broke it\n", n_seeds,
      (unsigned long long) n_inputs);
  return 0;
}
