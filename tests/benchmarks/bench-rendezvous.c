/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* bench-rendezvous.c: what a join costs the rendezvous server.
 *
 * Starts p2p-tracker as a child, joins N peers at a fixed rate over plain
 * sockets (a hand-made WebSocket client on one epoll, so that the loader costs
 * little), answers every offer, and reads the child's CPU time and memory from
 * /proc. A join = connect, upgrade, announce with 5 offers of 0.9 KB, all
 * introductions of it and their answers. Prints a table; with --json FILE the
 * figures are written there, too.
 *
 * A virtual machine counts time that it was not given as the process's, so a
 * busy host makes the mean arbitrary. The CPU clock is therefore read after
 * every 10 joins: the median of these is what a join costs, the worst and the
 * stolen share of the time tell how much the rest is worth.
 *
 * Usage: bench-rendezvous [P2P-TRACKER] [--peers N] [--rate N] [--offers N]
 *            [--json FILE]
 * Without a program: $P2P_BUILD/tools/p2p-tracker.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_PEERS 20000
#define BUFFER 65536
#define SDP_BYTES 900
#define SETTLE_MS 1500          /* after the last join, before memory is read */

typedef enum
{ CONNECTING, UPGRADING, OPEN } State;

typedef struct
{
  int fd;
  State state;
  char *in;                     /* what has come and is not a whole frame yet */
  size_t in_len;
  int64_t started_us, announced_us;
  bool replied, answered;
} Peer;

static int peers = 1000, rate = 50, offers = 5;
static const char *json;
#define BATCH 10                /* joins of one reading of the CPU clock */
static double batches[MAX_PEERS / BATCH];
static int n_batches;
static Peer *all;
static int epoll_fd, n_open, n_answers, n_offers;
static double *to_reply, *to_answer, *to_announced;
static int n_reply, n_answer, n_announced;
static char sdp[SDP_BYTES * 2];

static void
die (const char *what)
{
  perror (what);
  exit (1);
}

static int64_t
now_us (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void
make_sdp (void)
{
  size_t n = 0;
  int i = 0;

  n += snprintf (sdp, sizeof sdp, "v=0\\r\\no=- 1 2 IN IP4 127.0.0.1\\r\\ns=-"
      "\\r\\nt=0 0\\r\\na=x-p2p:v=1;role=r;cap=16;free=8;lat=300\\r\\n"
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\\r\\n");
  while (n < SDP_BYTES)
    n += snprintf (sdp + n, sizeof sdp - n,
        "a=candidate:%d 1 UDP 2130706431 192.0.2.%d 50000 typ host\\r\\n", i,
        i), i++;
}

/* ---- WebSocket by hand ---- */

static void
send_all (int fd, const void *data, size_t len)
{
  const char *bytes = data;

  while (len > 0) {
    ssize_t n = send (fd, bytes, len, MSG_NOSIGNAL);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      continue;
    if (n <= 0)
      die ("send");
    bytes += n;
    len -= n;
  }
}

/* The mask is 0: allowed, and the text need not be changed. */
static void
send_text (int fd, const char *text, size_t len)
{
  static char frame[BUFFER];
  size_t n = 0;

  frame[n++] = (char) 0x81;
  if (len < 126) {
    frame[n++] = (char) (0x80 | len);
  } else {
    frame[n++] = (char) (0x80 | 126);
    frame[n++] = (char) (len >> 8);
    frame[n++] = (char) len;
  }
  memset (frame + n, 0, 4);
  n += 4;
  memcpy (frame + n, text, len);
  send_all (fd, frame, n + len);
}

static void
announce (Peer * p)
{
  static char text[BUFFER];
  int id = (int) (p - all);
  size_t n;

  n = snprintf (text, sizeof text, "{\"action\":\"announce\",\"info_hash\":"
      "\"benchbenchbenchbench\",\"peer_id\":\"-GP0100-%012d\",\"numwant\":%d,"
      "\"uploaded\":0,\"downloaded\":0,\"left\":%d,\"event\":\"started\","
      "\"p2p\":1,\"offers\":[", id, offers, id > 0);
  for (int i = 0; i < offers; i++)
    n += snprintf (text + n, sizeof text - n, "%s{\"offer\":{\"type\":"
        "\"offer\",\"sdp\":\"%s\"},\"offer_id\":\"%010d%010d\"}",
        i ? "," : "", sdp, id, i);
  n += snprintf (text + n, sizeof text - n, "]}");
  p->announced_us = now_us ();
  send_text (p->fd, text, n);
}

static void
answer (Peer * p, const char *message)
{
  static char text[BUFFER];
  const char *from = strstr (message, "\"peer_id\":\"");
  const char *offer = strstr (message, "\"offer_id\":\"");
  size_t n;

  if (from == NULL || offer == NULL) {
    fprintf (stderr, "an offer without ids\n");
    exit (1);
  }
  n = snprintf (text, sizeof text, "{\"action\":\"announce\",\"info_hash\":"
      "\"benchbenchbenchbench\",\"peer_id\":\"-GP0100-%012d\",\"to_peer_id\":"
      "\"%.20s\",\"offer_id\":\"%.20s\",\"answer\":{\"type\":\"answer\","
      "\"sdp\":\"%s\"}}", (int) (p - all), from + 11, offer + 12, sdp);
  send_text (p->fd, text, n);
  n_offers++;
}

static void
heard (Peer * p, const char *message)
{
  double ms = (now_us () - p->announced_us) / 1000.0;

  if (strstr (message, "\"offer\":{")) {
    answer (p, message);
  } else if (strstr (message, "\"answer\":{")) {
    n_answers++;
    if (!p->answered)
      to_answer[n_answer++] = ms;
    p->answered = true;
  } else if (strstr (message, "\"interval\":") && !p->replied) {
    p->replied = true;
    to_reply[n_reply++] = ms;
    to_announced[n_announced++] = (now_us () - p->started_us) / 1000.0;
  } else {
    fprintf (stderr, "unexpected: %.200s\n", message);
    exit (1);
  }
}

/* Takes whole frames off the front; the server does not mask. */
static void
take_frames (Peer * p)
{
  for (;;) {
    const uint8_t *b = (const uint8_t *) p->in;
    size_t head = 2, len;
    int opcode;

    if (p->in_len < 2)
      return;
    opcode = b[0] & 15;
    len = b[1] & 127;
    if (len == 126) {
      if (p->in_len < 4)
        return;
      head = 4;
      len = b[2] << 8 | b[3];
    }
    if (p->in_len < head + len)
      return;
    if (opcode == 1) {
      char keep = p->in[head + len];

      p->in[head + len] = '\0';
      heard (p, p->in + head);
      p->in[head + len] = keep;
    } else if (opcode == 8) {
      fprintf (stderr, "the server closed a socket\n");
      exit (1);
    }
    p->in_len -= head + len;
    memmove (p->in, p->in + head + len, p->in_len);
  }
}

/* ---- peers ---- */

static void
watch (Peer * p, uint32_t events, int op)
{
  struct epoll_event e = {.events = events,.data.ptr = p };

  if (epoll_ctl (epoll_fd, op, p->fd, &e) < 0)
    die ("epoll_ctl");
}

static void
start_peer (Peer * p, uint16_t port)
{
  struct sockaddr_in to = {.sin_family = AF_INET,.sin_port = htons (port) };
  int one = 1;

  to.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  p->fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (p->fd < 0)
    die ("socket");
  setsockopt (p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  p->in = malloc (BUFFER + 1);
  p->started_us = now_us ();
  if (connect (p->fd, (struct sockaddr *) &to, sizeof to) < 0
      && errno != EINPROGRESS)
    die ("connect");
  watch (p, EPOLLOUT, EPOLL_CTL_ADD);
}

static void
on_event (Peer * p)
{
  static const char upgrade[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
      "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  ssize_t n;

  if (p->state == CONNECTING) {
    send_all (p->fd, upgrade, sizeof upgrade - 1);
    p->state = UPGRADING;
    watch (p, EPOLLIN, EPOLL_CTL_MOD);
    return;
  }
  n = recv (p->fd, p->in + p->in_len, BUFFER - p->in_len, 0);
  if (n < 0 && errno == EAGAIN)
    return;
  if (n <= 0)
    die ("the server hung up");
  p->in_len += n;
  if (p->state == UPGRADING) {
    char *end = memmem (p->in, p->in_len, "\r\n\r\n", 4);

    if (end == NULL)
      return;
    if (strncmp (p->in, "HTTP/1.1 101", 12) != 0)
      die ("no upgrade");
    p->in_len -= end + 4 - p->in;
    memmove (p->in, end + 4, p->in_len);
    p->state = OPEN;
    n_open++;
    announce (p);
  }
  take_frames (p);
}

static void
serve_until (int64_t end)
{
  struct epoll_event events[64];
  int64_t left;

  while ((left = end - now_us ()) > 0) {
    int n = epoll_wait (epoll_fd, events, 64, (int) ((left + 999) / 1000));

    for (int i = 0; i < n; i++)
      on_event (events[i].data.ptr);
  }
}

/* ---- the server ---- */

static pid_t
start_tracker (const char *path, uint16_t * port)
{
  char line[256];
  char *colon;
  int out[2];
  pid_t pid;
  ssize_t n;

  if (pipe (out) < 0)
    die ("pipe");
  pid = fork ();
  if (pid < 0)
    die ("fork");
  if (pid == 0) {
    dup2 (out[1], 1);
    close (out[0]);
    close (out[1]);
    execl (path, path, "--address=127.0.0.1", "--port=0", (char *) NULL);
    die (path);
  }
  close (out[1]);
  n = read (out[0], line, sizeof line - 1);
  if (n <= 0)
    die ("p2p-tracker said nothing");
  line[n] = '\0';
  colon = strstr (line, "127.0.0.1:");
  if (colon == NULL)
    die ("p2p-tracker did not say its port");
  *port = (uint16_t) atoi (colon + 10);
  return pid;
}

static double
cpu_ms (pid_t pid)
{
  struct timespec t;
  clockid_t clock;

  if (clock_getcpuclockid (pid, &clock) != 0 || clock_gettime (clock, &t) != 0)
    die ("CPU clock of the server");
  return t.tv_sec * 1000.0 + t.tv_nsec / 1e6;
}

static long
rss_kb (pid_t pid)
{
  char path[64], line[256];
  long kb = 0;
  FILE *f;

  snprintf (path, sizeof path, "/proc/%d/status", (int) pid);
  f = fopen (path, "r");
  if (f == NULL)
    die (path);
  while (fgets (line, sizeof line, f))
    if (strncmp (line, "VmRSS:", 6) == 0)
      kb = atol (line + 6);
  fclose (f);
  return kb;
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
percentile (double *values, int n, int percent)
{
  if (n == 0)
    return -1;
  qsort (values, n, sizeof *values, compare);
  return values[(n - 1) * percent / 100];
}

/* Percent of all time that the host gave to others, since the last call. */
static double
stolen_percent (void)
{
  static unsigned long long last_all, last_stolen;
  unsigned long long v[8] = { 0 }, all = 0;
  FILE *f = fopen ("/proc/stat", "r");
  double percent;

  if (f == NULL)
    return 0;
  if (fscanf (f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1],
          &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]) != 8)
    v[7] = 0;
  fclose (f);
  for (int i = 0; i < 8; i++)
    all += v[i];
  percent = all > last_all ? 100.0 * (v[7] - last_stolen) / (all - last_all)
      : 0;
  last_all = all;
  last_stolen = v[7];
  return percent;
}

static void
report (double cpu, double kb_per_peer, double idle_cpu, double stolen)
{
  double r50 = percentile (to_reply, n_reply, 50);
  double r95 = percentile (to_reply, n_reply, 95);
  double a50 = percentile (to_answer, n_answer, 50);
  double a95 = percentile (to_answer, n_answer, 95);
  double c50 = percentile (to_announced, n_announced, 50);
  double c95 = percentile (to_announced, n_announced, 95);

  double b50 = percentile (batches, n_batches, 50);
  double b100 = percentile (batches, n_batches, 100);
  FILE *file;

  if (json) {
    file = fopen (json, "w");
    if (file == NULL)
      die (json);
    fprintf (file, "{\"benchmark\":\"rendezvous\",\"peers\":%d,\"rate\":%d,"
        "\"cpu_ms_per_join\":%.3f,\"cpu_ms_per_join_p50\":%.3f,"
        "\"cpu_ms_per_join_worst\":%.3f,\"stolen_percent\":%.1f,\"rss_kb_per_peer\":%.2f,"
        "\"reply_ms_p50\":%.2f,\"reply_ms_p95\":%.2f,"
        "\"answer_ms_p50\":%.2f,\"answer_ms_p95\":%.2f,"
        "\"connect_to_announced_ms_p50\":%.2f,"
        "\"connect_to_announced_ms_p95\":%.2f,\"offers\":%d,\"answers\":%d,"
        "\"idle_cpu_percent\":%.2f}\n", peers, rate, cpu, b50, b100, stolen,
        kb_per_peer, r50,
        r95, a50, a95, c50, c95, n_offers, n_answers, idle_cpu);
    fclose (file);
  }
  printf ("%d peers, %d joins/s, %d offers of %d bytes each\n", peers, rate,
      offers, SDP_BYTES);
  printf ("  CPU of the server a join, p50   %8.3f ms  (goal 0.3, must 0.5)\n",
      b50);
  printf ("  the same, mean / worst of 10    %8.3f / %.3f ms  (%.0f %% of the "
      "time stolen)\n", cpu, b100, stolen);
  printf ("  memory of the server a peer     %8.2f KB  (goal 8, must 10)\n",
      kb_per_peer);
  printf ("  connect to announced p50 / p95  %8.2f / %.2f ms\n", c50, c95);
  printf ("  announce to reply p50 / p95     %8.2f / %.2f ms\n", r50, r95);
  printf ("  announce to answer p50 / p95    %8.2f / %.2f ms  (goal 2)\n", a50,
      a95);
  printf ("  offers passed, answers passed   %8d, %d\n", n_offers, n_answers);
  printf ("  CPU with all peers idle         %8.2f %%\n", idle_cpu);
}

static void
run (pid_t pid, uint16_t port)
{
  double cpu = cpu_ms (pid), used, idle, last = 0, stolen;
  long rss = 0;
  int64_t next = now_us ();

  for (int i = 0; i < peers; i++) {
    /* The first ten warm the server up: types, caches, heap. */
    if (i == 10) {
      serve_until (now_us () + 200000);
      cpu = last = cpu_ms (pid);
      stolen_percent ();
      rss = rss_kb (pid);
      next = now_us ();
    }
    start_peer (&all[i], port);
    next += 1000000 / rate;
    serve_until (next);
    if (i > 10 && i % BATCH == 0) {
      double at = cpu_ms (pid);

      batches[n_batches++] = (at - last) / BATCH;
      last = at;
    }
  }
  stolen = stolen_percent ();
  serve_until (now_us () + SETTLE_MS * 1000);
  used = (cpu_ms (pid) - cpu) / (peers - 10);
  rss = rss_kb (pid) - rss;
  idle = cpu_ms (pid);
  serve_until (now_us () + 2000000);
  idle = (cpu_ms (pid) - idle) / 20;
  if (n_open != peers || n_reply != peers || n_answers != n_offers) {
    fprintf (stderr, "%d of %d joined, %d replies, %d offers, %d answers\n",
        n_open, peers, n_reply, n_offers, n_answers);
    exit (1);
  }
  report (used, (double) rss / (peers - 10), idle, stolen);
}

int
main (int argc, char **argv)
{
  struct rlimit files;
  uint16_t port;
  pid_t pid;
  int status;
  char path[4096];

  snprintf (path, sizeof path, "%s/tools/p2p-tracker", getenv ("P2P_BUILD") ?
      getenv ("P2P_BUILD") : "build");
  for (int i = 1; i < argc; i++) {
    if (strcmp (argv[i], "--json") == 0 && i + 1 < argc)
      json = argv[++i];
    else if (strcmp (argv[i], "--peers") == 0 && i + 1 < argc)
      peers = atoi (argv[++i]);
    else if (strcmp (argv[i], "--rate") == 0 && i + 1 < argc)
      rate = atoi (argv[++i]);
    else if (strcmp (argv[i], "--offers") == 0 && i + 1 < argc)
      offers = atoi (argv[++i]);
    else
      snprintf (path, sizeof path, "%s", argv[i]);
  }
  if (peers < 20 || peers > MAX_PEERS || rate < 1 || offers < 1 || offers > 20) {
    fprintf (stderr, "peers 20 to %d, rate from 1, offers 1 to 20\n",
        MAX_PEERS);
    return 2;
  }
  if (getrlimit (RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit (RLIMIT_NOFILE, &files);
  }
  make_sdp ();
  all = calloc (peers, sizeof *all);
  to_reply = calloc (peers, sizeof *to_reply);
  to_answer = calloc (peers, sizeof *to_answer);
  to_announced = calloc (peers, sizeof *to_announced);
  epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  pid = start_tracker (path, &port);
  run (pid, port);
  kill (pid, SIGTERM);
  waitpid (pid, &status, 0);
  return WIFEXITED (status) && WEXITSTATUS (status) == 0 ? 0 : 1;
}
