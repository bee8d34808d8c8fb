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

#define PACKET_MAX (LOG_LINE_MAX + 128)

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
    /* A line that is full ends in the value that was cut, and with its quote. */
    if (quoted && line->used == line->size)
        line->text[line->used - 1] = '"';
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

/* A socket to the log that never waits; -1 when nobody listens there. */
static int
connect_log(void)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* RFC 3164's form, as every syslog of Linux takes it at /dev/log; `packet` has PACKET_MAX bytes. */
static void
make_packet(char *packet, const char *program, int priority, const char *text)
{
    time_t now = time(NULL);
    char stamp[32] = "";
    struct tm here;

    if (localtime_r(&now, &here) != NULL)
        (void)strftime(stamp, sizeof stamp, "%b %e %H:%M:%S ", &here);
    snprintf(packet, PACKET_MAX, "<%d>%s%.64s[%ld]: %s", LOG_AUTHPRIV | priority, stamp, program,
             (long)getpid(), text);
}

void
log_write(const char *program, int priority, const char *text)
{
    char packet[PACKET_MAX];
    int fd = connect_log();

    if (fd < 0)
        return;
    make_packet(packet, program, priority, text);
    (void)send(fd, packet, strlen(packet), MSG_NOSIGNAL);
    close(fd);
}

void
log_line(int priority, const char *sentence, ...)
{
    char line[LOG_LINE_MAX], packet[PACKET_MAX];
    va_list pairs;

    va_start(pairs, sentence);
    log_format(line, sizeof line, sentence, pairs);
    va_end(pairs);
    make_packet(packet, log_program, priority, line);
    for (int tries = 0; tries < 2; tries++) {
        if (log_fd < 0)
            log_fd = connect_log();
        if (log_fd < 0 || send(log_fd, packet, strlen(packet), MSG_NOSIGNAL) >= 0 ||
            errno == EAGAIN)
            return;
        log_close(); /* a syslog that was restarted listens anew */
    }
}
