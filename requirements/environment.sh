#!/bin/sh
# environment.sh DIR NAME: make DIR a virtual environment with exactly the packages of requirements/NAME.txt.
# Needs Python 3.13, any pip, and git. An environment that fits its lock already is left alone.
set -eu

dir=$1
lock=requirements/$2.txt
export UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}" PIP_NO_WARN_SCRIPT_LOCATION=1 PIP_ROOT_USER_ACTION=ignore

find_python() {
    for candidate in python3.13 python3 python "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3.13; do
        "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13) or print(sys.executable))' \
            2>/dev/null && return
    done
    return 1
}

find_pip() {
    for candidate in "$python" python3 python; do
        "$candidate" -m pip --version >/dev/null 2>&1 && echo "$candidate" && return
    done
    return 1
}

fingerprint() { # of everything that decides what is installed
    "$python" --version
    git hash-object "$lock" pyproject.toml "$0" .python-version
}

fail() {
    echo "freischalt: $1" >&2
    exit 1
}

python=$(find_python) ||
    fail "Python 3.13 is needed, on PATH as python3.13 or by pyenv (pyenv install 3.13)."

if [ "$("$dir/bin/python" --version 2>&1)" = "$("$python" --version)" ] &&
    [ "$(cat "$dir/.fits" 2>/dev/null)" = "$(fingerprint)" ]; then
    touch "$dir/.fits"
    exit 0
fi

if [ "$(cat .tools/.fits 2>/dev/null)" != "$(git hash-object requirements/bootstrap.txt)" ]; then
    pip=$(find_pip) || fail "pip is needed once, to install uv (python3 -m ensurepip)."
    echo "Installing uv in .tools ..."
    rm -rf .tools
    "$pip" -m pip install --quiet --disable-pip-version-check \
        --target .tools --require-hashes --only-binary :all: -r requirements/bootstrap.txt
    git hash-object requirements/bootstrap.txt >.tools/.fits
fi

echo "Installing $lock in $dir ..."
.tools/bin/uv venv --quiet --allow-existing --python "$python" "$dir"
VIRTUAL_ENV=$PWD/$dir .tools/bin/uv pip sync --quiet --require-hashes "$lock"
if [ "$2" = dev ]; then # our own packages, from where they are; their dependencies are in the lock
    VIRTUAL_ENV=$PWD/$dir .tools/bin/uv pip install --quiet --no-deps --no-build-isolation --editable .
fi
fingerprint >"$dir/.fits"
