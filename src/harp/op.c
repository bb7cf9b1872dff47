/* SPDX-License-Identifier: Apache-2.0 */
/* Operations: the table of built-in kernels and a registry of the program's operations. A
 * destroyed one's number is used again, so that only as many count as exist at a time. */
#include "harp/op.h"

#include "base/error.h"
#include "harp/kernel/kernel.h"
#include "harp/registry.h"

_Static_assert(GYRE_OP_END - GYRE_OP_BUILTIN_COUNT == GYRE__REGISTRY_MAX, "as documented");

typedef struct record {
    gyre_op_fn fn;
    void *arg;
    bool commutative;
    atomic_bool live;
    size_t next_free; /* index + 1, 0: the last */
} record_t;

static const char *const names[GYRE_OP_BUILTIN_COUNT] = {
#define NAME(name, text) [name] = text,
    GYRE_OP_MAP(NAME)
#undef NAME
};

static const gyre__kernel_row_t *const rows[GYRE_TYPE_BUILTIN_COUNT] = {
    [GYRE_BYTE] = &gyre__kernels_byte,
    [GYRE_INT8] = &gyre__kernels_int8,
    [GYRE_INT16] = &gyre__kernels_int16,
    [GYRE_INT32] = &gyre__kernels_int32,
    [GYRE_INT64] = &gyre__kernels_int64,
    [GYRE_UINT8] = &gyre__kernels_uint8,
    [GYRE_UINT16] = &gyre__kernels_uint16,
    [GYRE_UINT32] = &gyre__kernels_uint32,
    [GYRE_UINT64] = &gyre__kernels_uint64,
    [GYRE_FLOAT16] = &gyre__kernels_float16,
    [GYRE_BFLOAT16] = &gyre__kernels_bfloat16,
    [GYRE_FLOAT32] = &gyre__kernels_float32,
    [GYRE_FLOAT64] = &gyre__kernels_float64,
    [GYRE_COMPLEX64] = &gyre__kernels_complex64,
    [GYRE_COMPLEX128] = &gyre__kernels_complex128,
    [GYRE_INT32_INT32] = &gyre__kernels_int32_int32,
    [GYRE_INT64_INT64] = &gyre__kernels_int64_int64,
    [GYRE_FLOAT32_INT32] = &gyre__kernels_float32_int32,
    [GYRE_FLOAT64_INT64] = &gyre__kernels_float64_int64,
};

static gyre__registry_t created = GYRE__REGISTRY_INIT(record_t);
static size_t first_free; /* as next_free; under the lock */

static record_t *find_created(gyre_op_t op)
{
    size_t index = (size_t)op;
    if (index < GYRE_OP_BUILTIN_COUNT)
        return NULL;
    record_t *record = gyre__registry_at(&created, index - GYRE_OP_BUILTIN_COUNT);
    return record && atomic_load_explicit(&record->live, memory_order_acquire) ? record : NULL;
}

/* With the lock held: a record that was freed, or a new one. */
static gyre_status_t take(record_t **record, size_t *index)
{
    if (first_free) {
        *index = first_free - 1;
        *record = gyre__registry_at(&created, *index);
        first_free = (*record)->next_free;
        return GYRE_OK;
    }
    *index = atomic_load(&created.count);
    *record = gyre__registry_next(&created);
    if (*record) {
        gyre__registry_publish(&created);
        return GYRE_OK;
    }
    if (*index == GYRE__REGISTRY_MAX)
        return gyre__error(GYRE_ERR_NO_RESOURCE, "all %d operations are taken: destroy some",
                           GYRE__REGISTRY_MAX);
    return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for operation %zu", *index);
}

gyre_status_t gyre_op_create(gyre_op_fn fn, void *arg, bool commutative, gyre_op_t *op)
{
    record_t *record;
    size_t index;
    if (!fn || !op)
        return gyre__error(GYRE_ERR_ARG, "an operation needs %s", fn ? "a place" : "a function");
    pthread_mutex_lock(&created.lock);
    gyre_status_t status = take(&record, &index);
    if (status == GYRE_OK) {
        record->fn = fn;
        record->arg = arg;
        record->commutative = commutative;
        atomic_store_explicit(&record->live, true, memory_order_release);
        *op = (gyre_op_t)(GYRE_OP_BUILTIN_COUNT + index);
    }
    pthread_mutex_unlock(&created.lock);
    return status;
}

void gyre_op_destroy(gyre_op_t op)
{
    pthread_mutex_lock(&created.lock);
    record_t *record = find_created(op);
    if (record) {
        atomic_store_explicit(&record->live, false, memory_order_release);
        record->next_free = first_free;
        first_free = (size_t)op - GYRE_OP_BUILTIN_COUNT + 1;
    }
    pthread_mutex_unlock(&created.lock);
}

const char *gyre_op_name(gyre_op_t op)
{
    if ((size_t)op < GYRE_OP_BUILTIN_COUNT)
        return names[op];
    return find_created(op) ? "user" : "?";
}

/* NULL: op is none, or has no kernel for the type. */
static gyre_op_fn find_builtin(gyre_op_t op, gyre_type_t type)
{
    if ((size_t)op >= GYRE_OP_BUILTIN_COUNT || (size_t)type >= GYRE_TYPE_BUILTIN_COUNT)
        return NULL;
    return (*rows[type])[op];
}

bool gyre_op_supports(gyre_op_t op, gyre_type_t type)
{
    return find_builtin(op, type) || (find_created(op) && gyre_type_size(type) > 0);
}

static bool is_rounded(gyre_type_t type)
{
    return type >= GYRE_FLOAT16 && type <= GYRE_COMPLEX128;
}

static gyre_status_t refuse(gyre_op_t op, gyre_type_t type)
{
    if (!gyre_type_size(type))
        return gyre__error(GYRE_ERR_ARG, "%d is no type", (int)type);
    if ((size_t)op >= GYRE_OP_BUILTIN_COUNT)
        return gyre__error(GYRE_ERR_ARG, "%d is no operation", (int)op);
    return gyre__error(GYRE_ERR_ARG, "%s is not defined for %s", gyre_op_name(op),
                       gyre_type_name(type));
}

gyre_status_t gyre__op_kernel(gyre_op_t op, gyre_type_t type, gyre__kernel_t *kernel)
{
    gyre_op_fn fn = find_builtin(op, type);
    if (fn) {
        bool chain = op != GYRE_MINUS && op != GYRE_DIVIDE;
        bool rounds = is_rounded(type) && (op == GYRE_SUM || op == GYRE_PROD);
        *kernel = (gyre__kernel_t){
            .fn = fn, .commutative = chain, .associative = chain, .exact = chain && !rounds};
        return GYRE_OK;
    }
    const record_t *record = find_created(op);
    if (!record || !gyre_type_size(type))
        return refuse(op, type);
    *kernel = (gyre__kernel_t){.fn = record->fn,
                               .arg = record->arg,
                               .commutative = record->commutative,
                               .associative = true};
    return GYRE_OK;
}

gyre_status_t gyre_op_apply(gyre_op_t op, gyre_type_t type, const void *left, const void *right,
                            void *out, size_t count)
{
    gyre__kernel_t kernel;
    gyre_status_t status = gyre__op_kernel(op, type, &kernel);
    if (status != GYRE_OK || count == 0)
        return status;
    if (!left || !right || !out)
        return gyre__error(GYRE_ERR_ARG, "%zu elements at NULL", count);
    if (count > SIZE_MAX / 2 / gyre_type_size(type))
        return gyre__error(GYRE_ERR_RANGE, "%zu elements of %s exceed any memory", count,
                           gyre_type_name(type));
    gyre__kernel_run(&kernel, left, right, out, count, gyre_type_size(type), type);
    return GYRE_OK;
}
