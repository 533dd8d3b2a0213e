// The interface that library.py loads. Calls return VM_OK or a count, or one of the negative codes; after VM_EXCEPTION and
// VM_BAD_REPLY vm_error_text() says why. Not re-entrant: one thread at a time.

#define VM_IO_BYTES 1024
#define VM_OK 0
#define VM_EXCEPTION -1
#define VM_BAD_REPLY -2
#define VM_STOPPED -3
#define VM_NOT_READY -4

typedef struct {
    size_t total_bytes;
    size_t used_bytes;
    size_t free_bytes;
    size_t largest_free_bytes;
    uint64_t collections;
} vm_heap_t;

const char *vm_version(void);
int vm_start(size_t heap_bytes);
void vm_stop(void);
int vm_exec(const char *source, size_t n, uint64_t time_us);
int vm_bind(const char *name, uint8_t **in, uint8_t **out);
int vm_step(int n, uint64_t time_us);
void vm_collect_every(uint32_t steps);
void vm_loop_limit(uint64_t loops);
int vm_collect(void);
void vm_heap(vm_heap_t *heap);
size_t vm_error_text(const char **text);
size_t vm_log_text(const char **text, size_t *lost);
void vm_log_clear(void);
size_t vm_snapshot_bytes(void);
void vm_snapshot(uint8_t *to);
int vm_restore(const uint8_t *from, size_t n);
