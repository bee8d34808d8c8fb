/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_AGENT_REQUEST_H
#define AWS_ROLE_AGENT_REQUEST_H

#include "agent/broker.h"
#include "agent/browser.h"
#include "agent/endpoint.h"
#include "agent/session.h"
#include "common/protocol.h"

/*
 * What a client of the session may ask for, and what it gets. Each request has one answer:
 *
 *   GET      GRANT from memory while there is a valid one, also past its freshness, which starts
 *            one refresh; else what the broker answers. EXPORT says whether it has keys or the
 *            endpoint that gives them, which is opened for whoever asks first
 *   STATUS   STATE; with nothing valid in memory the broker is asked first
 *   ROLES    ROLE_LIST; before the first answer the broker is asked
 *   REFRESH  what the broker answers to REFRESH
 *   LOGIN    GRANT while there are fresh ones; else what the broker answers to a person who is
 *            there to be asked: ASK, when the role needs an answer. With BROWSER_OPEN the URL of an
 *            ASK that has one is of a port of ours (agent/browser.h), and PENDING of the class BUSY
 *            says that nothing was asked. With BROWSER_WAIT nothing is asked: that ASK again while
 *            a browser is waited for, then what the broker made of the answer that it brought
 *   ANSWER   what the broker makes of it; PENDING of the class BUSY: it was not told, because a
 *            question about the role was under way. Its CLASS is that of the broker's answer
 *   LOGOUT   NONE, everything forgotten
 */

struct request {
    enum record_kind kind;
    char role[RECORD_ROLE_NAME_MAX + 1]; /* "": the session's default */
    enum export export_as;               /* of GET; 0: as the session does */
    enum browser_wish browser;           /* of LOGIN; 0: the person types */
    int refused; /* 1: an ANSWER, or a wish, that the broker was not told */
};

/* AWS_ROLE_ERR_PROTOCOL: not a record that a client may send. */
int request_read(struct request *request, const struct record *record);

/*
 * Starts what the request needs, `record` being what request_read has read, and names the default
 * role in it if that is known. 1: the broker's answer has to be waited for; 0: answer now.
 */
int request_begin(struct request *request, const struct record *record, struct session *session,
                  struct broker *broker, struct browser *browser);

/* 1 when a request that waited for `role`, which has a new answer, can be answered with it. */
int request_is_done(const struct request *request, const struct session_role *role,
                    const struct browser *browser);

/*
 * Starts `answer` with what the session knows by now. `late`: the broker was waited for and has not
 * answered.
 */
void request_answer(const struct request *request, struct session *session,
                    struct endpoint *endpoint, const struct browser *browser, int late,
                    struct record *answer);

#endif
