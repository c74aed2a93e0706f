#!/bin/sh
# Installs optionlake as a systemd service from a checkout that was built with "npm run build".
# docs/operations.md describes what it does and how to undo it.
set -eu
# The service's own user must be able to read what root installs.
umask 022

usage() {
  cat <<'USAGE'
usage: sudo scripts/install-systemd.sh [--start] [--without-modules]

  --start             enable and start the service and the nightly verification
  --without-modules   copy the program and the units, and leave node_modules as it is

Installs the program into /usr/local/lib/optionlake, the command into /usr/local/bin, the configuration into
/etc/optionlake (an existing one stays) and the units into /etc/systemd/system, and creates the user optionlake, whose
lake is in /var/lib/optionlake. With DESTDIR set, everything goes below that folder and nothing else is changed.
USAGE
}

fail() {
  echo "install-systemd: $1" >&2
  exit "$2"
}

start=no
modules=yes
for argument in "$@"; do
  case "$argument" in
    --start) start=yes ;;
    --without-modules) modules=no ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 64 ;;
  esac
done

root=${DESTDIR:-}
source=$(cd "$(dirname "$0")/.." && pwd)
program=$root/usr/local/lib/optionlake
units=$root/etc/systemd/system

[ -f "$source/dist/main.js" ] || fail "dist/main.js does not exist: run npm ci and npm run build first" 66
if [ -z "$root" ]; then
  [ "$(id -u)" = 0 ] || fail "must run as root: sudo $0 $*" 77
  command -v systemctl >/dev/null || fail "this machine has no systemd" 69
  command -v systemd-notify >/dev/null || fail "systemd-notify is missing: install the package systemd" 69
  # The unit looks for node on systemd's own PATH, and cannot see home folders.
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin command -v node >/dev/null ||
    fail "node is not in /usr/local/bin or /usr/bin, where the service looks: install Node 20 or later there" 69
fi

mkdir -p "$program" "$units" "$root/etc/optionlake" "$root/usr/local/bin"
rm -rf "$program/dist"
cp -R "$source/dist" "$source/docs" "$source/config" "$program/"
cp "$source/package.json" "$source/package-lock.json" "$program/"
if [ "$modules" = yes ]; then
  (cd "$program" && npm ci --omit=dev --no-audit --no-fund)
fi
ln -sfn ../lib/optionlake/dist/main.js "$root/usr/local/bin/optionlake"
chmod -R a+rX "$program"
chmod 755 "$program/dist/main.js"

[ -e "$root/etc/optionlake/optionlake.json" ] ||
  cp "$source/config/optionlake.json" "$root/etc/optionlake/optionlake.json"
for unit in optionlake.service optionlake-verify.service optionlake-verify.timer \
  optionlake-backup.service optionlake-backup.timer; do
  cp "$source/config/systemd/$unit" "$units/$unit"
done

if [ -z "$root" ]; then
  id optionlake >/dev/null 2>&1 ||
    useradd --system --user-group --home-dir /var/lib/optionlake --no-create-home --shell /usr/sbin/nologin optionlake
  chown -R root:optionlake /etc/optionlake
  chmod 750 /etc/optionlake
  chmod 640 /etc/optionlake/optionlake.json
  systemctl daemon-reload
  # A running service finishes its cycle and restarts with the new program.
  systemctl try-restart optionlake.service
  if [ "$start" = yes ]; then
    systemctl enable --now optionlake.service optionlake-verify.timer
  fi
fi

cat <<DONE
Installed. The configuration is $root/etc/optionlake/optionlake.json: set gateway.host there; without it the daemon
collects from the embedded simulator. Then:
  systemctl enable --now optionlake.service optionlake-verify.timer
  systemctl status optionlake
  curl http://127.0.0.1:8787/health
DONE
