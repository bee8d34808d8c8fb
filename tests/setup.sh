# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: BSD-3-Clause
# What run-tests and quickstart do before the real thing: packages and the build. To be sourced, with
# the folder of the build in BUILD, an absolute path.

# A newer Python of one's own rarely has botocore: the distribution's has.
PYTHON=/usr/bin/python3
[ -x "$PYTHON" ] || PYTHON=python3
# configure takes bash for itself and for libtool where there is one: the small shell of Debian and
# its kin has both done in less than two thirds of the time.
CONFIG_SHELL=/bin/sh
export PYTHON PYTHONDONTWRITEBYTECODE=1 CONFIG_SHELL

# Distribution packages, by what needs them.
BUILD_PACKAGES=(gcc libc6-dev make autoconf automake libtool pkg-config libpam0g-dev
    libcurl4-openssl-dev libssl-dev libjansson-dev libexpat1-dev libevent-dev)
LOGIN_PACKAGES=(python3 python3-botocore python3-cryptography ca-certificates iproute2 passwd
    openssh-client awscli)
CEPH_PACKAGES=(radosgw ceph-mon ceph-osd ceph-common)
TEST_PACKAGES=(libcmocka-dev pamtester binutils xz-utils shellcheck mandoc util-linux login sudo git
    openssl nftables tmux zsh fish python3-boto3 rclone curl procps zbar-tools libqrencode4)
# Not where another Node is: its npm and the distribution's exclude each other.
command -v node >/dev/null || TEST_PACKAGES+=(nodejs)
command -v npm >/dev/null || TEST_PACKAGES+=(npm)
JAVASCRIPT_PACKAGES=(@aws-sdk/client-sts@3.901.0 @aws-sdk/credential-provider-login@3.972.93)
# Large, and for few tests.
BROWSER_PACKAGES=(chromium chromium-driver)

say() {
    printf '%s\n' "$*"
}

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# The process groups of what runs, and their end.
running=()
end_running() {
    local group
    for group in "${running[@]}"; do
        kill -TERM -- "-$group" 2>/dev/null || true
    done
}
stop_steps() {
    end_running
    [ ! -t 1 ] || printf '\r\033[K'
    say "${0##*/}: interrupted"
    exit 130
}
trap stop_steps INT TERM HUP

# begin COMMAND …: runs it with its output in $BUILD/log; end_step waits for the last one.
begin() {
    set -m                      # a process group of its own, to be ended as a whole
    "$@" >>"$BUILD/log" 2>&1 </dev/null &
    running+=("$!")
    set +m
}

# end_step TEXT STARTED: the line turns on a terminal.
end_step() {
    local text=$1 started=$2 last=$((${#running[@]} - 1)) status=0 turn=0 turns="|/-\\"
    while [ -t 1 ] && kill -0 "${running[last]}" 2>/dev/null; do
        printf '\r  %s %s %s s ' "${turns:turn++%4:1}" "$text" "$((SECONDS - started))"
        sleep 0.2
    done
    wait "${running[last]}" || status=$?
    unset "running[last]"
    [ ! -t 1 ] || printf '\r\033[K'
    if [ "$status" -ne 0 ]; then
        end_running
        tail -n 40 "$BUILD/log" >&2
        fail "$text failed; the whole output is in $BUILD/log"
    fi
    say "  $text ($((SECONDS - started)) s)"
}

# step TEXT COMMAND …
step() {
    local text=$1
    shift
    begin "$@"
    end_step "$text" "$SECONDS"
}

# What a step in the background does, and when it began; the steps after it are within it.
beside=
beside_started=
begin_beside() {
    beside=$1 beside_started=$SECONDS
    shift
    begin "$@"
}

end_beside() {
    [ -z "$beside" ] || end_step "$beside" "$beside_started"
    beside=
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

list_missing() {
    local package
    for package in "$@"; do
        is_installed "$package" || printf '%s\n' "$package"
    done
}

# Debian 13 and Ubuntu have no awscli package in every release: botocore does its work then. Ubuntu
# has no chromium that is not a snap: its tests are skipped.
is_optional() {
    case $1 in awscli | chromium | chromium-driver) ;; *) return 1 ;; esac
}

has_candidate() {
    apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'
}

install_with_apt() {
    local package wanted=()
    as_root apt-get update
    for package in "$@"; do
        is_optional "$package" && ! has_candidate "$package" || wanted+=("$package")
    done
    [ "${#wanted[@]}" -gt 0 ] || return 0
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        "${wanted[@]}"
}

# What would start a daemon for the whole machine is not installed where it is missing: the files are
# unpacked into a folder of ours instead.

# unpack FOLDER PACKAGE …: their programs, PAM services and what these need.
unpack() {
    local folder=$1 package
    shift
    rm -rf "$folder" && mkdir -p "$folder"/{packages,bin,sbin,lib,pam.d}
    cd "$folder/packages" || return
    apt-get download "$@"
    for package in *.deb; do
        dpkg-deb -x "$package" .
    done
    cp -a usr/sbin/. "$folder/sbin/"
    [ ! -d usr/bin ] || cp -a usr/bin/. "$folder/bin/"
    [ ! -d usr/lib/openssh ] || cp -a usr/lib/openssh "$folder/lib/"
    [ ! -d etc/pam.d ] || cp -a etc/pam.d/. "$folder/pam.d/"
    find . -name 'libwrap.so.*' -exec cp -a {} "$folder/lib/" \;
    cd .. && rm -rf packages
}

# Two programs are called login: shadow's, and util-linux's, which Debian has not packaged before 13
# and its kin not everywhere. It comes from the distribution's own source, once, in a minute or two.
build_util_linux_login() {
    local folder=$BUILD/util-linux-login
    local -a apt=(apt-get -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$folder/sources"
        -o "Dir::State::Lists=$folder/lists" -o "Dir::Cache=$folder/cache" -o Acquire::Retries=0)
    rm -rf "$folder" && mkdir -p "$folder"/{sources,lists/partial,cache/archives/partial,source}
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(ORIGIN) deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' | sed -nE 's/^(Debian|Ubuntu) //p' >"$folder/sources/sources.list"
    cd "$folder/source" || return
    "${apt[@]}" update && "${apt[@]}" source --download-only util-linux || return
    tar -xf util-linux_*.orig.tar.?z --strip-components=1 || return
    ./configure --disable-all-programs --enable-login --disable-nls --disable-asciidoc \
        --disable-bash-completion --without-systemd --without-audit --without-selinux \
        --without-python || return
    make -j "$(nproc)" login && ./libtool --mode=install cp login "$folder/login" || return
    cd .. && rm -rf source sources lists cache
}

# Without it, a test is skipped and says so.
try_util_linux_login() {
    build_util_linux_login || echo "util-linux's login could not be built: its tests are skipped"
}

fetch_javascript() {
    npm install --prefix "$BUILD/javascript" --no-save --no-package-lock --no-audit --no-fund \
        --ignore-scripts --fetch-retries=1 --fetch-timeout=20000 "${JAVASCRIPT_PACKAGES[@]}"
}

# Without it, a test is skipped and says so.
try_javascript() {
    fetch_javascript || echo "npm's packages could not be fetched: the test with them is skipped"
}

# wants LINE WORD …: whether the words ask for a test with this line; no words ask for all.
wants() {
    local word line=$1
    shift
    [ $# -gt 0 ] || return 0
    for word in "$@"; do
        case $line in *"${word,,}"*) return 0 ;; esac
    done
    return 1
}

# wants_javascript WORD …: whether AWS's JavaScript SDK is wanted by a test, can be had, and is not all
# there.
wants_javascript() {
    local package
    command -v npm >/dev/null || return 1
    wants "endpoint_clients: the javascript sdk renews inside a process" "$@" ||
        wants "signin_clients: the javascript sdk refreshes a login session" "$@" || return 1
    for package in "${JAVASCRIPT_PACKAGES[@]}"; do
        [ -d "$BUILD/javascript/node_modules/${package%@*}" ] || return 0
    done
    return 1
}

# need_browser WORD …: what tests of the sign-in page need beside packages that all need.
need_browser() {
    command -v apt-get >/dev/null || return 0
    if wants "browser: chromium signs in" "$@" ||
        wants "sign_in_browser: chromium signs in at the page" "$@"; then
        need_packages "${BROWSER_PACKAGES[@]}"
    fi
}

# need_applications WORD …: what the tests of PAM's applications need beside packages. What takes a
# minute goes on beside the build: end_beside waits for it.
need_applications() {
    local texts=() jobs=()
    if command -v apt-get >/dev/null && { [ ! -x /usr/sbin/cron ] || [ ! -x /usr/sbin/atd ]; }; then
        [ -x "$BUILD/daemons/sbin/atd" ] ||
            step "unpacking cron and atd, without installing them" unpack "$BUILD/daemons" cron at
    fi
    if wants_javascript "$@"; then
        texts+=("fetching AWS's JavaScript SDK with npm") jobs+=(try_javascript)
    fi
    if wants "doors: \`login -f\` of util-linux" "$@" && command -v apt-get >/dev/null &&
        [ "$(dpkg-query -W -f '${source:Package}' login)" = shadow ] &&
        [ ! -x "$BUILD/util-linux-login/login" ]; then
        texts+=("building util-linux's login, beside shadow's") jobs+=(try_util_linux_login)
    fi
    [ ${#jobs[@]} -eq 0 ] ||
        begin_beside "$(printf '%s; ' "${texts[@]}" | sed 's/; $//')" all_at_once "${jobs[@]}"
}

all_at_once() {
    local job
    for job in "$@"; do
        "$job" &
    done
    wait
}

# Elsewhere than on Debian and its kin: what is missing is told by what needs it.
check_elsewhere() {
    local command missing=()
    for command in gcc make autoreconf libtoolize pkg-config ip ssh sshd useradd; do
        PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null || missing+=("$command")
    done
    "$PYTHON" -c 'import botocore, cryptography' 2>/dev/null || missing+=("python3 with botocore")
    [ "${#missing[@]}" -eq 0 ] && return
    say "Missing here: ${missing[*]}. Install:"
    say "  Fedora, RHEL:  dnf install gcc make autoconf automake libtool pkgconf pam-devel libcurl-devel \\"
    say "      openssl-devel jansson-devel expat-devel libevent-devel python3-botocore \\"
    say "      python3-cryptography iproute openssh-server openssh-clients shadow-utils awscli2 \\"
    say "      libcmocka-devel binutils xz ShellCheck mandoc sudo git-core cronie at util-linux openssl \\"
    say "      nftables tmux zsh fish curl procps-ng zbar qrencode-libs"
    say "  Arch:          pacman -S base-devel pam curl openssl jansson expat libevent python-botocore \\"
    say "      python-cryptography iproute2 openssh shadow aws-cli cmocka xz shellcheck mandoc sudo git \\"
    say "      cronie at util-linux nftables tmux zsh fish procps-ng zbar qrencode"
    say "pamtester, which the tests use, is in neither: see http://pamtester.sourceforge.net/"
    exit 1
}

# need_packages PACKAGE …: installs what is missing.
need_packages() {
    local missing
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        check_elsewhere
        return
    fi
    mapfile -t missing < <(list_missing "$@")
    if [ "${missing[*]}" = awscli ] && ! has_candidate awscli; then
        missing=()
    fi
    if [ "${#missing[@]}" -gt 0 ]; then
        say "Not installed yet: ${missing[*]}"
        if [ "$(id -u)" -ne 0 ]; then
            command -v sudo >/dev/null || fail "root has to run: apt-get install ${missing[*]}"
            sudo -v             # asks here, not behind the progress line
        fi
        step "installing them with apt-get" install_with_apt "${missing[@]}"
    fi
    # One that was unpacked for an earlier build does as well: a test's sandbox has no network.
    if [ ! -x /usr/sbin/sshd ] && [ ! -x "${SSHD_FOLDER-}/sbin/sshd" ]; then
        [ -x "$BUILD/sshd/lib/openssh/sftp-server" ] || step "unpacking sshd, without installing it" \
            unpack "$BUILD/sshd" openssh-server openssh-sftp-server libwrap0
        export SSHD_FOLDER=$BUILD/sshd
    fi
}

run_configure() {
    cd "$BUILD" || return
    "$SOURCE/configure" --prefix=/usr/local --sysconfdir=/etc "$@"
}

# build TARGET …: configures where that has not been done, and makes the targets.
build() {
    [ ! -f "$SOURCE/config.status" ] ||
        fail "the source folder itself is configured, which this build cannot share: make distclean"
    [ -x "$SOURCE/configure" ] || step "autogen.sh" "$SOURCE/autogen.sh"
    [ -f "$BUILD/Makefile" ] || step "configure" run_configure
    step "make" make -C "$BUILD" --no-print-directory -j "$(nproc)" "$@"
}
