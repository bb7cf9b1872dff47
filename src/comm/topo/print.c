/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of the machine, for people: one line per object, memory nodes before what they are
 * attached to is divided further, the processors of a core on the core's line. */
#include "base/bytes.h"
#include "comm/topo/topo.h"

#include <inttypes.h>
#include <stdlib.h>

static void print_bytes(uint64_t bytes, FILE *out)
{
    if (bytes == 0) /* unknown */
        return;
    fprintf(out, ", %s", gyre__bytes(bytes).text);
}

static void print_processors(hwloc_obj_t object, FILE *out)
{
    char *list = NULL;
    if (hwloc_bitmap_list_asprintf(&list, object->cpuset) >= 0)
        fprintf(out, ": processors %s", list);
    free(list);
}

static void print_name(hwloc_obj_t object, FILE *out)
{
    switch (object->type) {
    case HWLOC_OBJ_MACHINE:
        fputs("Machine", out);
        break;
    case HWLOC_OBJ_NUMANODE:
        fprintf(out, "Memory node %u", object->logical_index);
        break;
    case HWLOC_OBJ_PU:
        fprintf(out, "Processor %u", object->os_index);
        break;
    default:
        fprintf(out, "%s %u", hwloc_obj_type_string(object->type), object->logical_index);
    }
}

static void print_object(hwloc_obj_t object, FILE *out)
{
    print_name(object, out);
    if (object->type == HWLOC_OBJ_NUMANODE)
        print_bytes(object->attr->numanode.local_memory, out);
    else if (hwloc_obj_type_is_cache(object->type))
        print_bytes(object->attr->cache.size, out);
    else if (object->type == HWLOC_OBJ_CORE)
        print_processors(object, out);
    fputc('\n', out);
}

/* Depth is bounded by the number of hwloc's types. */
static void print_tree(hwloc_obj_t object, int depth, FILE *out)
{
    fprintf(out, "%*s", depth * 2, "");
    print_object(object, out);
    for (hwloc_obj_t child = object->memory_first_child; child; child = child->next_sibling)
        print_tree(child, depth + 1, out);
    if (object->type == HWLOC_OBJ_CORE)
        return;
    for (hwloc_obj_t child = object->first_child; child; child = child->next_sibling)
        print_tree(child, depth + 1, out);
}

void gyre_topo_print(const gyre_topo_t *topo, FILE *out)
{
    if (topo)
        print_tree(hwloc_get_root_obj(topo->hwloc), 0, out);
}
