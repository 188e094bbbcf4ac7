/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2p-shaper.c: joins network namespaces by paths with delay, loss and rate.
 *
 *   p2p-shaper NODES SEED
 *
 * Makes NODES namespaces, each with a TUN device "p2p0", address 10.77.0.N
 * (N from 1) and a default route into it, and carries packets between them in
 * user space (many kernels have no netem). Says "ready PID FD..." and then
 * obeys lines on standard input; each is answered by a line "ok" or "error":
 *
 *   path A B DELAY_US LOSS_PPM RATE_BPS   from node A to node B; 0 = all
 *   cut A, mend A                         drops all packets of A, silently
 *   down A, up A                          the interface itself
 *   nat A KIND                            A is behind a translator (p2pnat.h)
 *                                         with the address 10.78.0.A outside
 *   ipv6 A                                A has fd77::A, and no IPv4 any more
 *   counts                                a line per node, see print_counts()
 *   log FILE                              every UDP datagram from now on, see log_packet()
 *   reset                                 counters and peaks to 0
 *
 * A process gets into node N by setns() on /proc/PID/fd/FD. Everything is gone
 * when this process and those in the namespaces are: nothing is named, nothing
 * is left over. Exit status 77: no right to make namespaces or no /dev/net/tun.
 * One thread.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "p2pnat.h"

#define MAX_NODES 32
#define PACKET_MAX 2048         /* the devices' MTU is 1500 */
#define NET 0x0a4d0000u         /* 10.77.0.0/16 */
#define OUTER_NET 0x0a4e0000u   /* 10.78.0.0/16 */
#define NOBODY (MAX_NODES + 1)
#define QUEUE_MAX_US 500000     /* a rate drops what would wait longer */
#define WINDOW_US 2000000       /* of the upload peak */
#define WINDOW_PACKETS 32768    /* 2 s at 180 Mbit/s of full packets */
#define EXIT_SKIP 77

typedef struct
{
  uint32_t delay_us, loss_ppm;
  uint64_t rate_bps;
  int64_t line_free;
} Path;

typedef struct
{
  int64_t time;
  uint32_t len;
} Sent;

typedef struct
{
  int ns, tun;
  bool cut;
  uint64_t udp_out, udp_in, tcp_out, tcp_in, packets_out, packets_in, lost;
  /* UDP bytes sent in the last 2 s, and the most there ever were */
  Sent *window;
  unsigned head, tail;
  uint64_t in_window, peak;
  P2pNat nat;
} Node;

typedef struct
{
  int64_t time;
  uint64_t order;
  unsigned to;
  uint32_t len;
  uint8_t *data;
} Packet;

static Node nodes[MAX_NODES];
static Path paths[MAX_NODES][MAX_NODES];
static unsigned n_nodes;
static Packet *heap;
static size_t n_heap, cap_heap;
static uint64_t order, random_state;
static FILE *packet_log;

static int64_t
now_us (void)
{
  struct timespec ts;

  clock_gettime (CLOCK_MONOTONIC, &ts);
  return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static uint32_t
random_ppm (void)
{
  uint64_t z = (random_state += 0x9e3779b97f4a7c15u);   /* splitmix64 */

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return (uint32_t) (((z >> 32) * 1000000) >> 32);
}

/* ---- packets on their way ---- */

static bool
before (const Packet * a, const Packet * b)
{
  return a->time != b->time ? a->time < b->time : a->order < b->order;
}

static void
push_packet (Packet p)
{
  size_t i, up;

  if (n_heap == cap_heap) {
    cap_heap = cap_heap ? 2 * cap_heap : 1024;
    heap = realloc (heap, cap_heap * sizeof *heap);
  }
  p.order = order++;
  for (i = n_heap++; i > 0; i = up) {
    up = (i - 1) / 2;
    if (!before (&p, &heap[up]))
      break;
    heap[i] = heap[up];
  }
  heap[i] = p;
}

static Packet
pop_packet (void)
{
  Packet top = heap[0], p = heap[--n_heap];
  size_t i = 0, child;

  while ((child = 2 * i + 1) < n_heap) {
    if (child + 1 < n_heap && before (&heap[child + 1], &heap[child]))
      child++;
    if (!before (&heap[child], &p))
      break;
    heap[i] = heap[child];
    i = child;
  }
  heap[i] = p;
  return top;
}

static void
count_window (Node * node, int64_t now, uint32_t len)
{
  while (node->tail != node->head
      && now - node->window[node->tail].time >= WINDOW_US) {
    node->in_window -= node->window[node->tail].len;
    node->tail = (node->tail + 1) % WINDOW_PACKETS;
  }
  if ((node->head + 1) % WINDOW_PACKETS == node->tail)
    return;
  node->window[node->head].time = now;
  node->window[node->head].len = len;
  node->head = (node->head + 1) % WINDOW_PACKETS;
  node->in_window += len;
  if (node->in_window > node->peak)
    node->peak = node->in_window;
}

static bool
is_udp (const uint8_t * data)
{
  return data[data[0] >> 4 == 6 ? 6 : 9] == IPPROTO_UDP;
}

static void
count_out (Node * node, const uint8_t * data, uint32_t len, int64_t now)
{
  node->packets_out++;
  if (is_udp (data)) {
    node->udp_out += len;
    count_window (node, now, len);
  } else {
    node->tcp_out += len;
  }
}

/* Time in us, sender, receiver, bytes with IP and UDP headers, first byte of the
 * payload (0-3 STUN, 20-23 DTLS) and the two behind its version: a STUN
 * message's type, a DTLS record's epoch. */
static void
log_packet (unsigned from, const uint8_t * data, uint32_t len, int64_t now)
{
  const uint8_t *udp = data + 4 * (data[0] & 15), *load = udp + 8;

  if (!packet_log || data[0] >> 4 != 4 || data[9] != IPPROTO_UDP
      || load + 5 > data + len)
    return;
  fprintf (packet_log, "%lld %u %u %u %u %u\n", (long long) now, from + 1,
      data[19], len, load[0],
      load[0] < 4 ? load[0] << 8 | load[1] : load[3] << 8 | load[4]);
}

/* Whoever is behind a translator is there for its outer address alone. */
static unsigned
find_ipv4 (uint32_t address)
{
  unsigned i = (address & 0xffff) - 1;

  if (i < n_nodes && (address & 0xffff0000u)
      == (nodes[i].nat.kind == P2P_NAT_NONE ? NET : OUTER_NET))
    return i;
  return NOBODY;
}

/* The node that a packet goes to, changed on its way. */
static unsigned
find_way (unsigned from, uint8_t * data, uint32_t len)
{
  static const uint8_t prefix[15] = { 0xfd, 0x77 };
  unsigned to;

  if (data[0] >> 4 == 6) {
    if (len < 40 || memcmp (data + 24, prefix, sizeof prefix) != 0)
      return NOBODY;
    return data[39] - 1u;
  }
  if (!p2p_nat_out (&nodes[from].nat, data, len))
    return NOBODY;
  to = find_ipv4 ((uint32_t) data[16] << 24 | (uint32_t) data[17] << 16
      | (uint32_t) data[18] << 8 | data[19]);
  if (to != NOBODY && !p2p_nat_in (&nodes[to].nat, data, len))
    return NOBODY;
  return to;
}

static void
route_packet (unsigned from, uint8_t * data, uint32_t len, int64_t now)
{
  unsigned to = find_way (from, data, len);
  Packet p = {.to = to,.len = len };
  Path *path;

  if (to >= n_nodes || nodes[from].cut)
    return;
  path = &paths[from][to];
  if (path->line_free < now)
    path->line_free = now;
  if (path->line_free - now > QUEUE_MAX_US || random_ppm () < path->loss_ppm) {
    nodes[from].lost++;
    return;
  }
  if (path->rate_bps)
    path->line_free += (int64_t) ((uint64_t) len * 8000000 / path->rate_bps);
  p.time = path->line_free + path->delay_us;
  p.data = malloc (len);
  memcpy (p.data, data, len);
  push_packet (p);
}

static void
read_node (unsigned i)
{
  uint8_t data[PACKET_MAX];
  ssize_t n;
  int64_t now;

  while ((n = read (nodes[i].tun, data, sizeof data)) > 0) {
    if (n < 20 || (data[0] >> 4 != 4 && data[0] >> 4 != 6))
      continue;
    now = now_us ();
    count_out (&nodes[i], data, (uint32_t) n, now);
    log_packet (i, data, (uint32_t) n, now);
    route_packet (i, data, (uint32_t) n, now);
  }
}

static void
deliver_due (void)
{
  Node *node;
  Packet p;

  while (n_heap && heap[0].time <= now_us ()) {
    p = pop_packet ();
    node = &nodes[p.to];
    if (!node->cut) {
      node->packets_in++;
      if (is_udp (p.data))
        node->udp_in += p.len;
      else
        node->tcp_in += p.len;
      /* a device that is down refuses: the packet is lost, as it should */
      if (write (node->tun, p.data, p.len) < 0)
        node->lost++;
    }
    free (p.data);
  }
}

/* ---- namespaces ---- */

static void
skip (const char *what)
{
  fprintf (stderr, "p2p-shaper: %s: %s\n", what, strerror (errno));
  exit (errno == EPERM || errno == EACCES || errno == ENOENT
      || errno == ENODEV || errno == ENOSPC ? EXIT_SKIP : 1);
}

static void
set_flags (const char *device, bool up)
{
  int fd = socket (AF_INET, SOCK_DGRAM, 0);
  struct ifreq ifr;

  memset (&ifr, 0, sizeof ifr);
  strncpy (ifr.ifr_name, device, IFNAMSIZ - 1);
  ifr.ifr_flags = up ? IFF_UP | IFF_RUNNING : 0;
  if (fd < 0 || ioctl (fd, SIOCSIFFLAGS, &ifr) < 0)
    skip (device);
  close (fd);
}

static void
set_address (const char *device, unsigned long request, uint32_t address)
{
  int fd = socket (AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in in = {.sin_family = AF_INET };
  struct ifreq ifr;

  memset (&ifr, 0, sizeof ifr);
  strncpy (ifr.ifr_name, device, IFNAMSIZ - 1);
  in.sin_addr.s_addr = htonl (address);
  memcpy (&ifr.ifr_addr, &in, sizeof in);
  if (fd < 0 || ioctl (fd, request, &ifr) < 0)
    skip ("address");
  close (fd);
}

/* The default route: what a host behind a real interface has. */
static void
add_default_route (void)
{
  int fd = socket (AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in any = {.sin_family = AF_INET };
  struct rtentry route;
  char device[] = "p2p0";

  memset (&route, 0, sizeof route);
  memcpy (&route.rt_dst, &any, sizeof any);
  memcpy (&route.rt_genmask, &any, sizeof any);
  route.rt_flags = RTF_UP;
  route.rt_dev = device;
  if (fd < 0 || ioctl (fd, SIOCADDRT, &route) < 0)
    skip ("route");
  close (fd);
}

/* Out of a file under /proc/sys; absent = nothing to switch. */
static void
write_file (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  if (fd >= 0) {
    if (write (fd, text, strlen (text)) < 0)
      perror (path);
    close (fd);
  }
}

/* Of linux/ipv6.h, which can't be had beside netinet/in.h. */
struct in6_ifreq
{
  struct in6_addr address;
  uint32_t prefix_len;
  int index;
};

/* The node's only address from now on, in the loopback's place, too. */
static bool
go_ipv6 (unsigned i)
{
  struct in6_addr address = {.s6_addr = {[0] = 0xfd,[1] = 0x77} };
  struct in6_ifreq request = {.prefix_len = 64 };
  struct in6_rtmsg route;
  bool good;
  int fd;

  if (setns (nodes[i].ns, CLONE_NEWNET) < 0)
    return false;
  set_address ("p2p0", SIOCSIFADDR, 0);
  set_address ("lo", SIOCSIFADDR, 0);
  /* nobody else is there to have the same address: no second of asking */
  write_file ("/proc/sys/net/ipv6/conf/p2p0/accept_dad", "0");
  write_file ("/proc/sys/net/ipv6/conf/p2p0/dad_transmits", "0");
  write_file ("/proc/sys/net/ipv6/conf/all/disable_ipv6", "0");
  address.s6_addr[15] = (uint8_t) (i + 1);
  request.address = address;
  request.index = (int) if_nametoindex ("p2p0");
  memset (&route, 0, sizeof route);
  route.rtmsg_flags = RTF_UP;
  route.rtmsg_metric = 1;
  route.rtmsg_ifindex = request.index;
  fd = socket (AF_INET6, SOCK_DGRAM, 0);
  good = fd >= 0 && ioctl (fd, SIOCSIFADDR, &request) == 0
      && ioctl (fd, SIOCADDRT, &route) == 0;
  if (fd >= 0)
    close (fd);
  return good;
}

static void
make_node (unsigned i)
{
  struct ifreq ifr;

  if (unshare (CLONE_NEWNET) < 0)
    skip ("no network namespaces");
  nodes[i].ns = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  nodes[i].tun = open ("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (nodes[i].ns < 0 || nodes[i].tun < 0)
    skip ("/dev/net/tun");
  memset (&ifr, 0, sizeof ifr);
  strcpy (ifr.ifr_name, "p2p0");
  ifr.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (ioctl (nodes[i].tun, TUNSETIFF, &ifr) < 0)
    skip ("TUN device");
  /* until go_ipv6 (): two kinds of addresses would be two paths */
  write_file ("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
  set_flags ("lo", true);
  set_address ("p2p0", SIOCSIFADDR, NET + i + 1);
  set_address ("p2p0", SIOCSIFNETMASK, 0xffff0000u);
  set_flags ("p2p0", true);
  add_default_route ();
  nodes[i].window = calloc (WINDOW_PACKETS, sizeof (Sent));
}

static bool
set_up (unsigned i, bool up)
{
  if (setns (nodes[i].ns, CLONE_NEWNET) < 0)
    return false;
  set_flags ("p2p0", up);
  if (up)
    add_default_route ();
  return true;
}

/* ---- commands ---- */

static bool
set_path (unsigned a, unsigned b, unsigned delay_us, unsigned loss_ppm,
    unsigned long long rate_bps)
{
  if (a > n_nodes || b > n_nodes || loss_ppm > 1000000)
    return false;
  for (unsigned i = 0; i < n_nodes; i++)
    for (unsigned j = 0; j < n_nodes; j++)
      if ((a == 0 || i == a - 1) && (b == 0 || j == b - 1)) {
        paths[i][j].delay_us = delay_us;
        paths[i][j].loss_ppm = loss_ppm;
        paths[i][j].rate_bps = rate_bps;
      }
  return true;
}

static void
print_counts (void)
{
  for (unsigned i = 0; i < n_nodes; i++)
    printf ("node %u udp_out %llu udp_in %llu tcp_out %llu tcp_in %llu "
        "packets_out %llu packets_in %llu lost %llu peak_2s %llu\n", i + 1,
        (unsigned long long) nodes[i].udp_out,
        (unsigned long long) nodes[i].udp_in,
        (unsigned long long) nodes[i].tcp_out,
        (unsigned long long) nodes[i].tcp_in,
        (unsigned long long) nodes[i].packets_out,
        (unsigned long long) nodes[i].packets_in,
        (unsigned long long) nodes[i].lost, (unsigned long long) nodes[i].peak);
}

static void
reset_counts (void)
{
  for (unsigned i = 0; i < n_nodes; i++) {
    Node *n = &nodes[i];

    n->udp_out = n->udp_in = n->tcp_out = n->tcp_in = 0;
    n->packets_out = n->packets_in = n->lost = 0;
    n->peak = 0;
    n->in_window = 0;
    n->head = n->tail = 0;
  }
}

static bool
obey_node (const char *verb, unsigned node)
{
  if (node == 0 || node > n_nodes)
    return false;
  if (!strcmp (verb, "cut"))
    nodes[node - 1].cut = true;
  else if (!strcmp (verb, "mend"))
    nodes[node - 1].cut = false;
  else if (!strcmp (verb, "down"))
    return set_up (node - 1, false);
  else if (!strcmp (verb, "up"))
    return set_up (node - 1, true);
  else if (!strcmp (verb, "ipv6"))
    return go_ipv6 (node - 1);
  else
    return false;
  return true;
}

static bool
open_log (const char *path)
{
  if (packet_log)
    fclose (packet_log);
  packet_log = fopen (path, "w");
  return packet_log != NULL;
}

static bool
set_nat (unsigned node, const char *name)
{
  P2pNatKind kind;

  if (node == 0 || node > n_nodes || !p2p_nat_kind_from_name (name, &kind))
    return false;
  p2p_nat_init (&nodes[node - 1].nat, kind, NET + node, OUTER_NET + node);
  return true;
}

static bool
obey (const char *line)
{
  char path[200];
  unsigned a, b, delay, loss;
  unsigned long long rate;
  char verb[16], word[16];

  if (sscanf (line, "nat %u %15s", &a, word) == 2)
    return set_nat (a, word);
  if (sscanf (line, "path %u %u %u %u %llu", &a, &b, &delay, &loss, &rate) == 5)
    return set_path (a, b, delay, loss, rate);
  if (sscanf (line, "%15s %u", verb, &a) == 2)
    return obey_node (verb, a);
  if (sscanf (line, "log %199s", path) == 1)
    return open_log (path);
  if (!strncmp (line, "counts", 6))
    print_counts ();
  else if (!strncmp (line, "reset", 5))
    reset_counts ();
  else
    return false;
  return true;
}

/* False at the end of standard input: the owner is gone. */
static bool
read_commands (void)
{
  static char line[256];
  static size_t fill;
  ssize_t n = read (STDIN_FILENO, line + fill, sizeof line - 1 - fill);
  char *end;

  if (n <= 0)
    return false;
  fill += (size_t) n;
  line[fill] = 0;
  while ((end = strchr (line, '\n'))) {
    *end = 0;
    printf (obey (line) ? "ok\n" : "error\n");
    fflush (stdout);
    fill -= (size_t) (end + 1 - line);
    memmove (line, end + 1, fill + 1);
  }
  if (fill == sizeof line - 1)
    fill = 0;
  return true;
}

/* ---- loop ---- */

/* Delays are to be right within a millisecond on a busy machine. */
static void
hurry (void)
{
  struct sched_param param = {.sched_priority = 1 };

  prctl (PR_SET_TIMERSLACK, 1UL);
  if (sched_setscheduler (0, SCHED_RR, &param) < 0)
    setpriority (PRIO_PROCESS, 0, -15);
}

static bool
wait_for_work (struct pollfd *fds)
{
  int64_t wait = n_heap ? heap[0].time - now_us () : -1;
  struct timespec ts = { wait / 1000000, wait % 1000000 * 1000 };

  if (n_heap && wait <= 0)
    ts = (struct timespec) {
    0, 0
    };
  return ppoll (fds, n_nodes + 1, n_heap ? &ts : NULL, NULL) >= 0
      || errno == EINTR;
}

static void
run (void)
{
  struct pollfd fds[MAX_NODES + 1];

  memset (fds, 0, sizeof fds);
  for (unsigned i = 0; i <= n_nodes; i++) {
    fds[i].fd = i < n_nodes ? nodes[i].tun : STDIN_FILENO;
    fds[i].events = POLLIN;
  }
  while (wait_for_work (fds)) {
    deliver_due ();
    for (unsigned i = 0; i < n_nodes; i++) {
      if (fds[i].revents & POLLIN)
        read_node (i);
      deliver_due ();
    }
    if (fds[n_nodes].revents && !read_commands ())
      return;
  }
}

int
main (int argc, char **argv)
{
  n_nodes = argc > 1 ? (unsigned) atoi (argv[1]) : 0;
  random_state = argc > 2 ? strtoull (argv[2], NULL, 10) : 1;
  if (n_nodes == 0 || n_nodes > MAX_NODES) {
    fprintf (stderr, "usage: p2p-shaper NODES SEED (at most %d nodes)\n",
        MAX_NODES);
    return 2;
  }
  prctl (PR_SET_PDEATHSIG, 9UL);
  for (unsigned i = 0; i < n_nodes; i++)
    make_node (i);
  hurry ();
  printf ("ready %d", (int) getpid ());
  for (unsigned i = 0; i < n_nodes; i++)
    printf (" %d", nodes[i].ns);
  printf ("\n");
  fflush (stdout);
  run ();
  if (packet_log)
    fclose (packet_log);
  return 0;
}
