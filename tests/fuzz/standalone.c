/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs a fuzz target without a fuzzer: once for each file named, for `make check` and for looking
 * at one input by itself.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX (16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
run(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *buffer, *exact;
    size_t size;

    if (file == NULL) {
        perror(path);
        return 1;
    }
    buffer = malloc(INPUT_MAX);
    size = buffer == NULL ? 0 : fread(buffer, 1, INPUT_MAX, file);
    exact = malloc(size == 0 ? 1 : size); /* so that a sanitizer sees a read past the end */
    if (buffer == NULL || exact == NULL || ferror(file)) {
        fprintf(stderr, "%s: cannot be read\n", path);
        free(buffer);
        free(exact);
        fclose(file);
        return 1;
    }
    memcpy(exact, buffer, size);
    free(buffer);
    fclose(file);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

int
main(int argc, char **argv)
{
    int failed = argc < 2;

    if (failed)
        fprintf(stderr, "usage: %s FILE...\n", argv[0]);
    for (int i = 1; i < argc; i++)
        failed |= run(argv[i]);
    return failed;
}
