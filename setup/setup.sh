# shellcheck shell=sh
# The set-up, sourced by ./goldsmith (which sets $root, $main and $state). Three parts, each done only when it is
# needed and safe to interrupt and repeat: system packages, Node.js with the npm modules, compiled code.
# A stamp in .goldsmith/ is written last, with the time from before the work, so nothing changed meanwhile is missed.
# shellcheck disable=SC2154 # root, state and main are ./goldsmith's; sources_dir is apt-config's

NODE_MINIMUM=20.19
EXIT_HOST_LACKS=4
HERE=$root/setup
LOG=$state/setup.log

say() { printf 'goldsmith: %s\n' "$*" >&2; }
fail() {
  say "$1"
  [ -z "${2-}" ] || printf '  %s\n' "$2" >&2
  exit "${3-1}"
}

# Runs a command with its output in the log; when it fails, shows what matters of it. $1 says what is being done.
logged() {
  logged_what=$1
  shift
  say "$logged_what ..."
  "$@" >"$LOG" 2>&1 </dev/null 9>&- && return 0
  { grep -iE '^(E:|.*error)' "$LOG" || tail -n 15 "$LOG"; } | head -n 15 | sed 's/^/  | /' >&2
  return 1
}

# ---- entry points ---------------------------------------------------------------------------------------------

# What a start needs; commands that only look do without the system's packages. Leaves $node set.
setup_for_start() {
  begin_setup
  if needs_system "$@" && ! is_system_ready; then setup_system run; fi
  is_program_ready || setup_program core/cli
  if needs_app "$@" && ! is_app_ready; then setup_app; fi
  end_setup
}

# ./goldsmith setup [--test]
setup_command() {
  setup_groups=run
  setup_projects=core/cli
  case ${1-} in
    '') ;;
    --test) setup_groups='run test test?' setup_projects='.' ;;
    *) fail "setup: unknown option '$1'" 'Usage: ./goldsmith setup [--test]' 2 ;;
  esac
  begin_setup
  # shellcheck disable=SC2086
  setup_system $setup_groups
  setup_program "$setup_projects"
  is_app_ready || setup_app
  end_setup
  say "ready (node $("$node" --version), $(qemu-system-x86_64 --version | sed -n '1s/ (.*//p'))"
}

# Two starts at once: the second waits, and then finds the work done. The kernel drops the lock with the process.
begin_setup() {
  PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin # where Debian keeps sshd and depmod, for users too
  mkdir -p "$state" 2>/dev/null || true
  [ -w "$state" ] || fail "cannot write to $state, where the set-up keeps its state." 'Start it as the owner of this folder.' 4
  exec 9>"$state/lock"
  command -v flock >/dev/null || return 0
  flock -n 9 && return 0
  say 'another start is doing the set-up; waiting for it ...'
  flock 9
}

end_setup() { exec 9>&-; }

# ---- system packages ------------------------------------------------------------------------------------------

# setup_system GROUP...: installs what the rows of these groups find missing.
setup_system() {
  manager=$(package_manager)
  missing=$(missing_packages "$manager" "$@")
  if [ -n "$missing" ]; then
    [ -n "$manager" ] || fail "these programs are missing: $missing" \
      'No apt, dnf or pacman was found here: install them by hand, then start again.' $EXIT_HOST_LACKS
    script=$(install_script "$manager" "$missing")
    # shellcheck disable=SC2086
    run_as_root "installing system packages ($manager):$(printf ' %s' $missing | tr -d '^?')" "$script"
  fi
  : >"$state/system"
}

package_manager() {
  for manager_pair in apt-get:apt dnf:dnf pacman:pacman; do
    ! command -v "${manager_pair%:*}" >/dev/null || { echo "${manager_pair#*:}" && return; }
  done
}

# missing_packages MANAGER GROUP...: the packages of every row whose check fails, each once.
missing_packages() {
  missing_manager=$1
  shift
  tab=$(printf '\t')
  # shellcheck disable=SC2034 # purpose is for the doctor
  while IFS=$tab read -r group check apt dnf pacman purpose; do
    case $group in '' | '#'*) continue ;; esac
    case " $* " in *" $group "*) ;; *) continue ;; esac
    ! is_there "$check" || continue
    case $missing_manager in
      apt) names=$apt ;; dnf) names=$dnf ;; pacman) names=$pacman ;; *) names=$check ;;
    esac
    mark=
    [ "$group" != 'test?' ] || mark='?'
    for name in $names; do
      [ "$name" = - ] || echo "$mark$name"
    done
  done <"$HERE/packages.tsv" | awk '!seen[$0]++'
}

# is_there CHECK: a program, a file, or one of several (a|b), or a program of at least a version (a>=1).
is_there() {
  check_rest=$1
  while [ -n "$check_rest" ]; do
    check_one=${check_rest%%|*}
    case $check_rest in *'|'*) check_rest=${check_rest#*|} ;; *) check_rest= ;; esac
    case $check_one in
      /*) [ ! -e "$check_one" ] || return 0 ;;
      *'>='*) ! has_version "${check_one%>=*}" "${check_one#*>=}" || return 0 ;;
      *) ! command -v "$check_one" >/dev/null || return 0 ;;
    esac
  done
  return 1
}

# has_version PROGRAM MINIMUM: the first number of `PROGRAM --version` is at least MINIMUM (major or major.minor).
# What is old and cannot be had newer here must not be asked for at every start: see is_newer_to_be_had.
has_version() {
  command -v "$1" >/dev/null || return 1
  "$1" --version 2>/dev/null </dev/null | at_least "$2" || ! is_newer_to_be_had
}

at_least() {
  awk -v minimum="$1" 'NR == 1 && match($0, /[0-9]+(\.[0-9]+)*/) {
    split(substr($0, RSTART, RLENGTH), has, "."); split(minimum, wants, ".")
    exit !(has[1] + 0 > wants[1] + 0 || (has[1] + 0 == wants[1] + 0 && has[2] + 0 >= wants[2] + 0))
  } END { if (NR == 0) exit 1 }'
}

# Only Debian 12 has its newer QEMU in an archive of its own. Elsewhere the doctor names an old QEMU.
is_newer_to_be_had() { needs_backports; }

os_release() {
  sed -n "s/^$1=\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" "${GOLDSMITH_OS_RELEASE-/etc/os-release}"
}

needs_backports() {
  [ "$(os_release ID)" = debian ] && [ "$(os_release VERSION_CODENAME)" = bookworm ]
}

# install_script MANAGER PACKAGES: the exact shell commands, to be run as root or to be shown.
install_script() {
  # shellcheck disable=SC2086
  set -- "$1" $2
  script_manager=$1
  shift
  case $script_manager in
    apt) apt_script "$@" ;;
    dnf) echo "dnf install -y --setopt=install_weak_deps=False $(without_marks "$@")" ;;
    pacman) echo "pacman -S --needed --noconfirm $(without_marks "$@")" ;;
  esac
}

without_marks() {
  for name in "$@"; do
    name=${name#'?'}
    printf '%s ' "${name#^}"
  done | sed 's/ $//'
}

apt_script() {
  plain='' backports='' optional='' suite=''
  ! needs_backports || suite=$(os_release VERSION_CODENAME)-backports
  for name in "$@"; do
    case $name in
      '?^'*) optional="$optional ${name#'?^'}${suite:+/$suite}" ;;
      '?'*) optional="$optional ${name#'?'}" ;;
      ^*) if [ -n "$suite" ]; then backports="$backports ${name#^}"; else plain="$plain ${name#^}"; fi ;;
      *) plain="$plain $name" ;;
    esac
  done
  echo 'set -e'
  [ -z "$backports" ] || backports_script
  # A machine whose package manager was interrupted is repaired first; a busy one is waited for.
  apt='DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3'
  echo 'dpkg --configure -a'
  echo "$apt update"
  [ -z "$backports" ] || echo "$apt install --no-install-recommends -t $suite$backports"
  [ -z "$plain" ] || echo "$apt install --no-install-recommends$plain"
  for name in $optional; do
    echo "if apt-cache show ${name%/*} >/dev/null 2>&1; then $apt install --no-install-recommends $name || true; fi"
  done
}

# A sources file for backports, on the mirror that the machine's own configuration already uses.
backports_script() {
  ! apt_targets | grep -q "^$suite " || return 0
  mirror=$(apt_targets | awk -v suite="${suite%-backports}" \
    '$1 == suite || $1 == "stable" || $1 == "oldstable" { print $2; exit }')
  [ -n "$mirror" ] || fail "cannot tell which mirror apt uses, to get QEMU from $suite." \
    "Add $suite to apt's sources by hand, then start again." $EXIT_HOST_LACKS
  # apt-config prints the variable's assignment, quoted for the shell
  eval "$(apt-config shell sources_dir Dir::Etc::sourceparts/d)"
  cat <<SCRIPT
cat >'${sources_dir%/}/goldsmith-backports.sources' <<'END'
Types: deb
URIs: $mirror
Suites: $suite
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
SCRIPT
}

# The suites apt knows, with their base URIs, one a line.
apt_targets() {
  # shellcheck disable=SC2016 # the $ are apt's
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null | sort -u
}

# run_as_root WHAT SCRIPT: as root, or through sudo; where neither can be had the commands are shown instead.
run_as_root() {
  if [ "$(id -u)" = 0 ]; then
    logged "$1" sh -c "$2" || package_failure
  elif can_sudo; then
    logged "$1" sudo -n sh -c "$2" || package_failure
  else
    say 'system packages are missing and this is not root. Run this as root, then start again:'
    printf '%s\n' "$2" >&2
    exit $EXIT_HOST_LACKS
  fi
}

# sudo asks for the password on the terminal, where there is one; afterwards it remembers it for the installation.
can_sudo() {
  command -v sudo >/dev/null || return 1
  sudo -n true 2>/dev/null && return 0
  [ -t 0 ] && [ -t 2 ] && sudo -v
}

package_failure() {
  fail 'the system packages could not be installed (see the lines above).' \
    "The whole output is in $LOG; start again when the cause is gone." $EXIT_HOST_LACKS
}

# ---- Node.js, modules, compiled code --------------------------------------------------------------------------

# setup_program PROJECT: PROJECT is what tsc builds: core/cli for a start, . with the tests.
setup_program() {
  stamp=$state/program.new
  cd "$root" || exit 1
  find_node || install_node
  PATH=${node%/*}:$PATH # so that npm and the programs of node_modules use this one
  echo "$node" >"$stamp"
  setup_modules
  logged 'compiling' node_modules/.bin/tsc -b "$1" || fail 'the sources do not compile (see the lines above).'
  logged 'bundling' node_modules/.bin/rolldown -c setup/rolldown.config.mjs || fail 'the program could not be bundled (see the lines above).'
  mv "$stamp" "$state/program"
  cd "$OLDPWD" || exit 1
}

find_node() {
  for node in "$(command -v node || true)" "$state"/node/node_modules/node-linux-*/bin/node; do
    [ ! -x "$node" ] || ! "$node" --version 2>/dev/null | at_least $NODE_MINIMUM || return 0
  done
  return 1
}

# Where the system's Node.js is too old or missing, npm itself brings a real one: a package that is pinned by hash.
install_node() {
  command -v npm >/dev/null || install_npm
  mkdir -p "$state/node"
  cp "$HERE/node/package.json" "$HERE/node/package-lock.json" "$state/node/"
  logged "installing Node.js from the npm registry (the system has none of at least $NODE_MINIMUM)" \
    npm --prefix "$state/node" ci --ignore-scripts --no-audit --no-fund --loglevel=error ||
    fail 'Node.js could not be installed (see the lines above).' \
      "Install Node.js $NODE_MINIMUM or newer by hand, or see to it that npm reaches its registry." $EXIT_HOST_LACKS
  find_node || fail "the npm registry has no Node.js for this machine ($(uname -m))." \
    "Install Node.js $NODE_MINIMUM or newer by hand." $EXIT_HOST_LACKS
}

install_npm() {
  manager=$(package_manager)
  [ -n "$manager" ] || fail 'Node.js and npm are missing.' "Install Node.js $NODE_MINIMUM or newer." $EXIT_HOST_LACKS
  run_as_root 'installing npm' "$(install_script "$manager" npm)"
}

# node_modules as the lock has it. Scripts of packages are not run: none that we use needs one.
setup_modules() {
  "$node" "$HERE/modules-match.mjs" && return 0
  command -v npm >/dev/null || install_npm
  logged 'installing npm modules' npm ci --ignore-scripts --no-audit --no-fund --loglevel=error ||
    fail 'the npm modules could not be installed (see the lines above).' \
      "The whole output is in $LOG; start again when the cause is gone." $EXIT_HOST_LACKS
}

# The pages of the app: read by `goldsmith serve`, and packed into the desktop app.
setup_app() {
  cd "$root" || exit 1
  PATH=${node%/*}:$PATH logged "building the app's pages" node_modules/.bin/vite build -c renderer/vite.config.mjs ||
    fail "the app's pages could not be built (see the lines above)."
  cd "$OLDPWD" || exit 1
}
