#!/bin/sh
# Installs those of the named Debian packages that are missing; says which, and how, if it may not.
set -eu
missing=""
for package in "$@"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
sudo=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "Missing:$missing. As root, run: apt-get install$missing / 请以 root 运行上述命令。" >&2
    exit 1
  }
  sudo=sudo
fi
echo "Installing from Debian / 正在安装系统软件包:$missing"
$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
