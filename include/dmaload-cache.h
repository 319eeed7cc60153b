/* SPDX-License-Identifier: MIT */
/** @file Parts of files in slots of dma-bufs. */
#ifndef DMALOAD_CACHE_H
#define DMALOAD_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/buffer.h>
#include <dmaload/file.h>
#include <dmaload/job.h>
#include <dmaload/load.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * libdmaload-cache: keep parts of files in slots of dma-bufs, for programs that
 * use more bytes than fit into memory, such as the experts of a model.
 *
 * This is a separate library on the public interface of libdmaload. Link with
 * "pkg-config --libs dmaload-cache". The conventions are those of dmaload.h.
 *
 * A program gets a part of a file, uses it, and puts it back. If the part is
 * not in a slot yet, the cache loads it into one and bypasses the page cache.
 * The part stays until another part needs the slot more.
 *
 * Make more buffers than there are slots in use by devices at a time. A load
 * brackets its whole buffer (DMA_BUF_IOCTL_SYNC), and the kernel makes the
 * bracket wait for devices that use any slot of that buffer. So the cache loads
 * into the buffer with the fewest pinned slots. With more buffers than pinned
 * slots, there is always a buffer that no device uses.
 *
 * If only the CPU uses the slots, put all of them into one buffer. No bracket
 * waits then, and the cache chooses what to evict by expected hits alone. Use
 * several buffers only if the source limits their size. A get whose part is
 * loaded into a buffer that is still being populated waits for the whole
 * buffer: see dmaload_buffer_create().
 *
 * The cache learns how long it takes until bytes are used again, separately for
 * bytes that were used rarely and often. It evicts the bytes from which it
 * expects the fewest hits for the time that they would stay. It remembers parts
 * that it evicted.
 *
 * A child of fork() cannot use the cache: calls return -ECHILD there, and
 * dmaload_cache_put(), dmaload_cache_drop() and dmaload_cache_destroy() do
 * nothing.
 *
 * The bytes of a slot are complete, for the CPU and for devices, when a get
 * returns. The CPU reads them without a bracket, as dmaload_job_next_range()
 * explains. Do not write to a slot.
 */
struct dmaload_slot_cache;

/** The default of dmaload_cache_config::prefetch_depth. */
#define DMALOAD_CACHE_PREFETCH_DEFAULT 2u
/** The maximum number of slots of a cache. */
#define DMALOAD_CACHE_SLOTS_MAX (1u << 24)

/**
 * How to make a cache. Owned by the caller, who initialises it with
 * DMALOAD_CACHE_CONFIG_INIT; copied.
 *
 * Since: 0.1
 */
struct dmaload_cache_config {
	/** The size of the struct, set by DMALOAD_CACHE_CONFIG_INIT. */
	size_t size;
	/** Bytes of a slot: a multiple of the page size. */
	uint64_t slot_bytes;
	/** Slots in each buffer, at least 1. */
	uint32_t slots_per_buffer;
	/** Number of buffers, at least 1. For devices, more than there are
	 * slots in use at a time; for the CPU alone, 1: see struct
	 * dmaload_slot_cache. */
	uint32_t buffers;
	/** The source of the buffers, as for dmaload_buffer_create(). Not used
	 * if memory is set. */
	const char *source;
	/** Your own buffers, each large enough for its slots; or NULL. The
	 * array has as many elements as buffers says. You still own the
	 * buffers; destroy them after the cache. */
	struct dmaload_buffer *const *memory;
	/**
	 * The alignment that devices need for the bytes in a buffer: a power of
	 * two, at most the page size; 0 for the page size.
	 *
	 * Direct I/O without a copy needs the same offset within a page in
	 * memory as in the file. With an alignment below the page size, the
	 * cache places a part at such an offset if the file offset is aligned
	 * and the slot is long enough. So set the alignment that the file
	 * format guarantees (32 for GGUF), and make slots a page larger than
	 * the longest part.
	 */
	uint32_t align;
	/** Maximum number of prefetches in flight; 0 for
	 * DMALOAD_CACHE_PREFETCH_DEFAULT. A get goes first, but waits for
	 * requests that the disk already has. */
	uint32_t prefetch_depth;
};

/** Initialise a struct dmaload_cache_config: set its size, clear the rest.
 * Since: 0.2 */
#define DMALOAD_CACHE_CONFIG_INIT DMALOAD_SIZED(struct dmaload_cache_config)

/**
 * Make a cache. Allocates its buffers and starts a thread, which waits for
 * loads.
 *
 * @param out     receives the cache; dmaload_cache_destroy() frees it
 * @param ctx     the context of the cache's loads. You still own it; destroy it
 *                after the cache. The load of a get is urgent (DMALOAD_URGENT);
 *                a prefetch becomes urgent when a get needs it
 * @param config  set at least the members up to buffers
 * @param err     receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL     an argument is NULL, or a member of config out of range
 *         -EOVERFLOW  there are more than DMALOAD_CACHE_SLOTS_MAX slots, or the
 *                     slots of a buffer exceed the address space
 *         -ENOSPC     one of the caller's buffers is too small for its slots
 *         -ENOMEM     there is too little memory
 *         -EAGAIN     no thread can be started
 *         -ECHILD     ctx belongs to this process's parent
 *         or as dmaload_buffer_create()
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_cache_create(struct dmaload_slot_cache **out,
				     struct dmaload_ctx *ctx,
				     const struct dmaload_cache_config *config,
				     struct dmaload_error *err);

/**
 * Cancel the loads of a cache, wait until none of their requests is in flight,
 * and free the cache and the buffers that it made. Put all slots before you
 * call this. Does nothing in a child of fork(). NULL is ignored.
 *
 * Since: 0.1
 */
DMALOAD_API void dmaload_cache_destroy(struct dmaload_slot_cache *cache);

/**
 * A part of a file in memory. Owned by the cache; valid and unchanged from the
 * get to the put. Later versions may append members.
 *
 * Since: 0.1
 */
struct dmaload_cache_slot {
	/** The buffer that has the bytes. */
	struct dmaload_buffer *buffer;
	/** Offset of the first byte in the buffer. */
	uint64_t buffer_offset;
	/** Address of the first byte for the CPU. */
	void *data;
	/** Number of bytes. */
	uint64_t length;
};

/**
 * Get a part of a file: load it unless a slot has it, and pin the slot.
 *
 * A pinned slot is never evicted. Several gets may pin the same slot, and each
 * needs its dmaload_cache_put(). Gets of the same part share one read. A hit
 * takes no lock and makes no system call.
 *
 * The file, the offset and the length identify a part: the same offset with
 * another length is another part. The address of struct dmaload_file identifies
 * the file, so call dmaload_cache_drop() before you close it.
 *
 * If all slots are pinned or being loaded, even by the same thread, the call
 * waits for one. So do not wait in a progress function of the cache's context:
 * no load can end meanwhile.
 *
 * If several threads use a cache, give it as many slots as all of them together
 * pin at a time. With fewer slots, threads can deadlock: each holds pins and
 * waits for another slot.
 *
 * @param file         a file, not a stream
 * @param file_offset  first byte of the part
 * @param length       bytes, at least 1 and at most slot_bytes
 * @param timeout_ns   maximum time to wait, in ns; 0 or negative: do not block;
 *                     DMALOAD_FOREVER
 * @param slot         receives the slot
 * @param err          receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINPROGRESS  the timeout has passed. The read continues, and the
 *                       next get of the part may find it
 *         -EBUSY        the timeout has passed, and all slots are pinned or
 *                       being loaded; or one slot is pinned 2^28 times
 *         -EINVAL       an argument is NULL, or length is 0
 *         -E2BIG        length exceeds slot_bytes
 *         -ERANGE       the part ends beyond the file
 *         -ESPIPE       file is a stream
 *         -ECHILD       the cache belongs to this process's parent
 *         -EDEADLK      called from a progress function of the cache's context,
 *                       and the part is not in a slot
 *         or as dmaload_submit() and dmaload_load(): -ENODATA if the file has
 *         become shorter, -EIO if the disk failed. All gets that share a read
 *         fail with its error, and the next get tries again
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_cache_get(struct dmaload_slot_cache *cache,
				  struct dmaload_file *file,
				  uint64_t file_offset, uint64_t length,
				  int64_t timeout_ns,
				  const struct dmaload_cache_slot **slot,
				  struct dmaload_error *err);

/**
 * Pin a slot for a part of a file, and start to load the part unless the slot
 * has it. Never blocks. Call dmaload_cache_wait() before you use the bytes, and
 * dmaload_cache_put() afterwards, even if the wait fails.
 *
 * So you can begin all parts that you need, and work on the complete ones while
 * the others are being loaded.
 *
 * @param slot  receives the slot
 * @return as dmaload_cache_get() with timeout_ns 0, but 0 even if a read was
 *         started; -EBUSY if all slots are pinned or being loaded
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_cache_begin(struct dmaload_slot_cache *cache,
				    struct dmaload_file *file,
				    uint64_t file_offset, uint64_t length,
				    const struct dmaload_cache_slot **slot,
				    struct dmaload_error *err);

/**
 * Wait until the bytes of a pinned slot are complete. You can wait for a slot
 * any number of times.
 *
 * @param slot        from dmaload_cache_begin()
 * @param timeout_ns  as for dmaload_cache_get()
 * @return 0, or
 *         -EINPROGRESS  the timeout has passed; the read continues
 *         -EINVAL       an argument is NULL
 *         -ECHILD       the cache belongs to this process's parent
 *         -EDEADLK      called from a progress function of the cache's context
 *         or the error of the read
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_cache_wait(struct dmaload_slot_cache *cache,
				   const struct dmaload_cache_slot *slot,
				   int64_t timeout_ns,
				   struct dmaload_error *err);

/**
 * Release a pin. Each successful get and begin needs one put. You may put a
 * slot that is being loaded: the read continues, and the part stays in the
 * cache. NULL is ignored.
 *
 * Since: 0.1
 */
DMALOAD_API void dmaload_cache_put(struct dmaload_slot_cache *cache,
				   const struct dmaload_cache_slot *slot);

/**
 * Return an fd for poll(2), select(2) or epoll(7), readable (POLLIN) when a
 * load of the cache has ended.
 *
 * Read 8 bytes from it, as from any eventfd(2), then poll your slots: call
 * dmaload_cache_wait() with timeout_ns 0. The fd does not block. The first call
 * makes it. Do not close it.
 *
 * @return the fd, owned by the cache and valid as long as the cache; or
 *         -EINVAL, -EMFILE, -ENFILE, -ENOMEM, -ECHILD
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_cache_fd(struct dmaload_slot_cache *cache,
				 struct dmaload_error *err);

/**
 * Announce that you will need a part of a file. This is a hint: the cache loads
 * the part in the background if there is a slot for it. Does not wait for
 * reads.
 *
 * A prefetch never takes a slot that is pinned, or that was prefetched itself
 * and may still be used. It also leaves a slot alone if the recent uses of its
 * part exceed those of the announced part by more than one.
 *
 * While prefetch_depth prefetches are in flight, the cache keeps up to 64
 * further hints and drops all others. dmaload_cache_stats() counts dropped
 * hints and failed reads.
 *
 * @return 0, even if the hint is dropped, or
 *         -EINVAL  an argument is NULL, or length is 0
 *         -E2BIG   length exceeds slot_bytes
 *         -ERANGE  the part ends beyond the file
 *         -ESPIPE  file is a stream
 *         -ECHILD  the cache belongs to this process's parent
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_cache_prefetch(struct dmaload_slot_cache *cache,
				       struct dmaload_file *file,
				       uint64_t file_offset, uint64_t length,
				       struct dmaload_error *err);

/**
 * Forget all parts of a file, and all hints for it. Call this before you close
 * the file, and when its contents have changed. Pinned slots stay valid until
 * their last put, and reads in flight continue, but no later get finds them.
 * NULL is ignored.
 *
 * Since: 0.1
 */
DMALOAD_API void dmaload_cache_drop(struct dmaload_slot_cache *cache,
				    struct dmaload_file *file);

/**
 * The counters of a cache since it was made, and its present state. Owned by
 * the caller, who initialises it with DMALOAD_CACHE_STATS_INIT. While no other
 * thread uses the cache and nothing is in flight:
 *
 * - each get and begin that reached a slot is a hit, a miss or shared;
 * - misses + prefetches = loads + failures;
 * - slots_resident = loads - evictions - dropped.
 *
 * The hit rate is hits / (hits + misses + shared). A shared get does not count
 * as a hit: its bytes were still being read, by another get or a prefetch.
 *
 * Since: 0.1
 */
struct dmaload_cache_stats {
	/** In: the size of the struct, set by DMALOAD_CACHE_STATS_INIT. */
	size_t size;
	/** Gets and begins that found the bytes. */
	uint64_t hits;
	/** Gets and begins that started a read. */
	uint64_t misses;
	/** Gets and begins that found a read in flight, of a get or of a
	 * prefetch. */
	uint64_t shared;
	/** Gets and begins that returned -EBUSY. */
	uint64_t refused;
	/** Parts that were loaded. */
	uint64_t loads;
	/** Reads that failed, or could not be started. */
	uint64_t failures;
	/** Bytes of all loads. */
	uint64_t bytes_loaded;
	/** Parts that were evicted for another one. */
	uint64_t evictions;
	/** Parts that dmaload_cache_drop() removed. */
	uint64_t dropped;
	/** Reads that a prefetch started. */
	uint64_t prefetches;
	/** Prefetched parts that a get or a begin used, or waited for. */
	uint64_t prefetch_hits;
	/** Hints for which there was no slot, or no place in the list. */
	uint64_t prefetch_drops;
	/** Times that a call waited for a read or for a slot. */
	uint64_t waits;
	/** The time of all waits together, in ns. */
	uint64_t wait_ns;
	/** Slots of the cache. */
	uint64_t slots;
	/** Slots with a complete part that a get can find. */
	uint64_t slots_resident;
	/** Slots that are being loaded. */
	uint64_t slots_loading;
	/** Slots that are pinned. */
	uint64_t slots_pinned;
};

/** Initialise a struct dmaload_cache_stats: set its size, clear the rest.
 * Since: 0.2 */
#define DMALOAD_CACHE_STATS_INIT DMALOAD_SIZED(struct dmaload_cache_stats)

/**
 * Query the counters of a cache.
 *
 * @param stats  receives them; its size must be set
 * @return 0, or
 *         -EINVAL  an argument is NULL, or stats has no size
 *         -ECHILD  the cache belongs to this process's parent
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_cache_stats(struct dmaload_slot_cache *cache,
				    struct dmaload_cache_stats *stats,
				    struct dmaload_error *err);

#ifdef __cplusplus
}
#endif

#endif
