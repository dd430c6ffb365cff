#!/usr/bin/env bash
# aeon 1.6.0, aeon.datasets.load_from_ts_file
#
# Seen: in a .ts file with `@timeStamps true`, minus signs are lost and values with an exponent are dropped, without a
# word: (0,1.5),(1,-2.5),(2,1e-3) becomes 1.5, 2.5. The same values without time stamps are read as they are.
# Guessed before the run: time stamps are cut off, or refused as not supported, and every value is kept.
# Who meets it: whoever loads a multivariate or irregular set of the UEA archive's text format with time stamps; the
# series come out shorter and with other signs, and train without an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet aeon==1.6.0 numpy==2.3.5 2>/dev/null
write() {
  cat > "$folder/$1.ts" <<TS
@problemName Demo
@timeStamps $2
@missing false
@univariate true
@equalLength true
@seriesLength 3
@classLabel true one two
@data
$3:one
$4:two
TS
}
write stamped true "(0,1.5),(1,-2.5),(2,1e-3)" "(0,2.5),(1,-3.5),(2,2e3)"
write plain false "1.5,-2.5,1e-3" "2.5,-3.5,2e3"
read_back() {
  "$folder/venv/bin/python" -W ignore - "$folder/$1.ts" <<'PY'
import sys

from aeon.datasets import load_from_ts_file

values, _ = load_from_ts_file(sys.argv[1])
print([series.ravel().tolist() for series in values])
PY
}
stamped=$(read_back stamped)
plain=$(read_back plain)
echo "with time stamps:    $stamped"
echo "without time stamps: $plain"
[ "$stamped" == "[[1.5, 2.5], [2.5, 3.5]]" ] && [ "$plain" == "[[1.5, -2.5, 0.001], [2.5, -3.5, 2000.0]]" ]
