#!/usr/bin/env bash
# From a fresh clone to an answered question on real digits: bash scripts/quickstart.sh [more overrides]
#
# Installs narrows, trains the default autoencoder, then a study at size=quick. Full MNIST when its files are there or
# can be fetched, else the 5,000 digits inside a Python package. A second call trains nothing twice.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

cat <<END
This will, on one or two cores,
  1. install narrows into $NARROWS_VENV     3 to 6 minutes and 6 GB the first time, then nothing
  2. train one autoencoder on digits    about a minute
  3. train a study of 36 and report it  3 to 5 minutes
END
took() { echo "   took $((SECONDS / 60)) min $((SECONDS % 60)) s"; }

echo && echo "1 of 3: installing" && SECONDS=0
environment
took

echo && echo "2 of 3: one autoencoder, 784-128-64-12-3 and back" && SECONDS=0
data=data=mnist suffix=
narrows fetch mnist || {
  echo "going on with the 5,000 digits of data=mnist5k" >&2
  data=data=mnist5k suffix=_mnist5k
}
run=outputs/quickstart$suffix study=outputs/bottleneck_activation_quick$suffix
if ! grep -qs '"status": "done"' "$run/record.json"; then
  resume=$([ -e "$run/record.json" ] || compgen -G "$run/*.ckpt" >/dev/null && echo true || echo false)
  narrows train $data run.resume="$resume" hydra.run.dir="$run"
fi
echo "   test digits above what the autoencoder makes of their three numbers: $run/reconstructions.png"
took

echo && echo "3 of 3: which activation is best, and does it depend on the bottleneck? 36 autoencoders" && SECONDS=0
narrows train -m study=bottleneck_activation size=quick hydra.sweep.dir=$study $data "$@"
took

cat <<END

one autoencoder  $run (best.ckpt, record.json, reconstructions.png)
the study        $study/report/report.html
look at them     source $NARROWS_VENV/bin/activate && narrows board outputs
END
