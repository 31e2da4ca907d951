# Overt 明示. `make` prints this list.
# Everything runs in .venv, which is made from requirements.lock (pinned, with hashes).

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
APT    := libimage-exiftool-perl libarchive-zip-perl ffmpeg qpdf poppler-utils mediainfo jq fonts-noto-cjk libjpeg-turbo-progs \
          libheif-examples libjxl-tools libtiff-tools libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui chromium postgresql \
          tesseract-ocr tesseract-ocr-chi-sim

.DEFAULT_GOAL := help
.PHONY: help dev demo test check format lock reference docs docs-serve bench fuzz fuzz-parsers system clean

help:  ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 20

$(STAMP): requirements.lock pyproject.toml
	@./tools/install.sh $(PYTHON) $(VENV)
	@touch $@

dev: $(STAMP)  ## make the environment (.venv)

demo: $(STAMP)  ## the main job on real media; ends with a report to open
	@$(BIN)/overt demo --out demo-out

system:  ## install the independent readers that the tests use (Debian packages)
	@./tools/system-packages.sh $(APT)

test: $(STAMP) system $(if $(T),,check)  ## run all checks and tests (T=… for a part: make test T=tests/formats)
	@$(BIN)/pytest -q -n auto --dist worksteal $(T)

check: $(STAMP)  ## lint, types, layers
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

format: $(STAMP)  ## format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock:  ## pin the newest versions that are at least a week old (needs uv)
	@uv pip compile -q pyproject.toml --all-extras --group test --group lint --group docs --group build --group bench \
	  --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	  --exclude-newer "$$(date -u -d '7 days ago' +%Y-%m-%dT00:00:00Z)" --custom-compile-command "make lock" \
	  --upgrade -o requirements.lock

reference: $(STAMP)  ## write the parts of the reference that come from the code
	@$(BIN)/python tools/reference.py

docs: $(STAMP)  ## build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict -q

docs-serve: $(STAMP)  ## the documentation while you write it
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

bench: $(STAMP)  ## measure speed against named peers
	@$(BIN)/python -m bench

fuzz-parsers: $(STAMP)  ## throw N broken inputs at every parser, in this process (make fuzz-parsers N=1000000)
	@$(BIN)/python tools/fuzz_parsers.py $(or $(N),100000) --jobs $(or $(JOBS),1)

fuzz: $(STAMP)  ## throw N broken files at the inspection (make fuzz N=20000); goes on where it stopped
	@$(BIN)/python tools/fuzz_inspection.py $(or $(N),2000)

clean:  ## remove what was built
	rm -rf $(VENV) site dist demo-out
