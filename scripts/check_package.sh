#!/usr/bin/env bash
# Does the package work where its sources are not, with no other files and no network? First the
# built wheel in a clean environment, then the editable install.   check_package.sh PYTHON WHEEL
set -euo pipefail

python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
wheel=$(realpath "$2")
away=$(mktemp -d)
trap 'rm -rf "$away"' EXIT

# Whoever asks for a connection, or for the address of a host, is refused.
mkdir "$away/guard"
cat > "$away/guard/sitecustomize.py" <<'PY'
import socket


def refused(*args, **options):
    raise OSError("there is no network here")


socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refused
PY

try() {
  local bin=$1
  local empty
  empty=$(mktemp -d -p "$away")
  (
    cd "$empty"
    export PYTHONPATH="$away/guard" TRKSTRUCT_STRUCTURES='' TRKSTRUCT_CACHE="$empty/cache"
    "$bin/trkstruct" --version
    "$bin/trkstruct" data check > /dev/null
    "$bin/trkstruct" matrix -o out | tail -n 5
    "$bin/python" -c "
import csv, os
rows = list(csv.DictReader(open('out/matrix.csv', encoding='utf-8')))
by = {name: sum(row['status'] == name for row in rows) for name in ('ok', 'abstained', 'failed')}
assert by['ok'] > 250 and by['failed'] == 0 and sum(by.values()) == len(rows), by
assert sorted(os.listdir('out')) == ['matrix.csv', 'matrix.png', 'matrix.xlsx', 'poses', 'run.json']
"
    "$bin/trkstruct" score -s TRKA:DFG-in -m G595R --format csv | grep -c retained
    # The page has 3Dmol.js inside.
    "$bin/trkstruct" view -s TRKA:DFG-in -m G595R -o view.html
    grep -q createViewerGrid view.html
    # Without a network, fetching says so and leaves nothing.
    if "$bin/trkstruct" fetch 2ITY 2> said; then exit 1; fi
    grep -q 'Without a network' said
    test -z "$(find cache -type f 2> /dev/null)"
    "$bin/python" - <<'PY'
import trkstruct as ts

for name in ts.__all__:
    assert getattr(ts, name) is not None, name
print(ts.__version__, ts.__file__, ts.load("TRKA", state="DFG-in"))
PY
  )
}

echo "-- wheel in a clean environment"
"$python" -m venv "$away/env"
"$away/env/bin/python" -m pip install --quiet --disable-pip-version-check "$wheel"
try "$away/env/bin"
(cd "$away" && env/bin/python -c "
import trkstruct.bundled as bundled
assert '$away' in str(bundled.data_folder('structures')), bundled.data_folder('structures')")

echo "-- editable install"
try "$(dirname "$python")"
