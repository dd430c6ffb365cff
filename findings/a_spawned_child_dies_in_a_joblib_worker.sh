#!/usr/bin/env bash
# joblib 1.6.0 (its loky backend), Python's multiprocessing
#
# Seen: inside a worker of joblib.Parallel, whose start method is called "loky", multiprocessing.Pool and
# ProcessPoolExecutor work; multiprocessing.Process raises AttributeError; and a process of an explicit "spawn" context
# starts and dies with exit code 1, since spawn hands the parent's start method to the child, which does not know it.
# Guessed before the run: a bare Process and a Pool fail alike, as contexts that loky does not serve; asking for "spawn"
# by name is the remedy.
# Who meets it: code run by joblib or scikit-learn (n_jobs=2) that starts processes itself, such as a data loader with
# workers in each fold of a cross-validation; the advice to set the context to "spawn" makes it worse, since start()
# succeeds and the child is gone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet joblib==1.6.0 2>/dev/null
cat > "$folder/jobs.py" <<'PY'
import multiprocessing
from concurrent.futures import ProcessPoolExecutor


def double(number):
    return 2 * number


def pool():
    with multiprocessing.Pool(1) as workers:
        return workers.map(double, [1])


def executor():
    with ProcessPoolExecutor(1) as workers:
        return list(workers.map(double, [1]))


def run(context):
    child = context.Process(target=double, args=(1,))
    child.start()
    child.join()
    return f"exit code {child.exitcode}"


def process():
    return run(multiprocessing)


def spawned():
    return run(multiprocessing.get_context("spawn"))


def attempt(function):
    try:
        return function()
    except AttributeError as error:
        return f"AttributeError: {error}"
PY
cat > "$folder/main.py" <<'PY'
from joblib import Parallel, delayed

import jobs

if __name__ == "__main__":
    for function in (jobs.pool, jobs.executor, jobs.process, jobs.spawned):
        here = jobs.attempt(function)
        print(function.__name__, "| main:", here, "| worker:", *Parallel(n_jobs=2)([delayed(jobs.attempt)(function)]))
PY
cd "$folder"
timeout 300 venv/bin/python main.py 2> errors | tee seen
sort -u errors | grep "^ValueError"
cat > expected <<'TXT'
pool | main: [2] | worker: [2]
executor | main: [2] | worker: [2]
process | main: exit code 0 | worker: AttributeError: 'Process' object has no attribute 'env'
spawned | main: exit code 0 | worker: exit code 1
TXT
diff expected seen
grep -q "cannot find context for 'loky'" errors
