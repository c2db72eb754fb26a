# `make` lists what there is. Needed on the machine: Python 3.13, pip, make and git; everything else is installed
# below this folder, from the hashed locks in requirements/.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup run test lint security format document build bench faults load lock clean-local

DEV      := .venv/.fits
SAM      := .venv-sam/.fits
RUNTIME  := .venv-runtime/.fits
SECURITY := .venv-security/.fits
PEERS    := .venv-peers/.fits

# `sam build` wants a python3.13 with pip on the PATH: the one of .venv
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/.venv-sam/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
# some containers set it; every start would then compile all libraries anew, which takes longer than the start
unexport PYTHONDONTWRITEBYTECODE

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(DEV) $(SAM) ## Start the local stack and the phone page; Ctrl-C stops it, the data stays
	@exec python -m local.run

test: $(DEV) $(SAM) $(RUNTIME) ## Every test; ARGS="-k orders -x" goes to pytest
	python -m local.build
	pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(DEV) $(SAM) ## Style, types and the template; changes nothing
	ruff format --check .
	ruff check .
	mypy
	cfn-lint template.yaml
	AWS_DEFAULT_REGION=eu-central-1 sam validate --lint

security: $(DEV) $(SECURITY) ## Template, code, secrets, advisories; FREISCHALT_REQUIRE_AUDIT=1 insists on the last
	python -m security $(ARGS)

format: $(DEV) ## Rewrite the code in the house style
	ruff format .
	ruff check --fix .

document: $(DEV) ## Write the OpenAPI document anew from the routes
	python -m freischalt_api.document layers/freischalt_api/freischalt_api/openapi.json

build: $(DEV) $(SAM) ## Build what is deployed, in .aws-sam/build
	python -m local.build

bench: $(DEV) $(SAM) $(RUNTIME) $(if $(findstring --quick,$(ARGS)),,$(PEERS)) ## What a text costs, beside peers, and the monthly bill; ARGS=--quick, --write
	python -m local.build
	python -m tests.bench $(ARGS)

faults: $(DEV) $(SAM) ## Every use case, every AWS call, every fault: no promise may break; ARGS=--quick, --only=...
	python -m local.build
	python -m tests.proof $(ARGS)

load: $(DEV) $(SAM) ## Texts a second until it is too many; costs at a million licences; ARGS=--quick, --write
	python -m local.build
	python -m tests.load $(ARGS)

setup: $(DEV) $(SAM) $(RUNTIME) ## Install what development needs: .venv, .venv-sam, .venv-runtime

clean-local: ## Forget the local stack's data
	rm -rf .local

# One rule for all environments: .venv is dev, .venv-sam is sam, .venv-runtime is runtime, and so on.
.venv/.fits: requirements/dev.txt pyproject.toml
	@requirements/environment.sh .venv dev

.venv-%/.fits: requirements/%.txt
	@requirements/environment.sh .venv-$* $*

# Locks name no host, no index and no path; they hold for every platform. Upgrade: make lock UPGRADE=--upgrade
COMPILE = .tools/bin/uv pip compile --quiet --universal --python-version 3.13 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url $(UPGRADE)

IN_THE_OTHER_LAYER := botocore jmespath python-dateutil six urllib3
NOT_FOR_INVOICES := fontpkg pillow
# Stripe's library takes whichever HTTP client it finds; ours is urllib3, and the others would be imported at each start
NOT_WITH_STRIPE := requests certifi charset-normalizer idna urllib3 typing-extensions

lock: $(DEV) ## Write requirements/*.txt anew from requirements/*.in
	for name in bootstrap dev sam runtime security peers; do \
		$(COMPILE) requirements/$$name.in --output-file requirements/$$name.txt || exit 1; done
	$(COMPILE) requirements/layer.in --constraints requirements/dev.txt \
		--output-file layers/freischalt/requirements.txt
	$(COMPILE) requirements/layer-api.in --constraints requirements/dev.txt $(IN_THE_OTHER_LAYER:%=--no-emit-package %) \
		--output-file layers/freischalt_api/requirements.txt
	$(COMPILE) requirements/layer-lists.in --constraints requirements/dev.txt \
		--output-file layers/freischalt_lists/requirements.txt
	$(COMPILE) requirements/layer-invoices.in --constraints requirements/dev.txt $(NOT_FOR_INVOICES:%=--no-emit-package %) \
		--output-file layers/freischalt_invoices/requirements.txt
	$(COMPILE) requirements/layer-payments.in --constraints requirements/dev.txt $(NOT_WITH_STRIPE:%=--no-emit-package %) \
		--output-file layers/freischalt_payments/requirements.txt
	$(COMPILE) requirements/layer-build.in --constraints requirements/dev.txt \
		--output-file layers/freischalt/requirements-build.txt
	$(COMPILE) requirements/usual-stack.in --constraints requirements/dev.txt \
		--output-file tests/bench/peers/usual_stack/requirements.txt
