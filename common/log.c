/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

struct line {
    char *text;
    size_t size, used; /* `size` leaves room for the NUL */
};

static void
append(struct line *line, const char *text, size_t size)
{
    if (size > line->size - line->used)
        size = line->size - line->used;
    memcpy(line->text + line->used, text, size);
    line->used += size;
}

static int
is_plain(unsigned char c)
{
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void
append_escaped(struct line *line, const char *value)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t length = strnlen(value, LOG_VALUE_MAX + 1);

    for (size_t i = 0; i < length && i < LOG_VALUE_MAX; i++) {
        unsigned char c = (unsigned char)value[i];
        const char escape[4] = {'\\', 'x', digits[c >> 4], digits[c & 15]};

        if (is_plain(c) || c == ' ')
            append(line, value + i, 1);
        else
            append(line, escape, sizeof escape);
    }
    if (length > LOG_VALUE_MAX)
        append(line, "...", 3);
}

static void
append_value(struct line *line, const char *value)
{
    int quoted = value[0] == '\0';

    for (const char *c = value; *c != '\0' && !quoted; c++)
        quoted = !is_plain((unsigned char)*c) || *c == '=';
    if (quoted)
        append(line, "\"", 1);
    append_escaped(line, value);
    if (quoted)
        append(line, "\"", 1);
}

void
log_format(char *text, size_t size, const char *sentence, va_list pairs)
{
    struct line line = {.text = text, .size = size - 1, .used = 0};
    const char *key;

    if (line.size > LOG_LINE_MAX - 1)
        line.size = LOG_LINE_MAX - 1;
    append(&line, sentence, strlen(sentence));
    while ((key = va_arg(pairs, const char *)) != NULL) {
        const char *value = va_arg(pairs, const char *);

        if (value == NULL)
            continue;
        append(&line, " ", 1);
        append(&line, key, strlen(key));
        append(&line, "=", 1);
        append_value(&line, value);
    }
    line.text[line.used] = '\0';
}

static int log_fd = -1;
static const char *log_program = "aws-role";

void
log_open(const char *program)
{
    log_program = program;
}

void
log_close(void)
{
    if (log_fd >= 0)
        close(log_fd);
    log_fd = -1;
}

static int
connect_log(void)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};

    log_close();
    log_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (log_fd >= 0 && connect(log_fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return 0;
    log_close();
    return -1;
}

/* RFC 3164's form, as every syslog of Linux takes it at /dev/log. */
static size_t
add_header(char *packet, size_t size, int priority)
{
    time_t now = time(NULL);
    struct tm here;
    int used = snprintf(packet, size, "<%d>", LOG_AUTHPRIV | priority);

    if (localtime_r(&now, &here) != NULL)
        used += (int)strftime(packet + used, size - (size_t)used, "%b %e %H:%M:%S ", &here);
    used += snprintf(packet + used, size - (size_t)used, "%s[%ld]: ", log_program, (long)getpid());
    return (size_t)used;
}

void
log_line(int priority, const char *sentence, ...)
{
    char packet[LOG_LINE_MAX + 128];
    size_t header = add_header(packet, 128, priority);
    va_list pairs;

    va_start(pairs, sentence);
    log_format(packet + header, LOG_LINE_MAX, sentence, pairs);
    va_end(pairs);
    for (int tries = 0; tries < 2; tries++) {
        if (log_fd < 0 && connect_log() != 0)
            return;
        if (send(log_fd, packet, strlen(packet), MSG_NOSIGNAL) >= 0 || errno == EAGAIN)
            return;
        log_close(); /* a syslog that was restarted listens anew */
    }
}
