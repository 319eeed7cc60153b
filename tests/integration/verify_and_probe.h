/* SPDX-License-Identifier: MIT */
#ifndef VERIFY_AND_PROBE_H
#define VERIFY_AND_PROBE_H

/* The tests of dmaload_verify() and dmaload_probe(). Return how many have
 * failed. */
int verify_and_probe(void);

#endif
