# SPDX-License-Identifier: MIT
"""The C interface: functions. The test of _abi.py compiles these, too."""

from ctypes import c_int, c_int64, c_size_t, c_uint, c_uint32, c_uint64

# The declarations of the headers, without the names of arguments.
PROTOTYPES = """
const char *dmaload_version(void);
int dmaload_sources_create(struct dmaload_sources **, uint64_t, struct dmaload_error *);
void dmaload_sources_destroy(struct dmaload_sources *);
size_t dmaload_sources_count(const struct dmaload_sources *);
const struct dmaload_source *dmaload_sources_get(const struct dmaload_sources *, size_t);
int dmaload_buffer_create(struct dmaload_buffer **, const char *, uint64_t, struct dmaload_error *);
int dmaload_buffer_from_fd(struct dmaload_buffer **, int, struct dmaload_error *);
int dmaload_buffer_from_memory(struct dmaload_buffer **, void *, uint64_t, struct dmaload_error *);
void dmaload_buffer_destroy(struct dmaload_buffer *);
int dmaload_buffer_wait(const struct dmaload_buffer *, struct dmaload_error *);
int dmaload_buffer_fd(const struct dmaload_buffer *);
uint64_t dmaload_buffer_size(const struct dmaload_buffer *);
void *dmaload_buffer_map(const struct dmaload_buffer *);
const char *dmaload_buffer_source(const struct dmaload_buffer *);
int dmaload_buffer_begin(struct dmaload_buffer *, unsigned, struct dmaload_error *);
int dmaload_buffer_end(struct dmaload_buffer *, unsigned, struct dmaload_error *);
int dmaload_buffer_wipe(struct dmaload_buffer *, uint64_t, uint64_t, struct dmaload_error *);
int dmaload_file_open(struct dmaload_file **, const char *, struct dmaload_error *);
int dmaload_file_create(struct dmaload_file **, const char *, int, struct dmaload_error *);
int dmaload_file_from_fd(struct dmaload_file **, int, struct dmaload_error *);
int dmaload_file_from_stream(struct dmaload_file **, int, struct dmaload_error *);
void dmaload_file_close(struct dmaload_file *);
uint64_t dmaload_file_size(const struct dmaload_file *);
const char *dmaload_file_name(const struct dmaload_file *);
int dmaload_file_resident(struct dmaload_file *, uint64_t, uint64_t, uint64_t *,
    struct dmaload_error *);
int dmaload_memory_query(struct dmaload_memory *, struct dmaload_error *);
enum dmaload_syscalls dmaload_syscalls_query(char *, size_t);
int dmaload_spread_create(struct dmaload_spread **, const char *, struct dmaload_file *, uint64_t,
    uint64_t, uint64_t, struct dmaload_error *);
void dmaload_spread_destroy(struct dmaload_spread *);
size_t dmaload_spread_count(const struct dmaload_spread *);
const struct dmaload_range *dmaload_spread_ranges(const struct dmaload_spread *);
const char *dmaload_path_name(uint32_t);
const char *dmaload_engine_name(uint32_t);
const char *dmaload_syscalls_name(uint32_t);
enum dmaload_path dmaload_report_path(const struct dmaload_report *);
size_t dmaload_report_format(const struct dmaload_report *, char *, size_t);
int dmaload_ctx_create(struct dmaload_ctx **, const struct dmaload_config *,
    struct dmaload_error *);
void dmaload_ctx_destroy(struct dmaload_ctx *);
int dmaload_ctx_trim(struct dmaload_ctx *);
int dmaload_probe(struct dmaload_ctx *, const struct dmaload_range *,
    const struct dmaload_options *, enum dmaload_path *, struct dmaload_report *,
    struct dmaload_error *);
int dmaload_load_stream(struct dmaload_buffer **, uint64_t *, struct dmaload_ctx *,
    struct dmaload_file *, const char *, uint64_t, uint64_t, const struct dmaload_options *,
    struct dmaload_report *, struct dmaload_error *);
int dmaload_submit(struct dmaload_job **, struct dmaload_ctx *, enum dmaload_operation,
    const struct dmaload_range *, size_t, const struct dmaload_options *,
    struct dmaload_error *);
int dmaload_job_wait(struct dmaload_job *, int64_t, struct dmaload_report *,
    struct dmaload_error *);
void dmaload_job_cancel(struct dmaload_job *);
void dmaload_job_set_urgent(struct dmaload_job *);
void dmaload_job_destroy(struct dmaload_job *);
int dmaload_job_progress(struct dmaload_job *, struct dmaload_progress *);
int dmaload_job_next_range(struct dmaload_job *, size_t *);
int dmaload_job_fd(struct dmaload_job *, struct dmaload_error *);
int dmaload_events_create(struct dmaload_events **, struct dmaload_ctx *, struct dmaload_error *);
void dmaload_events_destroy(struct dmaload_events *);
int dmaload_events_next(struct dmaload_events *, int64_t, struct dmaload_event *,
    struct dmaload_report *, struct dmaload_error *);
int dmaload_events_fd(struct dmaload_events *, struct dmaload_error *);
"""

DIGEST_PROTOTYPES = """
int dmaload_digest_create(struct dmaload_digest **, const char *, size_t, struct dmaload_error *);
void dmaload_digest_destroy(struct dmaload_digest *);
int dmaload_digest_piece(const struct dmaload_piece *, void *);
int dmaload_digest_result(struct dmaload_digest *, size_t, char [DMALOAD_DIGEST_SIZE],
    struct dmaload_error *);
int dmaload_digest_measure(int, char [DMALOAD_DIGEST_SIZE], struct dmaload_error *);
int dmaload_digest_parse(char [DMALOAD_DIGEST_SIZE], const char *, struct dmaload_error *);
int dmaload_digest_compare(const char *, const char *, struct dmaload_error *);
int dmaload_digest_list_create(struct dmaload_digest_list **, const char *, size_t, const char *,
    struct dmaload_error *);
void dmaload_digest_list_destroy(struct dmaload_digest_list *);
size_t dmaload_digest_list_count(const struct dmaload_digest_list *);
const char *dmaload_digest_list_name(const struct dmaload_digest_list *, size_t);
const char *dmaload_digest_list_digest(const struct dmaload_digest_list *, size_t);
"""

MODELS_PROTOTYPES = """
int dmaload_model_open(struct dmaload_model **, const char *, struct dmaload_error *);
void dmaload_model_close(struct dmaload_model *);
const char *dmaload_model_format(const struct dmaload_model *);
size_t dmaload_model_files(const struct dmaload_model *);
int dmaload_model_fd(const struct dmaload_model *, size_t);
const char *dmaload_model_path(const struct dmaload_model *, size_t);
size_t dmaload_model_tensors(const struct dmaload_model *);
const struct dmaload_tensor *dmaload_model_tensor(const struct dmaload_model *, size_t);
size_t dmaload_model_omissions(const struct dmaload_model *);
const struct dmaload_tensor *dmaload_model_omitted(const struct dmaload_model *, size_t);
int dmaload_model_choose(const struct dmaload_model *, const char *const *, size_t,
    struct dmaload_place *, size_t *, struct dmaload_error *);
int dmaload_model_align(struct dmaload_place *, size_t, uint64_t, uint64_t *,
    struct dmaload_error *);
"""

# The types of values in these declarations; every other type has a star.
VALUES = {
    "void": None,
    "int": c_int,
    "unsigned": c_uint,
    "uint32_t": c_uint32,
    "int64_t": c_int64,
    "uint64_t": c_uint64,
    "size_t": c_size_t,
    "enum dmaload_path": c_uint,
    "enum dmaload_operation": c_uint,
    "enum dmaload_syscalls": c_uint,
}
