/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of rules. Rules end at a comma outside parentheses or at the end of their line;
 * "#" begins a comment that goes to the end of the line; blanks around a rule mean nothing. The
 * text comes from outside: every byte of it is meant to be wrong. */
#include "harp/rule.h"

#include "base/conf.h"
#include "base/error.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef struct parser {
    gyre__rules_t *rules;
    int line, number;
    char *text; /* a copy of the rule, cut up meanwhile */
    const char *whole;
    size_t length; /* of the whole */
    bool sized;    /* has a range of bytes */
    gyre__rule_t rule;
} parser_t;

enum { SHOWN = 80 }; /* bytes of a malformed rule */

__attribute__((format(printf, 3, 4))) static gyre_status_t
complain(const parser_t *p, gyre_status_t status, const char *format, ...)
{
    char why[256];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    int shown = p->length > SHOWN ? SHOWN : (int)p->length;
    return gyre__error(status, "%s, %s %d: \"%.*s%s\": %s", p->rules->name,
                       p->rules->lines ? "line" : "rule", p->rule.number, shown, p->whole,
                       p->length > SHOWN ? "..." : "", why);
}

static gyre_status_t unknown(const parser_t *p, const char *what, const char *name,
                             const char *const *known, size_t count)
{
    const char *near = gyre__conf_nearest(name, known, count);
    return complain(p, GYRE_ERR_UNKNOWN, "no %s is called \"%.60s\"%s%s", what, name,
                    near ? "; the nearest is " : ", see gyre info -a", near ? near : "");
}

static gyre_status_t parse_collective(parser_t *p, const char *name)
{
    const char *names[GYRE__COLLS];
    for (int i = 0; i < GYRE__COLLS; i++) {
        names[i] = gyre__collectives[i]->name;
        p->rule.coll = (gyre__coll_t)i;
        if (strcmp(names[i], name) == 0)
            return GYRE_OK;
    }
    return unknown(p, "collective", name, names, GYRE__COLLS);
}

static gyre_status_t unknown_algorithm(const parser_t *p, const char *name)
{
    const gyre__collective_t *collective = gyre__collectives[p->rule.coll];
    const char **names = malloc(((size_t)collective->count + 1) * sizeof(*names));
    if (!names)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a rule");
    for (int i = 0; i < collective->count; i++)
        names[i] = collective->algorithms[i].name;
    char what[64];
    snprintf(what, sizeof(what), "algorithm of %s", collective->name);
    gyre_status_t status = unknown(p, what, name, names, (size_t)collective->count);
    free(names);
    return status;
}

static gyre_status_t parse_size(const parser_t *p, const char *text, size_t *size)
{
    static const gyre__conf_field_t field = {"size", "0", GYRE__CONF_SIZE, 0, NULL, 0, 0, ""};
    gyre_status_t status = gyre__conf_parse(&field, "", text, size);
    return status == GYRE_OK ? status
                             : complain(p, status, "%.60s is no size such as 512, 64k, 4m or inf",
                                        *text ? text : "nothing");
}

static bool to_int(const char *text, int *value)
{
    int64_t number;
    static const gyre__conf_field_t field = {"number", "0", GYRE__CONF_INT, 0,
                                             NULL,     0,   INT_MAX,        ""};
    if (*text == '-' || gyre__conf_parse(&field, "", text, &number) != GYRE_OK)
        return false;
    *value = (int)number;
    return true;
}

static gyre_status_t parse_bytes(parser_t *p, char *text)
{
    size_t from = 0, to = 0;
    char *dash = strchr(text, '-');
    if (p->sized)
        return complain(p, GYRE_ERR_SYNTAX, "a second range of bytes, %.60s", text);
    if (!dash)
        return complain(p, GYRE_ERR_SYNTAX, "%.60s: expected MIN-MAX bytes, such as 0-4k", text);
    if (!gyre__coll_sized(p->rule.coll))
        return complain(p, GYRE_ERR_SYNTAX, "%s takes no range of bytes: %s",
                        gyre__collectives[p->rule.coll]->name,
                        p->rule.coll == GYRE__BARRIER ? "it has none"
                                                      : "its members know only their own");
    *dash = '\0';
    gyre_status_t status = parse_size(p, text, &from);
    if (status == GYRE_OK)
        status = parse_size(p, dash + 1, &to);
    if (status == GYRE_OK && from >= to)
        status = complain(p, GYRE_ERR_RANGE, "no size is from %s on and below %s", text, dash + 1);
    p->sized = true;
    p->rule.bytes_from = from;
    p->rule.bytes_to = to;
    return status;
}

/* "4", "4-8" or "4-inf" after its letter. */
static gyre_status_t parse_count(parser_t *p, char *text, int *from, int *to)
{
    const char *what = *text == 'r' ? "members" : "nodes";
    if (*from)
        return complain(p, GYRE_ERR_SYNTAX, "a second range of %s, %.60s", what, text);
    char *first = text + 1, *dash = strchr(first, '-');
    if (dash)
        *dash = '\0';
    const char *last = dash ? dash + 1 : first;
    bool open = dash && strcmp(last, "inf") == 0;
    *to = INT_MAX;
    if (!to_int(first, from) || (!open && !to_int(last, to)))
        return complain(p, GYRE_ERR_SYNTAX, "expected a number of %s such as %c4, %c2-8 or %c9-inf",
                        what, *text, *text, *text);
    if (*from < 1 || *from > *to)
        return complain(p, GYRE_ERR_RANGE, "no number of %s is from %d to %d, they begin at 1",
                        what, *from, *to);
    return GYRE_OK;
}

static gyre_status_t parse_radix(parser_t *p, const char *value)
{
    if (p->rule.algorithm->radix == 0)
        return complain(p, GYRE_ERR_SYNTAX, "%s has no radix", p->rule.algorithm->name);
    if (!to_int(value, &p->rule.radix) || p->rule.radix < GYRE__RADIX_MIN ||
        p->rule.radix > GYRE__RADIX_MAX)
        return complain(p, GYRE_ERR_RANGE, "radix=%.60s: expected %d to %d", value, GYRE__RADIX_MIN,
                        GYRE__RADIX_MAX);
    return GYRE_OK;
}

static gyre_status_t parse_segment(parser_t *p, const char *value)
{
    size_t segment = 0;
    if (p->rule.algorithm->segment == 0)
        return complain(p, GYRE_ERR_SYNTAX, "%s has no segment", p->rule.algorithm->name);
    gyre_status_t status = parse_size(p, value, &segment);
    if (status == GYRE_OK && (segment < GYRE__SEGMENT_MIN || segment > GYRE__SEGMENT_MAX))
        status = complain(p, GYRE_ERR_RANGE, "segment=%.60s: expected 64 to 1g", value);
    p->rule.segment = segment;
    return status;
}

static gyre_status_t parse_parameter(parser_t *p, char *text)
{
    static const char *const known[] = {"radix", "segment"};
    char *value = strchr(text, '=');
    if (!value)
        return complain(p, GYRE_ERR_SYNTAX, "\"%.60s\": expected radix=NUMBER or segment=SIZE",
                        text);
    *value++ = '\0';
    if (strcmp(text, "radix") == 0)
        return parse_radix(p, value);
    if (strcmp(text, "segment") == 0)
        return parse_segment(p, value);
    return unknown(p, "parameter", text, known, 2);
}

static gyre_status_t parse_parameters(parser_t *p, char *text)
{
    gyre_status_t status = GYRE_OK;
    char *end = text + strlen(text);
    if (end == text || end[-1] != ')')
        return complain(p, GYRE_ERR_SYNTAX, "expected ) at its end");
    end[-1] = '\0';
    while (status == GYRE_OK && text) {
        char *comma = strchr(text, ',');
        if (comma)
            *comma++ = '\0';
        status = parse_parameter(p, text);
        text = comma;
    }
    return status;
}

static gyre_status_t parse_algorithm(parser_t *p, char *name)
{
    char *parameters = strchr(name, '(');
    if (parameters)
        *parameters++ = '\0';
    p->rule.algorithm = gyre__algorithm_find(gyre__collectives[p->rule.coll], name);
    if (!p->rule.algorithm)
        return unknown_algorithm(p, name);
    return parameters ? parse_parameters(p, parameters) : GYRE_OK;
}

static gyre_status_t parse_range(parser_t *p, char *text)
{
    if (*text == 'r')
        return parse_count(p, text, &p->rule.members_from, &p->rule.members_to);
    if (*text == 'n')
        return parse_count(p, text, &p->rule.nodes_from, &p->rule.nodes_to);
    if ((*text >= '0' && *text <= '9') || strncmp(text, "inf", 3) == 0)
        return parse_bytes(p, text);
    return complain(p, GYRE_ERR_SYNTAX,
                    "\"%.60s\": expected MIN-MAX bytes, rMEMBERS, nNODES or @ALGORITHM", text);
}

static void complete(gyre__rule_t *rule, bool sized)
{
    if (!sized)
        rule->bytes_to = SIZE_MAX;
    if (rule->members_from == 0)
        rule->members_from = 1, rule->members_to = INT_MAX;
    if (rule->nodes_from == 0)
        rule->nodes_from = 1, rule->nodes_to = INT_MAX;
}

/* The parts between colons: a collective, ranges, and the algorithm at the end. */
static gyre_status_t parse_parts(parser_t *p)
{
    char *next = strchr(p->text, ':');
    if (next)
        *next++ = '\0';
    gyre_status_t status = parse_collective(p, p->text);
    while (status == GYRE_OK && next && *next != '@') {
        char *part = next;
        next = strchr(part, ':');
        if (next)
            *next++ = '\0';
        status = parse_range(p, part);
    }
    if (status == GYRE_OK && !next)
        status = complain(p, GYRE_ERR_SYNTAX, "expected :@ALGORITHM at its end");
    if (status == GYRE_OK)
        status = parse_algorithm(p, next + 1);
    complete(&p->rule, p->sized);
    return status;
}

static gyre_status_t keep(parser_t *p)
{
    gyre__rules_t *rules = p->rules;
    if (rules->count == rules->room) {
        size_t room = rules->room ? 2 * rules->room : 16;
        gyre__rule_t *more = realloc(rules->at, room * sizeof(*more));
        if (!more)
            return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu rules", room);
        rules->at = more;
        rules->room = room;
    }
    rules->at[rules->count++] = p->rule;
    return GYRE_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Where the rule that begins here ends. */
static size_t extent(const char *text)
{
    bool inside = false;
    size_t length = 0;
    for (; text[length] && !strchr("\n#", text[length]); length++) {
        if (text[length] == ',' && !inside)
            break;
        inside = text[length] == '(' || (inside && text[length] != ')');
    }
    return length;
}

static gyre_status_t parse_one(parser_t *p, const char *text, size_t length)
{
    while (length && is_blank(text[length - 1]))
        length--;
    if (length == 0)
        return GYRE_OK;
    p->rule = (gyre__rule_t){.number = p->rules->lines ? p->line : ++p->number};
    p->whole = text;
    p->length = length;
    p->sized = false;
    p->text = strndup(text, length);
    if (!p->text)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a rule of %zu bytes", length);
    gyre_status_t status = parse_parts(p);
    free(p->text);
    return status == GYRE_OK ? keep(p) : status;
}

gyre_status_t gyre__rules_parse(gyre__rules_t *rules, const char *name, bool lines,
                                const char *text)
{
    parser_t p = {.rules = rules, .line = 1};
    gyre_status_t status = GYRE_OK;
    *rules = (gyre__rules_t){.name = strdup(name), .lines = lines};
    if (!rules->name)
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for rules");
    while (status == GYRE_OK && *text) {
        while (is_blank(*text))
            text++;
        size_t length = extent(text);
        status = parse_one(&p, text, length);
        text += length;
        if (*text == '#')
            text += strcspn(text, "\n");
        if (*text)
            p.line += *text++ == '\n';
    }
    if (status != GYRE_OK)
        gyre__rules_cleanup(rules);
    return status;
}
