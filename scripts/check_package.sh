#!/usr/bin/env bash
# Does the package work where its sources are not? First the built wheel in a clean environment,
# then the editable install.   check_package.sh PYTHON WHEEL STRUCTURES
set -euo pipefail

python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
wheel=$(realpath "$2")
structures=$(realpath "$3")
away=$(mktemp -d)
trap 'rm -rf "$away"' EXIT

try() {
  local bin=$1
  (
    cd "$away"
    "$bin/trkstruct" --version
    "$bin/trkstruct" score -s "$structures"/7VKO_*.pdb -m G595R --format csv | grep -c retained
    "$bin/python" - <<'PY'
import trkstruct as ts

for name in ts.__all__:
    assert getattr(ts, name) is not None, name
print(ts.__version__, ts.__file__)
PY
  )
}

echo "-- wheel in a clean environment"
"$python" -m venv "$away/env"
"$away/env/bin/python" -m pip install --quiet --disable-pip-version-check "$wheel"
try "$away/env/bin"
(cd "$away" && env/bin/python -c "import trkstruct; assert '$away' in trkstruct.__file__")

echo "-- editable install"
try "$(dirname "$python")"
