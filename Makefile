# DeepShield's commands. `make help` lists them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
DATA ?= ../shared/data
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
WEB := frontend
API := $(WEB)/src/api/openapi.json
NPM := cd $(WEB) && npm --silent
export NEXT_TELEMETRY_DISABLED := 1
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

.PHONY: help run setup setup-dev servers analyze client test crash load check format lock bench samples data reconstruct train evaluate robustness train-gpu-pack bundle clean
.DEFAULT_GOAL := help

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: setup  ## the whole service at http://localhost:8001 (PORT=... moves it); Ctrl-C stops it
	@$(BIN)/deepshield up

setup: $(VENV)/.setup  ## virtual environment with all that the service and analysing need (no torch)

setup-dev: $(VENV)/.setup-dev servers  ## ... and all that tests, benchmarks and training need (torch, 5 GB)

servers:  ## PostgreSQL and Redis for the tests: installed when root on Debian, else what is missing
	@sh backend/tests/servers.sh

$(VENV)/.setup: requirements/build.txt requirements/base.txt requirements/service.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "installing into $(VENV): once, a minute or two"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements/build.txt
	@$(PIP) --require-hashes -r requirements/base.txt -r requirements/service.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.setup-dev: $(VENV)/.setup requirements/torch.txt requirements/train.txt requirements/dev.txt requirements/nodeps.txt
	$(PIP) --require-hashes -r requirements/torch.txt -r requirements/train.txt -r requirements/dev.txt
	$(PIP) --require-hashes --no-deps -r requirements/nodeps.txt
	@touch $@

$(WEB)/node_modules/.package-lock.json: $(WEB)/package-lock.json
	@echo "installing the web app's packages into $(WEB)/node_modules"
	@$(NPM) ci --no-fund --no-audit
	@touch $@

client: setup $(WEB)/node_modules/.package-lock.json  ## the web app's typed client, from the API's code
	@$(BIN)/deepshield openapi > $(API).new && mv $(API).new $(API)
	@$(NPM) run client >/dev/null

analyze: setup  ## screen a file or a folder: make analyze FILE=clip.mp4 [OUT=folder]
	@test -n "$(FILE)" || { echo "usage: make analyze FILE=clip.mp4 [OUT=folder]"; exit 2; }
	@$(BIN)/deepshield analyze "$(FILE)" $(if $(OUT),--out "$(OUT)")

test: setup-dev  ## every test
	$(BIN)/pytest

JOBS ?= 100
SEED ?= $(shell date +%s)

crash: setup-dev  ## kill every part at random moments: make crash [JOBS=100] [SEED=...] [PARTS=redis,flush]; prints what was lost
	$(BIN)/python backend/tests/crash/lottery.py --jobs $(JOBS) --seed $(SEED) $(if $(PARTS),--parts $(PARTS))

load: setup-dev  ## the service's figures under load, as a table: make load [PHOTOS=100]
	$(BIN)/python backend/tests/load/figures.py --photos $(PHOTOS)

PHOTOS ?= 100

check: setup-dev $(WEB)/node_modules/.package-lock.json  ## style, types, the doors between the rooms, the web app's client
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/deepshield openapi | cmp -s - $(API) || { echo "$(API) is not of this API: make client"; exit 1; }
	@$(NPM) run client -- --check >/dev/null || { echo "$(WEB)/src/api/schema.d.ts is not of $(API): make client"; exit 1; }

format: setup-dev  ## reformat the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: setup-dev  ## speed and quality against the plain way of doing it, as tables
	$(BIN)/python -m benchmarks --data $(DATA)

samples: setup-dev  ## the web app's samples, from a public-domain portrait
	$(BIN)/python -m training.release.samples $(WEB)/public/samples

RUN = work/runs/$(MODEL)
MODEL ?= efficientnet_b0
PY := $(BIN)/python

data: setup-dev  ## find faces and meshes in the training photographs and pack them
	$(PY) -m training.photographs.prepare $(DATA)/train-real work/data/train-real

reconstruct: setup-dev  ## let a small autoencoder repeat the packed photographs (10 minutes), for one kind of pseudo-fake
	$(PY) -m training.photographs.rebuild work/data/train-real

train: setup-dev  ## train MODEL (resumable): make train MODEL=efficientnet_b0
	$(PY) -m training.fitting.train ml/training/configs/$(MODEL).toml --pack work/data/train-real --weights $(DATA)/weights --out $(RUN)

MB ?= 60

train-gpu-pack: setup-dev  ## one folder to train MODEL from on a GPU elsewhere: make train-gpu-pack [MB=60] [CONTINUE=folder]
	$(PY) -m training.remote.build ml/training/configs/$(MODEL).toml --pack work/data/train-real --weights $(DATA)/weights --out work/gpu-pack/$(MODEL) --megabytes $(MB) $(if $(CONTINUE),--continue "$(CONTINUE)") $(if $(WHEELS),--wheels $(WHEELS))

evaluate: setup-dev  ## measure, calibrate and evaluate MODEL on the labelled media
	$(PY) -m training.evaluation.measure --run $(RUN) --data $(DATA) --manifest $(DATA)/dev-eval/manifest.jsonl --cache work/sightings --out $(RUN)/records.jsonl
	$(PY) -m training.evaluation.calibrate $(RUN)/records.jsonl --comparisons ml/training/configs/comparisons/dev_eval.toml --out $(RUN)/calibration.json
	$(PY) -m training.evaluation.evaluate $(RUN)/records.jsonl --comparisons ml/training/configs/comparisons/dev_eval.toml --calibration $(RUN)/calibration.json --robustness $(RUN)/robustness.json --out $(RUN)/metrics.json

robustness: setup-dev  ## what JPEG, half resolution and H.264 cost MODEL, once it is evaluated
	$(PY) -m training.evaluation.robustness --run $(RUN) --data $(DATA) --manifest $(DATA)/dev-eval/manifest.jsonl --comparisons ml/training/configs/comparisons/dev_eval.toml --calibration $(RUN)/calibration.json --cache work/sightings --out $(RUN)/robustness.json
	$(PY) -m training.evaluation.evaluate $(RUN)/records.jsonl --comparisons ml/training/configs/comparisons/dev_eval.toml --calibration $(RUN)/calibration.json --robustness $(RUN)/robustness.json --out $(RUN)/metrics.json

bundle: setup-dev  ## release MODEL's measured weights as ml/bundles/MODEL: make bundle MODEL=... [VERSION=1.1.0]
	$(PY) -m training.release.export --run $(RUN) --calibration $(RUN)/calibration.json --metrics $(RUN)/metrics.json --out ml/bundles/$(MODEL) $(if $(VERSION),--version $(VERSION))

lock: setup-dev  ## resolve requirements/*.in again into hashed *.txt
	for name in build base service torch train dev; do \
	  $(BIN)/uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 requirements/$$name.in -o requirements/$$name.txt || exit 1; done
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-deps --python-version 3.11 requirements/nodeps.in -o requirements/nodeps.txt

clean:  ## remove what was built, not the virtual environment
	rm -rf work out build *.egg-info backend/*.egg-info ml/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
