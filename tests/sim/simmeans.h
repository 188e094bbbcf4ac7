/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* simmeans.h: figures that are judged as means over seeds. Where a sanitizer looks
 * on, it is for what it finds: of so few seeds no mean is judged. */
#ifndef SIM_MEANS_H
#define SIM_MEANS_H

#include <gst/check/gstcheck.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#define MEAN_SEEDS 2
#define JUDGED FALSE
#else
#define MEAN_SEEDS 10
#define JUDGED TRUE
#endif

/* Each figure has its plot, of what p2p-sim --series wrote with the scenario's
 * options. */
static inline const char *
plot_of (const char *figure)
{
  if (strstr (figure, "lag"))
    return "lag";
  if (strstr (figure, "missed") || strstr (figure, "worst")
      || strstr (figure, "second"))
    return "in time, second by second";
  if (strstr (figure, "orphans") || strstr (figure, "backed") || strstr (figure, "hop")
      || strstr (figure, "restored"))
    return "push forest";
  if (strstr (figure, "duplicates") || strstr (figure, "source"))
    return "overhead";
  return "none: --trace and --timeline";
}

#define fail_unless_mean(condition, figure) \
  fail_unless (!JUDGED || (condition), "%u on average; plot to look at " \
      "(scripts/plot-sim.sh): %s", (unsigned) (figure), plot_of (#figure))

#endif /* SIM_MEANS_H */
