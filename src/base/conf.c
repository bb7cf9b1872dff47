/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration tables and the environment. A structure is written only after every value of its
 * table has been parsed. Nothing here writes to the log but gyre__conf_check, because the log
 * reads its own level through gyre__conf_load. */
#include "base/conf.h"

#include "base/conf_value.h"
#include "base/error.h"
#include "base/log.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX        "GYRE_"
#define PREFIX_TEST   "TEST_" /* GYRE_TEST_* belongs to the tests */
#define PREFIX_LENGTH (sizeof(PREFIX) - 1)

enum { WIDTH = 78 };

extern char **environ;

/* A variable's name and the text in force. */
typedef struct setting {
    char name[64];
    const char *text;
    bool given; /* by the environment */
} setting_t;

static void look_up(const gyre__conf_field_t *field, setting_t *setting)
{
    snprintf(setting->name, sizeof(setting->name), PREFIX "%s", field->name);
    setting->text = getenv(setting->name);
    setting->given = setting->text != NULL;
    if (!setting->given)
        setting->text = field->initial;
}

static void release_values(const gyre__conf_table_t *table, gyre__conf_value_t *values,
                           size_t count)
{
    for (size_t i = 0; i < count; i++)
        gyre__conf_value_release(&table->fields[i], &values[i]);
    free(values);
}

gyre_status_t gyre__conf_load(const gyre__conf_table_t *table, void *out)
{
    gyre__conf_value_t *values = malloc(table->count * sizeof(*values));
    if (!values)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the configuration of %s",
                           table->room);
    for (size_t i = 0; i < table->count; i++) {
        setting_t setting;
        look_up(&table->fields[i], &setting);
        gyre_status_t status =
            gyre__conf_value_parse(&table->fields[i], setting.name, setting.text, &values[i]);
        if (status != GYRE_OK) {
            release_values(table, values, i);
            return status;
        }
    }
    for (size_t i = 0; i < table->count; i++)
        gyre__conf_value_store(&table->fields[i], &values[i], out);
    free(values);
    return GYRE_OK;
}

void gyre__conf_release(const gyre__conf_table_t *table, void *out)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->fields[i].type != GYRE__CONF_STRING)
            continue;
        char **string = (char **)(void *)((char *)out + table->fields[i].offset);
        free(*string);
        *string = NULL;
    }
}

gyre_status_t gyre__conf_parse(const gyre__conf_field_t *field, const char *where, const char *text,
                               void *out)
{
    gyre__conf_value_t value;
    gyre_status_t status = gyre__conf_value_parse(field, where, text, &value);
    if (status == GYRE_OK)
        gyre__conf_value_store(field, &value, out);
    return status;
}

static void print_wrapped(const char *text, FILE *out)
{
    size_t column = 0;
    while (*text) {
        size_t word = strcspn(text, " ");
        if (column > 0 && column + 1 + word > WIDTH)
            column = 0, fputc('\n', out);
        column += (size_t)fprintf(out, "%s%.*s", column == 0 ? "# " : " ", (int)word, text);
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void print_type(const gyre__conf_field_t *field, FILE *out)
{
    static const char *const types[] = {
        [GYRE__CONF_BOOL] = "yes or no", [GYRE__CONF_INT] = "integer", [GYRE__CONF_SIZE] = "size",
        [GYRE__CONF_TIME] = "time",      [GYRE__CONF_ENUM] = "one of", [GYRE__CONF_STRING] = "text",
    };
    fprintf(out, "# Type: %s", types[field->type]);
    if (field->type == GYRE__CONF_ENUM)
        for (size_t i = 0; field->values[i]; i++)
            fprintf(out, " %s", field->values[i]);
    if (field->type == GYRE__CONF_INT)
        fprintf(out, " from %lld to %lld", (long long)field->min, (long long)field->max);
    fprintf(out, ". Default: %s\n", field->initial);
}

/* Whether the text means the field's default. A malformed one does not. */
static bool is_default(const gyre__conf_field_t *field, const setting_t *setting)
{
    gyre__conf_value_t now, initial;
    if (gyre__conf_value_parse(field, setting->name, setting->text, &now) != GYRE_OK)
        return false;
    bool same = gyre__conf_value_parse(field, setting->name, field->initial, &initial) == GYRE_OK;
    if (same) {
        same = gyre__conf_value_equal(field, &now, &initial);
        gyre__conf_value_release(field, &initial);
    }
    gyre__conf_value_release(field, &now);
    return same;
}

/* One line whatever the environment holds. */
static void print_text(const char *text, FILE *out)
{
    for (; *text; text++)
        fputc((unsigned char)*text < ' ' || *text == 127 ? '?' : *text, out);
}

static void print_field(const gyre__conf_field_t *field, FILE *out)
{
    setting_t setting;
    look_up(field, &setting);
    fputc('\n', out);
    print_wrapped(field->help, out);
    print_type(field, out);
    fprintf(out, "%s%s=", is_default(field, &setting) ? "#" : "", setting.name);
    print_text(setting.text, out);
    fputc('\n', out);
}

void gyre__conf_print(const gyre__conf_table_t *const *tables, size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "%s# %s\n", i == 0 ? "" : "\n", tables[i]->room);
        for (size_t j = 0; j < tables[i]->count; j++)
            print_field(&tables[i]->fields[j], out);
    }
}

static const char **all_names(const gyre__conf_table_t *const *tables, size_t count,
                              size_t *name_count)
{
    *name_count = 0;
    for (size_t i = 0; i < count; i++)
        *name_count += tables[i]->count;
    const char **names = malloc((*name_count + 1) * sizeof(*names));
    for (size_t i = 0, n = 0; names && i < count; i++)
        for (size_t j = 0; j < tables[i]->count; j++)
            names[n++] = tables[i]->fields[j].name;
    return names;
}

static bool is_known(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

static void warn_unknown(const char *name, const char *const *names, size_t count)
{
    const char *near = gyre__conf_nearest(name, names, count);
    if (near)
        gyre__log(GYRE__LOG_WARN, "unknown variable " PREFIX "%s; did you mean " PREFIX "%s?", name,
                  near);
    else
        gyre__log(GYRE__LOG_WARN, "unknown variable " PREFIX "%s; gyre info -c lists all", name);
}

static gyre_status_t check_names(const gyre__conf_table_t *const *tables, size_t count)
{
    size_t name_count;
    const char **names = all_names(tables, count, &name_count);
    if (!names)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to check the environment");
    for (char **at = environ; at && *at; at++) {
        if (strncmp(*at, PREFIX, PREFIX_LENGTH) ||
            !strncmp(*at + PREFIX_LENGTH, PREFIX_TEST, sizeof(PREFIX_TEST) - 1))
            continue;
        char *name = strndup(*at + PREFIX_LENGTH, strcspn(*at + PREFIX_LENGTH, "="));
        if (name && !is_known(name, names, name_count))
            warn_unknown(name, names, name_count);
        free(name);
    }
    free(names);
    return GYRE_OK;
}

static gyre_status_t check_values(const gyre__conf_table_t *table)
{
    for (size_t i = 0; i < table->count; i++) {
        setting_t setting;
        gyre__conf_value_t value;
        look_up(&table->fields[i], &setting);
        gyre_status_t status =
            gyre__conf_value_parse(&table->fields[i], setting.name, setting.text, &value);
        if (status != GYRE_OK)
            return status;
        gyre__conf_value_release(&table->fields[i], &value);
    }
    return GYRE_OK;
}

gyre_status_t gyre__conf_check(const gyre__conf_table_t *const *tables, size_t count)
{
    static atomic_flag names_checked = ATOMIC_FLAG_INIT;
    gyre_status_t status = GYRE_OK;
    if (!atomic_flag_test_and_set(&names_checked))
        status = check_names(tables, count);
    for (size_t i = 0; status == GYRE_OK && i < count; i++)
        status = check_values(tables[i]);
    return status;
}
