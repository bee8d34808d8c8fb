/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/checked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/temporary.h"

int
checked_set_up(void **state)
{
    struct checked *checked = calloc(1, sizeof *checked);
    struct installed *installed = &checked->installed;
    const struct {
        const char **path, *name;
    } all[] = {
        {&installed->config, "aws-role.conf"},
        {&installed->config_dir, "conf.d"},
        {&installed->vendor_config, "vendor.conf"},
        {&installed->credentials, "credentials"},
        {&installed->rundir, "run"},
        {&installed->broker, "broker"},
        {&installed->helper, "helper"},
        {&installed->agent, "agent"},
        {&installed->module, "module.so"},
        {&installed->pam_folder, "pam.d"},
        {&installed->metadata_users, "metadata-users"},
    };
    const char *folder = temporary_folder(NULL);

    assert_non_null(checked);
    setlocale(LC_CTYPE, "C");
    assert_int_equal(chmod(folder, 0755), 0);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        snprintf(checked->paths[i], sizeof checked->paths[i], "%s/%s", folder, all[i].name);
        *all[i].path = checked->paths[i];
    }
    installed->listener = geteuid();
    checked->check.installed = installed;
    checked->check.trust.owner = geteuid();
    checked->check.trust.secret_group = getegid();
    checked->check.trust.below = folder;
    checked->check.out.out = open_memstream(&checked->out, &checked->out_size);
    checked->check.err.out = open_memstream(&checked->err, &checked->err_size);
    *state = checked;
    return 0;
}

int
checked_tear_down(void **state)
{
    struct checked *checked = *state;

    config_free(checked->check.config);
    fclose(checked->check.out.out);
    fclose(checked->check.err.out);
    free(checked->out);
    free(checked->err);
    free(checked);
    temporary_remove();
    return 0;
}

void
checked_configure(const struct checked *checked, const char *text)
{
    char whole[4096];

    assert_in_range(snprintf(whole, sizeof whole, "%s%s", CHECKED_BASE, text), 1, sizeof whole - 1);
    temporary_write(checked->installed.config, 0644, whole);
}

const char *
checked_output(struct checked *checked)
{
    fflush(checked->check.out.out);
    return checked->out;
}

const char *
checked_errors(struct checked *checked)
{
    fflush(checked->check.err.out);
    return checked->err;
}

static void
expect(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("nothing says \"%s\" in:\n%s", part, text);
}

void
checked_expect_output(struct checked *checked, const char *part)
{
    expect(checked_output(checked), part);
}

void
checked_expect_error(struct checked *checked, const char *part)
{
    expect(checked_errors(checked), part);
}

void
checked_expect_error_at(struct checked *checked, const char *path, unsigned int line)
{
    char place[160];

    snprintf(place, sizeof place, "%s:%u: ", path, line);
    expect(checked_errors(checked), place);
}
