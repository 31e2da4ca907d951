#!/bin/sh
# Makes the environment: install.sh PYTHON VENV. Needs nothing but Python 3.11 or newer.
set -eu
python=$1 venv=$2

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "Overt needs Python 3.11 or newer; $python is $("$python" -V). Set PYTHON=… / 需要 Python 3.11 或更高版本。" >&2
  exit 1
}
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
  # Debian keeps ensurepip in a package of its own.
  "$(dirname "$0")/system-packages.sh" python3-venv
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
echo "Installing the pinned dependencies / 正在安装锁定版本的依赖 …"
# The lock names every package, so pip has nothing to choose (--no-deps): an older pip asked to choose takes the newest
# release for `name[extra]`, not the pinned one, and then refuses it for want of a hash. `pip check` looks at the whole.
pip() { "$venv/bin/pip" --quiet --disable-pip-version-check "$@"; }
pip install --no-deps --require-hashes --only-binary :all: -r requirements.lock
pip install --no-deps --no-build-isolation -e .
pip check
# The guarded processes write nothing, and would translate every module anew each time.
"$venv/bin/python" -m compileall -q src
