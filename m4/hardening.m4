# SPDX-License-Identifier: BSD-3-Clause
# Compiler and linker flags of the project's own. The user's CFLAGS and LDFLAGS stay theirs, and
# come later on every command line.

# AWS_ROLE_CFLAG([flag]): adds it to AM_CFLAGS where the compiler knows it.
AC_DEFUN([AWS_ROLE_CFLAG], [
    AC_MSG_CHECKING([whether the compiler takes $1])
    aws_role_saved=$CFLAGS
    CFLAGS="$CFLAGS -Werror $1"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]], [[return 0;]])],
        [AC_MSG_RESULT([yes]); AM_CFLAGS="$AM_CFLAGS $1"], [AC_MSG_RESULT([no])])
    CFLAGS=$aws_role_saved
])

# AWS_ROLE_LDFLAG([flag]): adds it to AM_LDFLAGS where the linker knows it.
AC_DEFUN([AWS_ROLE_LDFLAG], [
    AC_MSG_CHECKING([whether the linker takes $1])
    aws_role_saved=$LDFLAGS
    LDFLAGS="$LDFLAGS $1"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
        [AC_MSG_RESULT([yes]); AM_LDFLAGS="$AM_LDFLAGS $1"], [AC_MSG_RESULT([no])])
    LDFLAGS=$aws_role_saved
])

AC_DEFUN([AWS_ROLE_WARNINGS], [
    AC_ARG_ENABLE([werror],
        [AS_HELP_STRING([--enable-werror], [treat compiler warnings as errors])],
        [], [enable_werror=no])
    AWS_ROLE_CFLAG([-std=gnu17])
    AWS_ROLE_CFLAG([-Wall])
    AWS_ROLE_CFLAG([-Wextra])
    AWS_ROLE_CFLAG([-Wconversion])
    AWS_ROLE_CFLAG([-Wshadow])
    AWS_ROLE_CFLAG([-Wstrict-prototypes])
    AWS_ROLE_CFLAG([-Wmissing-prototypes])
    AWS_ROLE_CFLAG([-Wformat=2])
    AWS_ROLE_CFLAG([-Wundef])
    AS_IF([test "$enable_werror" = yes], [AWS_ROLE_CFLAG([-Werror])])
])

# AWS_ROLE_FORTIFY: -D_FORTIFY_SOURCE=3, else 2, unless the user's own flags say something of it.
AC_DEFUN([AWS_ROLE_FORTIFY], [
    AC_MSG_CHECKING([which _FORTIFY_SOURCE there is])
    aws_role_saved=$CFLAGS
    aws_role_fortify=none
    for aws_role_level in 3 2; do
        CFLAGS="-O2 -Werror -D_FORTIFY_SOURCE=$aws_role_level"
        AS_IF([test $aws_role_fortify = none],
            [AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]], [[return 0;]])],
                [aws_role_fortify=$aws_role_level])])
    done
    CFLAGS=$aws_role_saved
    AS_CASE(["$CPPFLAGS $CFLAGS"],
        [*_FORTIFY_SOURCE*], [aws_role_fortify="the user's"],
        [*-O0*], [aws_role_fortify=none],
        [*-O*], [AS_IF([test $aws_role_fortify != none],
            [AM_CFLAGS="$AM_CFLAGS -D_FORTIFY_SOURCE=$aws_role_fortify"])],
        [aws_role_fortify=none])
    AC_MSG_RESULT([$aws_role_fortify])
])

AC_DEFUN([AWS_ROLE_HARDENING], [
    AC_ARG_ENABLE([hardening],
        [AS_HELP_STRING([--disable-hardening], [leave out the hardening flags])],
        [], [enable_hardening=yes])
    AC_ARG_ENABLE([sanitizer],
        [AS_HELP_STRING([--enable-sanitizer=LIST], [build with -fsanitize=LIST, for tests])],
        [], [enable_sanitizer=no])
    AC_ARG_ENABLE([fuzzing],
        [AS_HELP_STRING([--enable-fuzzing], [build fuzz targets with libFuzzer (CC=clang)])],
        [], [enable_fuzzing=no])
    AS_IF([test "$enable_hardening" = yes], [
        AWS_ROLE_CFLAG([-fvisibility=hidden])
        AWS_ROLE_CFLAG([-fstack-protector-strong])
        AWS_ROLE_CFLAG([-fstack-clash-protection])
        AWS_ROLE_CFLAG([-ftrivial-auto-var-init=zero])
        AWS_ROLE_CFLAG([-fcf-protection=full])
        AWS_ROLE_CFLAG([-mbranch-protection=standard])
        AWS_ROLE_CFLAG([-fno-strict-overflow])
        AWS_ROLE_LDFLAG([-Wl,-z,relro])
        AWS_ROLE_LDFLAG([-Wl,-z,now])
        AWS_ROLE_LDFLAG([-Wl,-z,noexecstack])
        AWS_ROLE_LDFLAG([-Wl,--as-needed])
        AS_IF([test "$enable_sanitizer$enable_fuzzing" = nono], [
            AWS_ROLE_FORTIFY
            AWS_ROLE_LDFLAG([-Wl,-z,defs])
        ])
        PROGRAM_CFLAGS=-fPIE
        PROGRAM_LDFLAGS=-pie
    ])
    AC_SUBST([PROGRAM_CFLAGS])
    AC_SUBST([PROGRAM_LDFLAGS])
])

AC_DEFUN([AWS_ROLE_INSTRUMENTATION], [
    AS_IF([test "$enable_sanitizer" != no], [
        AM_CFLAGS="$AM_CFLAGS -fsanitize=$enable_sanitizer -fno-omit-frame-pointer"
        AM_LDFLAGS="$AM_LDFLAGS -fsanitize=$enable_sanitizer"
    ])
    AS_IF([test "$enable_fuzzing" != no], [
        AM_CFLAGS="$AM_CFLAGS -fsanitize=fuzzer-no-link,address -g"
        AM_LDFLAGS="$AM_LDFLAGS -fsanitize=address"
    ])
    AM_CONDITIONAL([FUZZING], [test "$enable_fuzzing" != no])
])
