#!/usr/bin/env bash
# typer 0.29.2 (which converts option values through pydantic 2.14.4; earlier releases used click's types)
#
# Seen: an option declared `int` takes "2.0" as 2 and "1_0" as 10, but refuses the full-width digits that int() takes.
# Guessed before the run: "2.0" is refused, as click's INT refuses it and as int("2.0") does; full-width digits pass.
# Who meets it: scripts that pass computed numbers to a command line (`--epochs $(python -c 'print(4/2)')`), and anyone
# who relied on a typed option to refuse a fraction's notation.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet typer==0.29.2 pydantic==2.14.4 click==8.1.8 2>/dev/null
cat > "$folder/typed.py" <<'PY'
import typer

app = typer.Typer()


@app.command()
def main(epochs: int = 1) -> None:
    print(repr(epochs))


app()
PY
cat > "$folder/clicked.py" <<'PY'
import click


@click.command()
@click.option("--epochs", type=int, default=1)
def main(epochs: int) -> None:
    print(repr(epochs))


main()
PY
ask() { "$folder/venv/bin/python" "$folder/$1.py" --epochs "$2" 2>/dev/null || echo refused; }
found=""
for value in 2.0 1_0 ２; do
  line="$value: typer $(ask typed "$value"), click $(ask clicked "$value")"
  echo "$line"
  found+="$line;"
done
[ "$found" == "2.0: typer 2, click refused;1_0: typer 10, click 10;２: typer refused, click 2;" ]
