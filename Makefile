# DeepShield's commands. `make help` lists them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
DATA ?= ../shared/data
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
WEB := frontend
API := $(WEB)/src/api/openapi.json
PACKAGES := $(WEB)/node_modules/.package-lock.json
EXPORT := $(WEB)/out/index.html
CLIENTS := clients/dist/.made
NPM := cd $(WEB) && npm --no-fund --no-audit --no-update-notifier --loglevel=error
HAS_NODE := node $(WEB)/scripts/node-version.cjs 2>/dev/null && command -v npm >/dev/null
export NEXT_TELEMETRY_DISABLED := 1
# What was installed without being compiled is compiled once, not by every process.
export PYTHONDONTWRITEBYTECODE :=
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

.PHONY: help run demo setup setup-check setup-test setup-dev servers browser web node client clients fixtures analyze test test-engine test-service test-timed test-long test-web test-browser e2e screenshots env stack-test crash webhook-storm fuzz load load-library load-near simulate-estimates check check-python check-web format lock bench bench-faces samples data reconstruct restore decode gather generate train evaluate calibrate robustness bundle clean
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

help:  ## list the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: setup web  ## the whole service at http://localhost:8001 (PORT=... for another port); Ctrl-C stops it
	@$(BIN)/deepshield up

DEMO ?= data/demo

demo: setup web  ## the same with made files, reviews and a data set to look at, all in data/demo; a second time as it was left
	@$(BIN)/deepshield demo --folder $(DEMO)

setup: $(VENV)/.setup  ## virtual environment with all that the service and analysing need (no torch)

setup-check: $(VENV)/.setup-check  ## ... and what `make check` needs (no torch)

setup-test: $(VENV)/.setup-test servers  ## ... and what the service's tests need (no torch)

setup-dev: $(VENV)/.setup-dev servers browser  ## ... and all that tests, benchmarks and training need (torch, 5 GB)
	@if $(HAS_NODE); then $(MAKE) --silent --no-print-directory $(PACKAGES); fi

servers:  ## PostgreSQL and Redis for the tests: installed when root on Debian, else what is missing
	@sh backend/tests/support/servers.sh

browser:  ## Chromium for the web app's tests: installed when root on Debian, else what is missing
	@sh $(WEB)/scripts/browser.sh

$(VENV)/.setup: requirements/build.txt requirements/base.txt requirements/service.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11, 3.12 or 3.13 is needed: make $(or $(MAKECMDGOALS),run) PYTHON=/path/to/python"; exit 1; }
	@echo "installing into $(VENV): once, a minute or two"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements/build.txt
	@$(PIP) --require-hashes -r requirements/base.txt -r requirements/service.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# Modules are compiled when they are first imported, which most of these never are.
$(VENV)/.setup-check: $(VENV)/.setup requirements/check.txt
	$(PIP) --no-compile --require-hashes -r requirements/check.txt
	@touch $@

# Behind the one above where both are made: two runs of pip at once would write the same folder.
$(VENV)/.setup-test: $(VENV)/.setup requirements/test.txt | $(if $(filter %setup-dev,$(MAKECMDGOALS)),$(VENV)/.setup-check)
	$(PIP) --no-compile --require-hashes -r requirements/test.txt
	@touch $@

$(VENV)/.setup-dev: $(VENV)/.setup-check $(VENV)/.setup-test requirements/torch.txt requirements/train.txt requirements/dev.txt requirements/nodeps.txt
	$(PIP) --no-compile --require-hashes -r requirements/torch.txt -r requirements/train.txt -r requirements/dev.txt
	$(PIP) --no-compile --require-hashes --no-deps -r requirements/nodeps.txt
	@touch $@

web:  ## the web app, built into frontend/out, which the service serves; nothing to do while its sources are unchanged
	@if $(HAS_NODE); then $(MAKE) --silent --no-print-directory $(EXPORT); else echo "no web app: building it needs Node.js 20.9 or newer with npm"; fi

$(PACKAGES): $(WEB)/package-lock.json
	@echo "installing the web app's packages into $(WEB)/node_modules: once, a minute"
	@$(NPM) ci >/dev/null
	@touch $@

# Folders as well as files, since deleting a file changes its folder. Tests are not built.
WEB_SOURCES = $(filter-out %.test.ts %.test.tsx,$(shell find $(WEB)/src $(WEB)/public $(WEB)/messages)) \
  $(addprefix $(WEB)/,next.config.ts postcss.config.mjs scripts/finish-export.mjs package.json)

$(EXPORT): $(PACKAGES) $(WEB_SOURCES)
	@echo "building the web app: half a minute"
	@$(NPM) run --silent build >.next-build.log 2>&1 || { cat .next-build.log; exit 1; }

client: setup node $(PACKAGES)  ## the web app's typed client, from the API's code
	@$(BIN)/deepshield openapi > $(API).new && mv $(API).new $(API)
	@$(NPM) run --silent client >/dev/null

# What is made of the document is not in the repository: it cannot be stale, and changes of the API stay small.
clients: setup-test node $(CLIENTS)  ## the clients for Python and TypeScript, generated from the API's document and built into clients/dist

GENERATED := %/__pycache__ %/models.py %/codes.py %/codes.ts %/schema.d.ts
CLIENT_SOURCES = $(filter-out $(GENERATED),$(wildcard clients/*.py clients/python/pyproject.toml \
  clients/python/src/*/* clients/typescript/*.json clients/typescript/src/*.ts))

$(CLIENTS): $(API) $(CLIENT_SOURCES) $(VENV)/.setup-test
	@mkdir -p clients/dist && rm -rf clients/dist/* clients/python/build
	$(BIN)/python clients/generate.py
	$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir clients/dist clients/python
	cd clients/typescript && npm ci --no-fund --no-audit --loglevel=error >/dev/null && npm run --silent build >/dev/null && npm pack --silent --pack-destination ../dist
	@touch $@

node:
	@$(HAS_NODE) || { echo "This needs Node.js 20.9 or newer with npm."; exit 1; }

fixtures: setup-test  ## the example results of tests, web app and OpenAPI document, from one run of the engine
	$(BIN)/python backend/tests/support/make_results.py

analyze: setup  ## screen a file or a folder: make analyze FILE=clip.mp4 [OUT=folder]
	@test -n "$(FILE)" || { echo "usage: make analyze FILE=clip.mp4 [OUT=folder]"; exit 2; }
	@$(BIN)/deepshield analyze "$(FILE)" $(if $(OUT),--out "$(OUT)")

# Runs targets in parallel, one per core. Each target's output is printed when it ends, and the others go on when it fails.
LANES = $(MAKE) --no-print-directory --keep-going --jobs=$(CORES) --output-sync=target
CORES ?= 2
PYTEST = $(BIN)/pytest -n $(CORES) --dist loadfile

# Tests that assert how long something takes, and those in the browser, run last with nothing beside them.
test: setup-dev web clients  ## every test but the longest (make test-long, make e2e)
	@$(LANES) test-engine test-service test-web; first=$$?; \
	$(LANES) test-timed; second=$$?; \
	$(LANES) test-browser && exit $$((first + second))

# With one thread each for linear algebra: beside another lane, threads that wait for each other take up the processor.
test-engine test-service: export OMP_NUM_THREADS = 1
test-engine test-service: export OPENBLAS_NUM_THREADS = 1

test-engine:
	$(BIN)/pytest ml/tests

test-service:
	$(PYTEST) backend/tests -m "not timed and not long"

test-timed:
	$(PYTEST) backend/tests -m "timed and not long"

test-long: setup-dev  ## ... and the longest, which `make test` leaves out
	$(PYTEST) backend/tests -m long

test-web:
	$(NPM) run --silent test

test-browser:
	$(NPM) run --silent size
	$(NPM) run --silent e2e:short

e2e: setup-dev web node  ## the web app's tests in a browser, against the whole service
	$(NPM) run --silent e2e

screenshots: setup-dev web node  ## pictures of every page, light and dark, into docs/images
	$(NPM) run --silent screenshots

env:  ## write .env with fresh secrets, for docker compose
	@sh deploy/make_env.sh

stack-test: setup-dev node $(PACKAGES)  ## the whole compose stack, built, started, used, broken, backed up and upgraded; needs a Docker engine
	$(BIN)/python backend/tests/stack_lab/lab.py

JOBS ?= 100
MEDIA ?= 300
PAUSE ?= 2
ANSWERS ?= 1000
SEED ?= $(shell date +%s)

crash: setup-dev  ## kill every part at random moments and count what was lost: make crash [JOBS=100] [SEED=...] [PARTS=redis,flush]; PARTS=recheck [MEDIA=300] [PAUSE=2]: during a recheck; PARTS=reviews [ANSWERS=1000]: while readers answer
	$(if $(filter reviews,$(PARTS)),$(BIN)/python backend/tests/crash/review_kills.py --answers $(ANSWERS) --seed $(SEED),$(if $(filter recheck,$(PARTS)),$(BIN)/python backend/tests/crash/recheck_kills.py --media $(MEDIA) --pause $(PAUSE) --seed $(SEED),$(BIN)/python backend/tests/crash/random_kills.py --jobs $(JOBS) --seed $(SEED) $(if $(PARTS),--parts $(PARTS))))

fuzz: setup-dev  ## the tests that draw their cases, with many more of them
	FUZZ=1 $(PYTEST) --timeout=3600 ml/tests/detector/test_aggregate.py ml/tests/detector/test_conclude.py backend/tests/api/test_openapi_document.py \
	  backend/tests/provenance/test_hostile_records.py

load: setup-dev  ## the service's figures under load, as a table: make load [PHOTOS=100] [BATCH=100]
	$(BIN)/python backend/tests/load/figures.py --photos $(PHOTOS) --batch $(BATCH)

load-batch: setup-dev  ## photos through one batch, against the engine's own rate: make load-batch [BATCH=100]
	$(BIN)/python backend/tests/load/figures.py --only-batch --batch $(BATCH)

load-library: setup-dev  ## first pages and exports of a library of many files: make load-library [FILES=100000]
	$(BIN)/python backend/tests/load/library.py --files $(FILES)

FILES ?= 100000

simulate-estimates: setup-dev  ## estimates of error rates against known rates, as a table: make simulate-estimates [RUNS=400]
	$(BIN)/python backend/tests/reviews/simulated_estimates.py --runs $(RUNS)

RUNS ?= 400

load-near: setup-dev  ## looking up near copies of a video among many hashes: time, and which copies are found: make load-near [HASHES=100000]
	$(BIN)/python backend/tests/load/near.py --hashes $(HASHES)

HASHES ?= 100000

PHOTOS ?= 100

BATCH ?= 100

EVENTS ?= 10000

webhook-storm: setup-dev  ## send webhooks to a receiver that fails at random, by senders that are killed: make webhook-storm [EVENTS=10000] [SEED=...]
	$(BIN)/python backend/tests/crash/webhook_storm.py --events $(EVENTS) --seed $(SEED)

check: setup-check node $(PACKAGES)  ## style, types, import contracts, the generated API client; no torch
	@$(LANES) check-python check-web

check-python: setup-check
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/deepshield openapi | cmp -s - $(API) || { echo "$(API) is not of this API: make client"; exit 1; }

check-web: $(PACKAGES)
	@$(NPM) run --silent client -- --check >/dev/null || { echo "$(WEB)/src/api/schema.d.ts is not of $(API): make client"; exit 1; }
	$(NPM) run --silent lint
	$(NPM) run --silent types
	cd $(WEB) && node_modules/.bin/prettier --log-level warn --check . $(addprefix ../clients/typescript/src/,client.ts errors.ts index.ts)

format: setup-check  ## reformat the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	@if $(HAS_NODE); then cd $(WEB) && node_modules/.bin/prettier --log-level warn --write .; fi

bench: setup-dev  ## time and memory, against decoding and a plain implementation, as tables (10 minutes)
	$(BIN)/python -m benchmarks speed --data $(DATA)

bench-faces: setup-dev  ## how well faces are found, followed and told apart, on labelled media, as tables
	$(BIN)/python -m benchmarks faces --data $(DATA)

samples: setup-dev  ## the web app's samples, from a public-domain portrait
	$(BIN)/python -m training samples $(WEB)/public/samples

RUN = work/runs/$(MODEL)
MODEL ?= efficientnet_b0
STAGE := $(BIN)/python -m training

data: setup-dev  ## find faces and meshes in the training photographs and pack them
	$(STAGE) prepare $(DATA)/train-real work/data/train-real

reconstruct: setup-dev  ## reconstruct the packed photographs with a small autoencoder (10 minutes), for one kind of pseudo-fake
	$(STAGE) reconstruct --pack work/data/train-real

restore: setup-dev  ## restore the packed photographs with a generator (35 minutes), for the pseudo-fakes `restored*`
	$(STAGE) restore --pack work/data/train-real

TAESD = work/taesd
decode: setup-dev  ## pass the packed photographs through FLUX.2's latent space (resumable, 45 minutes), for the pseudo-fakes `decoded*`
	test -d $(TAESD) || git clone --quiet https://github.com/madebyollin/taesd $(TAESD)
	$(STAGE) decode --pack work/data/train-real --autoencoder $(TAESD)

MORE = ml/training/configs/labelled/more.jsonl
REPOSITORIES = work/repositories
gather: setup-dev  ## cut the faces of the files in public repositories that MORE lists (resumable), into work/data/more
	$(STAGE) gather $(MORE) --repositories $(REPOSITORIES) --clone --out work/data/more

generate: setup-dev  ## make 2,400 portraits with a GAN that a package brings (resumable, 25 minutes), into work/data/generated
	$(STAGE) generate --out work/data/generated

train: setup-dev  ## train MODEL (resumable): make train MODEL=efficientnet_b0
	$(STAGE) train ml/training/configs/$(MODEL).toml --pack work/data/train-real --weights $(DATA)/weights --out $(RUN)

# SIZE and MARGIN serve crops at other pixels per side, or with another margin, than they were trained with; their
# figures lie in a folder of their own.
AT = $(if $(SIZE),--size $(SIZE)) $(if $(MARGIN),--margin $(MARGIN))
FIGURES = $(RUN)$(if $(SIZE),/at-$(SIZE))$(if $(MARGIN),/margin-$(MARGIN))

MEDIA = --manifest $(DATA)/dev-eval/manifest.jsonl
LABELLED = --run $(RUN) $(AT) --data $(DATA) $(MEDIA) --cache work/faces
COMPARED := --comparisons ml/training/configs/comparisons/dev_eval.toml
MEASURED = $(FIGURES)/records.jsonl $(COMPARED) $(MEDIA)
JUDGED = $(STAGE) evaluate $(MEASURED) --calibration $(FIGURES)/calibration.json --robustness $(FIGURES)/robustness.json --robustness $(RUN)/evaluation.json --skin-tones $(FIGURES)/skin_tones.json --out $(FIGURES)/metrics.json

evaluate: setup-dev  ## measure, calibrate and evaluate MODEL on the labelled media
	$(STAGE) measure $(LABELLED) --out $(FIGURES)/records.jsonl
	$(STAGE) skin-tones $(LABELLED) --out $(FIGURES)/skin_tones.json
	$(MAKE) calibrate

calibrate: setup-dev  ## calibrate MODEL again on what `make evaluate` has measured, and evaluate it so (seconds)
	$(STAGE) calibrate $(MEASURED) --out $(FIGURES)/calibration.json
	$(JUDGED)

robustness: setup-dev  ## what compression, filters and make-up cost MODEL, once it is evaluated
	$(STAGE) robustness $(LABELLED) $(COMPARED) --calibration $(FIGURES)/calibration.json --out $(FIGURES)/robustness.json
	$(JUDGED)

bundle: setup-dev  ## release MODEL's measured weights as ml/bundles/MODEL: make bundle MODEL=... [VERSION=1.1.0] [SIZE=128] [MARGIN=0.02]
	$(STAGE) release --run $(RUN) $(AT) --calibration $(FIGURES)/calibration.json --metrics $(FIGURES)/metrics.json --out ml/bundles/$(MODEL) $(if $(VERSION),--version $(VERSION))

lock: setup-dev  ## resolve requirements/*.in again into hashed *.txt
	for name in build base service torch train check resolver test dev; do \
	  $(BIN)/uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 requirements/$$name.in -o requirements/$$name.txt || exit 1; done
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-deps --python-version 3.11 requirements/nodeps.in -o requirements/nodeps.txt

clean:  ## remove what was built; not the virtual environment, nor work/ with its packs, runs and candidates
	rm -rf out build *.egg-info backend/*.egg-info ml/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf $(WEB)/out $(WEB)/.next* $(WEB)/test-results $(WEB)/playwright-report
